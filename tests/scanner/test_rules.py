import pytest
from modelguard_scanner import DEFAULT, BytesSource, Rules, Severity, Verdict, scan

from tests.scanner import assembler as asm

CUSTOM = asm.pickle(asm.estimator("mymodel", "Network"))


def test_an_operator_can_allow_a_class() -> None:
    assert scan(BytesSource(CUSTOM), path="m").verdict is Verdict.SUSPICIOUS
    for entry in ("mymodel.Network", "mymodel.*"):
        rules = Rules(extra_allowed=frozenset({entry}))
        assert scan(BytesSource(CUSTOM), path="m", policy=rules).verdict is Verdict.CLEAN


def test_an_operator_cannot_allow_a_danger() -> None:
    rules = Rules(extra_allowed=frozenset({"os.system", "os.*", "mymodel.*"}))
    assert rules.judge("os", "system") is Severity.MALICIOUS
    assert rules.judge("mymodel", "os.system") is Severity.MALICIOUS
    assert rules.judge("mymodel", "Outer.Inner") is Severity.SUSPICIOUS


def test_an_operator_can_allow_formats() -> None:
    rules = Rules(allowed_formats=frozenset({"safetensors"}))
    report = scan(BytesSource(b"N."), path="m", policy=rules)
    assert report.verdict is Verdict.SUSPICIOUS
    assert report.findings[0].rule == "format-not-allowed"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("torch._utils", "_rebuild_tensor_v2"),
        ("sklearn.tree._tree", "Tree"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("copy_reg", "_reconstructor"),
        ("collections", "OrderedDict"),
    ],
)
def test_what_honest_files_need_is_allowed(module: str, name: str) -> None:
    assert DEFAULT.judge(module, name) is Severity.INFO


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.ensemble._forest", "RandomForestClassifier.fit"),
        ("sklearn.datasets._base", "Bunch"),
        ("os2x", "run"),
        ("collections", "namedtuple"),
        ("torch.nn.modules.linear", "init"),
    ],
)
def test_what_is_on_no_list_is_suspicious(module: str, name: str) -> None:
    assert DEFAULT.judge(module, name) is Severity.SUSPICIOUS
