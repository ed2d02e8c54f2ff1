import io
import zipfile

import pytest
from modelguard_scanner import COMPANION_FORMATS, BytesSource, Verdict, scan

from lambdas.contract.environment import GUARD_FORMATS
from tests.scanner.honest import all_honest

HONEST = all_honest()


@pytest.mark.parametrize("name", HONEST)
def test_honest_files_are_clean(name: str) -> None:
    # GIVEN a file as its library writes it WHEN it is inspected
    report = scan(BytesSource(HONEST[name]), path="file")

    # THEN it is clean and nothing was found
    assert report.findings == ()
    assert report.verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    ("name", "form", "tensors", "parameters"),
    [
        ("checkpoint: torch zip", "pytorch", 2, 9),
        ("checkpoint: torch legacy", "pytorch-legacy", 1, 6),
        ("checkpoint: torchscript", "torchscript", 1, 6),
        ("checkpoint: safetensors", "safetensors", 1, 6),
        ("checkpoint: onnx", "onnx", 1, 6),
        ("checkpoint: gguf", "gguf", 1, 32),
        ("checkpoint: keras", "keras", 0, 0),
        ("checkpoint: h5", "hdf5", 0, 0),
        ("checkpoint: savedmodel", "tensorflow-savedmodel", 0, 0),
        ("pickle: numpy", "pickle", 1, 10),
        ("pickle: joblib", "pickle", 1, 10),
        ("data: npy", "npy", 1, 6),
        ("data: npz", "npz", 2, 12),
        ("data: wheel", "wheel", 0, 0),
        ("data: notebook", "notebook", 0, 0),
        ("data: prose", "text", 0, 0),
        ("data: empty", "empty", 0, 0),
    ],
)
def test_facts_say_what_a_file_holds(name: str, form: str, tensors: int, parameters: int) -> None:
    # GIVEN a file as its library writes it WHEN it is inspected
    facts = scan(BytesSource(HONEST[name]), path="file").facts

    # THEN its format and tensors are known
    assert (facts.format, facts.tensor_count, facts.parameter_count) == (form, tensors, parameters)


def test_every_format_that_is_found_can_be_allowed() -> None:
    # GIVEN what the scanner calls the honest files and those within them
    found = {
        name
        for content in HONEST.values()
        for name in scan(BytesSource(content), path="file").facts.formats
    }
    # THEN an operator may allow it, or it is allowed next to whatever is
    assert found - COMPANION_FORMATS <= set(GUARD_FORMATS)
    assert len(found) > len(GUARD_FORMATS) / 2


def test_facts_hold_types_shapes_versions_and_license() -> None:
    # GIVEN files that say more about themselves WHEN they are inspected
    torch = scan(BytesSource(HONEST["checkpoint: torch zip"]), path="m.pt").facts
    forest = scan(BytesSource(HONEST["pickle: scikit-learn"]), path="m.pkl").facts
    tensors = scan(BytesSource(HONEST["checkpoint: safetensors"]), path="m.safetensors").facts
    license_file = scan(BytesSource(HONEST["data: license"]), path="LICENSE").facts

    # THEN it is told
    assert torch.dtypes == {"Float": 1, "Half": 1}
    assert set(torch.shapes) == {"2x3 (1)", "3 (1)"}
    assert forest.versions == {"scikit-learn": "1.5.2"}
    assert tensors.license == "mit"
    assert license_file.license == "MIT"


def test_an_archive_that_was_written_as_a_stream_is_clean() -> None:
    # GIVEN a zip whose sizes stand behind the data, as pipes and Keras write it
    class Pipe(io.BytesIO):
        def tell(self) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.txt", "b.txt"):
            archive.writestr(name, b"text" * 100)
    assert b"PK\x07\x08" in pipe.getvalue()

    # WHEN it is inspected THEN nothing was found
    assert scan(BytesSource(pipe.getvalue()), path="a.zip").findings == ()
