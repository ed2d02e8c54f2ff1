"""What loaders of configurations look for, told from the values that a real parser gives."""

from collections.abc import Iterable

SERVED = ("clean", "unknown")
IMPORTED = ("_target_", "class_path", "loader_module", "py/object")
"""Names whose text is imported; the generators give them what is on no list."""
ACTED_ON = ("auto_map", "trust_remote_code", "custom_pipelines")
"""Names whose mere value makes a loader run code."""


def acts(pairs: Iterable[tuple[object, object]]) -> str | None:
    """Return the first pair of a mapping that makes a loader act, None if there is none."""
    for key, value in pairs:
        is_number = isinstance(value, (int, float))
        if key in ACTED_ON and value and (key == "trust_remote_code" or not is_number):
            return f"{key}: {value!r:.60}"
        if key in IMPORTED and isinstance(value, str) and ("evil.C" in value or "$" in value):
            return f"{key}: {value!r:.60}"
    return None
