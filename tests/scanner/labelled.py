"""Folders of files with a `labels.json` that says which verdicts are right for each."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelguard_scanner import FileSource, Report, scan

ROOT: Final = Path(__file__).parents[2]
CORPORA: Final = Path(os.environ.get("MODELGUARD_CORPORA", ROOT.parent / "shared" / "corpora"))
"""Files of others, malicious ones among them, which are read and never loaded."""


@dataclass(frozen=True)
class Labelled:
    """A file and the verdicts that are right for it, the best first.

    `name` is the path below the labelled folder. Its first part names the set, and is no part of
    the artifact.
    """

    name: str
    path: Path
    right: tuple[str, ...]

    @property
    def best(self) -> str:
        """The verdict that fits best."""
        return self.right[0]

    def accepts(self, verdict: str) -> bool:
        """Return whether a verdict is right.

        `unknown` is no worse than `inconclusive` and no better than `clean`: where both are right,
        so is what lies between them.
        """
        between = verdict == "unknown" and {"clean", "inconclusive"} <= set(self.right)
        return verdict in self.right or between

    def scan(self) -> Report:
        """Scan the file under the path that it has in its artifact."""
        with FileSource(self.path) as source:
            return scan(source, path=self.name.partition("/")[2])


def labelled(folder: Path) -> list[Labelled]:
    """Return the labelled files of a folder, in the order of their names; none without labels."""
    labels = folder / "labels.json"
    if not labels.is_file():
        return []
    return [
        Labelled(name, folder / name, tuple(label["right"]))
        for name, label in sorted(json.loads(labels.read_text()).items())
    ]
