"""Text that is source code, or that a desktop or a service manager acts on."""

import re
import warnings
from typing import Final

from modelguard_scanner.catalogue.texts import CODE_FILE
from modelguard_scanner.scanning import Member, Scan

SUFFIXES: Final = {
    ".py": "Python", ".pyw": "Python", ".sh": "shell", ".bash": "shell", ".zsh": "shell",
    ".command": "shell", ".bat": "batch", ".cmd": "batch", ".ps1": "PowerShell",
    ".psm1": "PowerShell", ".vbs": "VBScript", ".wsf": "Windows script", ".hta": "HTML application",
    ".js": "JavaScript", ".mjs": "JavaScript", ".cjs": "JavaScript", ".rb": "Ruby", ".pl": "Perl",
    ".lua": "Lua", ".r": "R", ".jl": "Julia", ".php": "PHP", ".scpt": "AppleScript",
    ".applescript": "AppleScript", ".reg": "registry entries",
}  # fmt: skip
_ENTRY: Final = r"(?:\s*+[#;][^\n]*+\n)*+\s*+"
"""Comments before the first section of a desktop's file."""
STARTS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"\s*@?echo\s+off\b", "batch"),
        (r"\s*<\?(?:php\b|=)", "PHP"),
        (r"\s*Windows Registry Editor Version|\s*REGEDIT4", "registry entries"),
        (_ENTRY + r"\[(?:Shell|\.ShellClassInfo|autorun)\]", "Windows shell command"),
        (_ENTRY + r"\[(?:Desktop Entry|InternetShortcut)\]", "desktop entry"),
        (r"\s*<(?:job|package)\b[^>]*+>\s*<script\b", "Windows script"),
        (r"\s*(?:<#|param\s*\(\s*\[|Set-ExecutionPolicy|#requires\s+-)", "PowerShell"),
        (r"\s*Set\s+\w+\s*=\s*(?:WScript\.)?CreateObject\(", "VBScript"),
        (r"\s*On\s+Error\s+Resume\s+Next", "VBScript"),
    )
)
"""What the text of other languages starts with."""
SERVICE: Final = re.compile(r"^\[Service\]\s[^\[]*^Exec\w+\s*=", re.MULTILINE)
AGENT: Final = re.compile(r"<plist\b[\s\S]{0,4000}<key>Program(?:Arguments)?</key>")
PYTHON: Final = re.compile(
    r"^(?:from [\w.]+ import |import \w+|def \w+\(|async def \w+\(|class \w+[:(]|@\w+"
    r"|if __name__|exec\(|eval\(|__import__\()",
    re.MULTILINE,
)
MAX_PARSED: Final = 256 * 1024
"""Characters of a text that is parsed to see whether it is Python."""
LOOKED_AT: Final = 64 * 1024
TORCHSCRIPT: Final = re.compile(r"(?:.*[!/])?code/__torch__[^!]*\.py")


def inspect_code_text(scan: Scan, member: Member, name: str, text: str) -> str | None:
    """Report source code where none is expected; return its language."""
    kind = _kind(name, text)
    if kind is None:
        return None
    scan.facts.add_note(f"{kind} code: {member.path}")
    is_torchscript = "torchscript" in scan.facts.formats and TORCHSCRIPT.fullmatch(member.path)
    if not (scan.expects_code or member.in_package or is_torchscript):
        scan.find(member, CODE_FILE, f"{kind} code that a loader or a user could run")
    return kind


def _kind(name: str, text: str) -> str | None:
    suffix = name[name.rfind(".") :] if "." in name else ""
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    start = text[:LOOKED_AT]
    for pattern, kind in STARTS:
        if pattern.match(start):
            return kind
    if SERVICE.search(start) or AGENT.search(start):
        return "service"
    return "Python" if _is_python(text) else None


def _is_python(text: str) -> bool:
    """Return whether a text with marks of Python is Python as a whole."""
    if len(text) > MAX_PARSED or not PYTHON.search(text):
        return False
    import ast  # noqa: PLC0415  # lazy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
