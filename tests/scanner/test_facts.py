"""Facts are what the file says, and never more than can be stored."""

import json
from dataclasses import asdict
from struct import pack

from modelguard_scanner import BytesSource, Facts, Tensor, merge_facts, scan

from tests.scanner import containers as box

LARGEST = 2**63 - 1
BOUND = 100_000
"""Bytes that one file's findings and facts may take, and those of any number of files."""


def facts_of(data: bytes, path: str = "file") -> Facts:
    return scan(BytesSource(data), path=path).facts


def test_tensors_are_listed_by_name_type_and_shape() -> None:
    # GIVEN files that name their tensors
    header = {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
    safetensors = box.safetensors(header, bytes(24))
    gguf = box.gguf({"general.architecture": "llama", "general.base_model.0.name": "Base"})
    onnx = box.onnx(box.onnx_node("MatMul"), tensors=(box.onnx_tensor(),))

    # WHEN they are inspected THEN they are listed
    assert facts_of(safetensors).tensors == (Tensor("w", "F32", (2, 3)),)
    assert facts_of(gguf).tensors == (Tensor("w", "F32", (4, 8)),)
    assert facts_of(onnx).tensors == (Tensor("w", "float32", (2, 3)),)
    assert facts_of(gguf).architectures == ("llama",)
    assert facts_of(gguf).base_models == ("Base",)


def test_a_model_card_names_base_models_datasets_and_task() -> None:
    # GIVEN a card with every form of a value
    card = (
        "---\nlicense: apache-2.0\nbase_model: org/base\ndatasets:\n- org/one\n- 'org/two'\n"
        "tags: [a, b]\npipeline_tag: text-generation\nlibrary_name: transformers\n"
        "model-index:\n- name: x\n---\n# Title\nbase_model: not/this\n"
    )
    # WHEN it is inspected
    facts = facts_of(card.encode(), "README.md")

    # THEN its facts are known
    assert facts.license == "apache-2.0"
    assert facts.base_models == ("org/base",)
    assert facts.datasets == ("org/one", "org/two")
    assert facts.task == "text-generation"
    assert facts.notes == ("library transformers",)


def test_a_configuration_names_task_and_architecture() -> None:
    config = {"architectures": ["BertForMaskedLM"], "model_type": "bert"}
    adapter = {
        "peft_type": "LORA",
        "base_model_name_or_path": "org/base",
        "task_type": "CAUSAL_LM",
    }
    facts = facts_of(json.dumps(config).encode())
    assert (facts.architectures, facts.task) == (("BertForMaskedLM",), "fill-mask")
    facts = facts_of(json.dumps(adapter).encode())
    assert (facts.base_models, facts.task) == (("org/base",), "text-generation")


def test_counts_end_where_numbers_of_json_do() -> None:
    # GIVEN an array of more elements, in more dimensions, than anything can hold
    shape = ",".join(["1" + "0" * 18] * 300)
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape},), }}\n".encode()
    data = b"\x93NUMPY\x02\x00" + pack("<I", len(header)) + header

    # WHEN it is inspected
    report = scan(BytesSource(data), path="x.npy")

    # THEN the report can be stored
    assert report.facts.parameter_count == LARGEST
    assert len(json.dumps(asdict(report))) < BOUND


def test_a_report_is_bounded_whatever_the_file_says() -> None:
    # GIVEN files with many long names, versions and findings
    header = {
        f"{number:03}" + "n" * 900: {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
        for number in range(2_000)
    }
    opsets = b"".join(box.field(8, box.field(1, f"{n:03}" + "d" * 500)) for n in range(500))
    nodes = [box.onnx_node("x" * 500, f"{n:03}" + "d" * 500) for n in range(500)]
    graph = box.onnx(*nodes, tensors=(box.onnx_tensor(),))
    files = [box.safetensors(header, b""), graph + opsets]

    # WHEN they are inspected THEN neither a report nor the facts of all are too large to store
    reports = [scan(BytesSource(data), path="p" * 2_000) for data in files]
    for report in reports:
        assert len(json.dumps(asdict(report))) < 2 * BOUND
    merged = merge_facts([report.facts for report in reports] * 100)
    assert len(json.dumps(asdict(merged))) < 2 * BOUND
    assert merged.tensor_count == 200_100
