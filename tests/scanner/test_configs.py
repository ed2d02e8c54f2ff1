# ruff: noqa: E501  # templates
"""Configurations, templates and source files: what honest ones hold is no finding."""

import base64
import json

import pytest
from modelguard_scanner import BytesSource, Report, Rules, Verdict, scan

from tests.scanner import containers as box

TEMPLATES = (
    "{% for m in messages %}{{ m['role'] + ': ' + m.content | trim }}{% endfor %}",
    (
        "{%- set ns = namespace(found=false, index=-1) -%}{%- for m in messages[::-1] -%}"
        "{%- if m.role == 'user' and not ns.found -%}{%- set ns.found = true -%}"
        "{%- set ns.index = loop.index0 - 1 -%}{%- endif -%}{%- endfor -%}{{ messages[ns.index].content }}"
    ),
    (
        "{% macro render(tool, depth=0) %}{{ tool['function'].name }}{% for k, v in "
        "tool.function.parameters.properties | items %}{{ k ~ '=' ~ v[k] }}{% endfor %}{% endmacro %}"
        "{{ render(tools[0], depth=1) }}"
    ),
    "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join('\\n') }}",
    "{% if tools is defined and tools is not none and tools | length > 0 %}{{ tools | tojson }}{% endif %}",
    "{{ message.content.split('</think>')[-1].lstrip('\\n') }}",
    "{% set roles = {'user': 'U', 'x': ['a', 1]} %}{{ roles[message.role] }}",
    "{{ raise_exception('no') if not messages else strftime_now('%Y') }}",
    "{# a comment with {{ #}{% raw %}{{ not read }}{% endraw %}",
    "{% generation %}{{ '{%' }}{% endgeneration %}{%- break -%}",
)
CONFIGURATIONS: dict[str, object] = {
    "diffusers": {
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0",
        "unet": ["diffusers", "UNet2DConditionModel"], "feature_extractor": [None, None],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    },
    "a network of diffusers": {"_class_name": "U", "down_block_types": ["DownBlock2D", "A"]},
    "sentence-transformers": [
        {"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
    ],
    "a dense module": {"activation_function": "torch.nn.modules.activation.Tanh"},
    "PEFT": {"peft_type": "LORA", "megatron_core": "megatron.core", "auto_mapping": None},
    "attention": {"_attn_implementation": "flash_attention_2", "trust_remote_code": False},
    "Hydra": {"_target_": "torch.optim.AdamW", "lr": "${lr}", "_partial_": True},
    "jsonargparse": {"class_path": "lightning.pytorch.callbacks.EarlyStopping", "init_args": {}},
    "zarr": {"zarr_format": 2, "dtype": "|O", "filters": [{"id": "vlen-utf8"}], "compressor": None},
    "zarr 3": {"zarr_format": 3, "codecs": [{"name": "bytes"}, {"name": "numcodecs.zlib"}]},
    "skops": {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode"},
    "a vocabulary": {"vocab": {f"token{n}": n for n in range(500)} | {"auto_map": 7, "os.path": 8}},
    "a language schema": {"$ref": "#/definitions/x", "type": "object", "name": "os"},
    "an index": {"weight_map": {"model.layers.0.mlp": "model-00001-of-00002.safetensors"}},
    "torch.export": {"target": "torch.ops.aten.relu.default"},
}  # fmt: skip
TEXTS = {
    "a card with code": "---\nlicense: mit\n---\n# Use\n\n```yaml\ntrust_remote_code: true\n```\n",
    "logging": "handlers:\n  x:\n    class: logging.StreamHandler\n    stream: ext://sys.stdout\n",
    "a project": '[project]\nname = "x"\n\n[tool.x]\ntarget = "y"\n',
    "MLflow": "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    code: null\n",
    "safe tags": "a: !!set {b}\nc: !!binary aGVsbG8gd29ybGQ=\nd: !!str 1\n",
    "prose": "Set `trust_remote_code` only if you must: it runs code.\n- import os is a statement\n",
}


def inspected(data: bytes, rules: Rules | None = None) -> Report:
    return scan(BytesSource(data), path="file", policy=rules or Rules())


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_chat_templates_do_is_no_finding(template: str) -> None:
    for data in (
        json.dumps({"chat_template": template}).encode(),
        json.dumps({"chat_template": [{"name": "default", "template": template}]}).encode(),
        box.gguf({"tokenizer.chat_template": template}),
    ):
        assert inspected(data).findings == ()


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_honest_configurations_are_clean(name: str) -> None:
    assert inspected(json.dumps(CONFIGURATIONS[name]).encode()).findings == ()


@pytest.mark.parametrize("name", TEXTS)
def test_honest_texts_are_clean(name: str) -> None:
    assert inspected(TEXTS[name].encode()).findings == ()


def test_a_class_that_the_operator_allows_is_no_finding() -> None:
    rules = Rules(extra_allowed=frozenset({"mypackage.Net"}))
    data = b"model:\n  _target_: mypackage.Net\n"
    assert inspected(data).verdict is Verdict.SUSPICIOUS
    assert inspected(data, rules).verdict is Verdict.CLEAN


def test_source_code_is_expected_in_an_artifact_of_code() -> None:
    source = BytesSource(b"import os\n\nos.getcwd()\n")
    assert scan(source, path="x.py").verdict is Verdict.SUSPICIOUS
    report = scan(source, path="x.py", expects_code=True)
    assert report.verdict is Verdict.CLEAN
    assert report.facts.notes == ("Python code: x.py",)


def test_a_lambda_layer_is_malicious_only_if_its_code_names_what_runs_commands() -> None:
    honest = base64.b64encode(b"\xe3" + bytes(90) + b"\xda\x06square" + bytes(60)).decode()
    for code, verdict in ((honest, Verdict.SUSPICIOUS), (box.LAMBDA_CODE, Verdict.MALICIOUS)):
        layer = box.layer("Lambda", function=[code, None, None])
        assert inspected(box.keras_zip(layer)).verdict is verdict


def test_a_tokenizer_of_many_words_costs_little() -> None:
    # GIVEN 300,000 words and merges WHEN they are inspected
    words = {f"w\u00f6rd{number}": number for number in range(300_000)}
    merges = [[f"a{number}", "b"] for number in range(300_000)]
    document = json.dumps({"model": {"vocab": words, "merges": merges}}, ensure_ascii=False)
    report = inspected(document.encode())

    # THEN all of them were read
    assert report.verdict is Verdict.CLEAN
    assert report.facts.format == "json"
