"""What one reader sees and another does not; `docs/security.md` lists the same evasions."""

import pytest
from modelguard_scanner import BytesSource, Verdict, scan

from tests.scanner import containers as box
from tests.scanner.disguised_containers import disguised_containers
from tests.scanner.disguised_pickles import disguised_pickles
from tests.scanner.disguised_texts import disguised_texts

PICKLES = dict(disguised_pickles())
CONTAINERS = dict(disguised_containers())
TEXTS = dict(disguised_texts())


def verdict(data: bytes) -> Verdict:
    return scan(BytesSource(data), path="model.bin").verdict


@pytest.mark.parametrize("name", [name for name in PICKLES if " that ends with " in name])
def test_an_import_that_the_end_of_the_file_cuts_off_is_judged(name: str) -> None:
    # GIVEN an import without its newline, which Python's own unpickler runs all the same
    data = PICKLES[name]

    # WHEN it is inspected THEN it is malicious
    assert verdict(data) is Verdict.MALICIOUS


@pytest.mark.parametrize("name", ["GET of minus zero", "PUT of minus zero"])
def test_whatever_python_takes_for_a_memo_index_does_not_end_the_walk(name: str) -> None:
    # GIVEN an index that `int` accepts, before the payload WHEN it is inspected
    # THEN what follows is found
    assert verdict(PICKLES[name]) is Verdict.MALICIOUS


@pytest.mark.parametrize("name", [name for name in PICKLES if name.startswith("a long name")])
def test_a_hidden_import_makes_bytes_without_header_a_pickle(name: str) -> None:
    # GIVEN a call of a name that is too long to follow, and then bytes that are no pickle
    # WHEN they are inspected THEN they are malicious and not data of an unknown format
    assert verdict(PICKLES[name]) is Verdict.MALICIOUS


@pytest.mark.parametrize("name", [name for name in PICKLES if "memo" in name])
def test_a_memo_that_is_larger_than_its_file_is_suspicious(name: str) -> None:
    # GIVEN an index for which a loader reserves gigabytes WHEN it is inspected
    # THEN that is reported
    assert verdict(PICKLES[name]) is Verdict.SUSPICIOUS


@pytest.mark.parametrize("name", [name for name in PICKLES if " through sklearn" in name])
def test_what_a_trusted_package_imports_from_elsewhere_is_not_trusted(name: str) -> None:
    # GIVEN a class that opens sockets or folders, under a name in scikit-learn
    # WHEN it is inspected THEN it is on no list
    assert verdict(PICKLES[name]) is Verdict.SUSPICIOUS


def test_a_broken_storage_does_not_hide_the_import_beside_it() -> None:
    # GIVEN a legacy checkpoint with a dangerous import and a storage of a type nobody knows
    data = PICKLES["torch legacy, a storage of unknown size"]

    # WHEN it is inspected THEN the import decides
    assert verdict(data) is Verdict.MALICIOUS


def test_a_checkpoint_that_is_cut_off_is_inconclusive() -> None:
    assert verdict(PICKLES["torch legacy, cut off"]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", [name for name in PICKLES if name.startswith(("lzma", "zlib"))])
def test_what_joblib_unpacks_is_unpacked_even_if_its_end_is_broken(name: str) -> None:
    # GIVEN a compressed pickle with an unusual header, or with an end that a loader never reaches
    # WHEN it is inspected THEN it is read like any other, or not understood
    unread = name == "lzma with a large dictionary"
    assert verdict(PICKLES[name]) is (Verdict.INCONCLUSIVE if unread else Verdict.MALICIOUS)


@pytest.mark.parametrize("name", [name for name in CONTAINERS if "HDF5" in name])
def test_hdf5_is_found_behind_a_user_block_of_any_size(name: str) -> None:
    # GIVEN a Keras file behind other bytes, where HDF5 looks for its mark
    # WHEN it is inspected THEN its layers are judged
    assert verdict(CONTAINERS[name]) is Verdict.MALICIOUS


@pytest.mark.parametrize("name", ["pickle and ONNX", "pickle and SavedModel"])
def test_a_pickle_that_is_also_a_graph_is_inspected_as_both(name: str) -> None:
    # GIVEN a harmless pickle that a protocol buffer reader takes for a model
    report = scan(BytesSource(CONTAINERS[name]), path="model")

    # WHEN it is inspected THEN the model's operation and the double meaning are reported
    assert report.verdict is Verdict.MALICIOUS
    assert "polyglot" in {finding.rule for finding in report.findings}


def test_no_tensor_is_skipped_that_pytorch_could_take_for_a_pickle() -> None:
    # GIVEN a payload that is named as a tensor, and as data.pkl in another case
    data = CONTAINERS["zip, a tensor that is another data.pkl"]

    # WHEN it is inspected THEN it is read
    assert verdict(data) is Verdict.MALICIOUS


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name.startswith("tar, ")])
def test_a_tar_that_readers_disagree_about_is_not_clean(name: str) -> None:
    # GIVEN headers of which Python finds more, or other names, than the sizes say
    # WHEN they are inspected THEN the payload is found, or the disagreement
    assert verdict(CONTAINERS[name]) is not Verdict.CLEAN


def test_a_zip_inside_of_a_tar_is_no_polyglot() -> None:
    # GIVEN an honest tar whose last member is a zip WHEN it is inspected THEN nothing is found
    data = box.tar_of({"a.txt": b"text", "b.zip": box.zip_of({"a": b"text"})})
    assert scan(BytesSource(data), path="a.tar").findings == ()


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith("Keras in ")])
def test_a_configuration_is_read_in_every_encoding_that_json_knows(name: str) -> None:
    # GIVEN a Lambda layer in wide characters WHEN it is inspected THEN it is malicious
    assert verdict(TEXTS[name]) is Verdict.MALICIOUS


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith("YAML, a target")])
def test_a_hydra_target_is_judged_wherever_it_stands(name: str) -> None:
    # GIVEN a target in braces, behind an anchor or an escape, or that only leads to another
    leads_on = name == "YAML, a target through Hydra"

    # WHEN it is inspected THEN it is malicious, or suspicious where the name is only unusual
    assert verdict(TEXTS[name]) is (Verdict.SUSPICIOUS if leads_on else Verdict.MALICIOUS)


@pytest.mark.parametrize("name", [name for name in TEXTS if " as " in name])
def test_a_text_is_inspected_although_its_letters_are_another_format(name: str) -> None:
    # GIVEN JSON that is also a tar header, or YAML that is also a pickle, or a graph as text
    # WHEN it is inspected THEN what a loader of the text would do is reported
    assert verdict(TEXTS[name]) is not Verdict.CLEAN


@pytest.mark.parametrize("name", [name for name in TEXTS if "template" in name])
def test_a_template_ends_where_jinja_ends_it(name: str) -> None:
    # GIVEN a template that hides its end in a string, or a name in pieces
    # WHEN it is inspected THEN it is not clean
    assert verdict(TEXTS[name]) is not Verdict.CLEAN


def test_a_shape_without_end_is_not_read() -> None:
    # GIVEN a tensor that announces millions of dimensions
    tensor = box.field(1, b"\x01" * 5_000_000)
    data = box.field(1, 8) + box.field(7, box.field(5, tensor))

    # WHEN it is inspected THEN that is not understood, at once
    report = scan(BytesSource(data), path="m.onnx")
    assert report.findings[0].rule == "protobuf-broken"
