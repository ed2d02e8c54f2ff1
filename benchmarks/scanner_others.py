"""Runs another scanner on files and prints `flagged`, `passed` or `failed` for each.

Usage: python benchmarks/scanner_others.py TOOL < list of paths, in an environment with TOOL.
"""

import sys
from pathlib import Path


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


TOOLS = {tool.__name__: tool for tool in (picklescan, modelscan, fickling)}

if __name__ == "__main__":
    import logging

    logging.disable()
    judge = TOOLS[sys.argv[1]]
    for line in sys.stdin:
        try:
            outcome = judge(line.rstrip("\n"))
        except BaseException as error:
            outcome = f"failed {type(error).__name__}"
        print(f"VERDICT {outcome}", flush=True)
