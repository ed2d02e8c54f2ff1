"""What the scanner says of a case, as the oracles of libraries need it."""

from modelguard_scanner import BytesSource, Report, scan


def misjudged(report: Report, *, is_honest: bool) -> str | None:
    """Return what is wrong with a verdict, whatever the loader says of the file."""
    for found in report.findings:
        if found.rule == "engine-failure":
            return f"engine failure: {found.message}"
    if is_honest and report.verdict != "clean":
        messages = "; ".join(found.message for found in report.findings)
        return f"honest: {report.verdict}, {messages}"
    return None


def judge(data: bytes, path: str) -> Report:
    """Scan one case."""
    return scan(BytesSource(data), path=path)
