"""Run another scanner over files: part of scanner_accuracy.

Usage: python benchmarks/scanner_others.py TOOL < list of paths, in an environment that has TOOL.
One line for each path: `VERDICT flagged`, `passed`, or `failed` where nothing was read. A file
that takes too long ends the process, for an interrupted scanner cannot be trusted with the next.
"""

import signal
import sys
from pathlib import Path

FILE_S = 10
"""Seconds of CPU time that a file may take; the process ends at one that takes more."""


def picklescan(path: str) -> str:
    from picklescan.scanner import scan_file_path

    result = scan_file_path(path)
    if result.issues_count:
        return "flagged"
    return "failed" if result.scan_err or not result.scanned_files else "passed"


def modelscan(path: str) -> str:
    from modelscan.modelscan import ModelScan

    result = ModelScan().scan(path)
    if result["summary"]["total_issues"]:
        return "flagged"
    return "passed" if result["summary"]["scanned"]["total_scanned"] else "failed"


def fickling(path: str) -> str:
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    with Path(path).open("rb") as file:
        pickles = StackedPickle.load(file, fail_on_decode_error=False)
    if not len(pickles):
        return "failed"
    unsafe = any(check_safety(item).severity > Severity.LIKELY_SAFE for item in pickles)
    return "flagged" if unsafe else "passed"


def modelaudit(path: str) -> str:
    from modelaudit import IssueSeverity, scan_model_directory_or_file

    result = scan_model_directory_or_file(path, cache_enabled=False)
    if any(
        item.severity in {IssueSeverity.WARNING, IssueSeverity.CRITICAL} for item in result.issues
    ):
        return "flagged"
    return "passed" if result.success and result.scanner_names else "failed"


TOOLS = {tool.__name__: tool for tool in (picklescan, fickling, modelscan, modelaudit)}

if __name__ == "__main__":
    import logging

    logging.disable()
    judge = TOOLS[sys.argv[1]]
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, FILE_S)
        try:
            outcome = judge(line.rstrip("\n"))
        except BaseException as error:
            outcome = f"failed {type(error).__name__}"
        print(f"\nVERDICT {outcome}", flush=True)
