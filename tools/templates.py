"""The templates of both targets, stored so that the diff of a commit shows what it deploys."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from infra.app import build
from tools import ROOT

FLAGS: Final[dict[str, Any]] = json.loads((ROOT / "cdk.json").read_text())["context"]
NO_BUNDLING: Final[dict[str, list[str]]] = {"aws:cdk:bundling-stacks": []}
_SNAPSHOTS: Final = ROOT / "tests" / "infra" / "snapshots"
TARGETS: Final = {target: _SNAPSHOTS / f"{target}.json" for target in ("aws", "local")}
_ASSET_HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")


def synthesize(outdir: Path, **context: Any) -> dict[str, Any]:
    """Return the template of the app with context values, whose assets are not built.

    Raises:
        ConfigError: The context cannot be deployed.
    """
    app = build({**FLAGS, **NO_BUNDLING, **context}, str(outdir))
    (stack,) = app.synth().stacks
    template: dict[str, Any] = json.loads(Path(stack.template_full_path).read_text())
    return template


def rendered(template: dict[str, Any]) -> str:
    """Return a template as it is stored: without the hashes of assets, which any edit changes."""
    text = json.dumps(template, indent=2, sort_keys=True) + "\n"
    return _ASSET_HASH.sub("<asset hash>", text)


def document(target: str) -> str:
    """Return the stored form of a target's template with its defaults."""
    with TemporaryDirectory() as folder:
        return rendered(synthesize(Path(folder), target=target))
