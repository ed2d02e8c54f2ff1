"""JSON, YAML, templates and graphs that are written in an unusual way."""

import json
from collections.abc import Iterator

from tests.scanner import containers as box

LAMBDA = box.layer("Lambda", function=[box.LAMBDA_CODE, None, None])
APPLY = "!!python/object/apply:os.system ['x']\n"
YAML = {
    "a tag behind quotes": f'["x", {APPLY}]',
    "a prefix for tags": "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/new:os.x [x]\n",
    "a tag with escapes": "a: !!%70ython/object/apply:os.system ['x']\n",
    "a tag in what looks like Python": f"class a: 1\nclass b: 2\nc: {APPLY}",
    "a tag behind a shebang": f"#!yaml\nc: {APPLY}",
    "a tag behind JSON": f'{{"license": "mit"}}\n--- {APPLY}',
    "a tag behind a megabyte": "# comment\n" * 200_000 + f"c: {APPLY}",
    "a target in braces": "{_target_: os.system, command: x}\n",
    "a target in inner braces": "model: {_target_: os.system}\n",
    "a target in what looks like Python": "class a: 1\nclass b: 2\n_target_: os.system\n",
    "a target through Hydra": "_target_: builtins.map\na: [{_target_: hydra.utils.get_method}]\n",
    "a target by its anchor": "a: &a os.system\nb:\n  _target_: *a\n",
    "a target with escapes": '_target_: "b\\x75iltins.exec"\n',
    "a key with escapes": '"\\x5ftarget_": os.system\n',
}  # fmt: skip
TEMPLATES = {
    "the end in a string": "{{ '}}' ~ ''.__class__ }}",
    "the end of a statement in a string": "{% if '%}' == ''.__class__ %}{% endif %}",
    "upper case escapes": "{{ x['\\x5F\\x5Fclass\\x5F\\x5F'] }}",
    "a named character": "{{ x['\\N{LOW LINE}'] }}",
    "escapes of other letters": "{{ x['\\x6dro'] }}",
    "a variable of one underscore": "{% set u = '_' %}{{ x }}",
    "a key that is put together": "{{ x[a ~ 'class' ~ a] }}",
    "attr as a string": "{{ [x] | map('attr', y) }}",
}


def disguised_texts() -> Iterator[tuple[str, bytes]]:
    """Every disguise of a text."""
    config = json.dumps(LAMBDA)
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"):
        yield f"Keras in {encoding}", box.zip_of({"config.json": config.encode(encoding)})
    code: dict[str, object] = {"auto_map": {"AutoModel": "x.X"}}
    yield "auto_map in UTF-16", json.dumps(code).encode("utf-16")
    yield "auto_map beside NaN", json.dumps(code | {"a": float("nan")}).encode()
    yield "auto_map, twice", json.dumps(code)[:-1].encode() + b', "auto_map": null}'
    yield "auto_map, then garbage", json.dumps(code).encode() + b" garbage"
    yield "auto_map in a notebook", json.dumps({"cells": [], "nbformat": 4} | code).encode()
    both = {"name": "default", "template": "{{ ''.__class__ }}", "chat_template": "x"}
    yield "a template beside another", json.dumps({"chat_template": [both]}).encode()
    named = {"default": "{{ ''.__class__ }}"}
    yield "a template by name", json.dumps({"chat_template": named}).encode()
    yield "a template in a text", b"{{ x.__globals__ }}"
    for name, template in TEMPLATES.items():
        yield f"template, {name}", box.gguf({"tokenizer.chat_template": template})
    for name, text in YAML.items():
        yield f"YAML, {name}", text.encode()
    yield "YAML in UTF-16", f"a: {APPLY}".encode("utf-16")
    yield "YAML in Latin-1", f"# caf\xe9\na: {APPLY}".encode("latin-1")
    yield "auto_map as a tar", _json_tar(code)
    tagged = f": {APPLY.strip()} #".ljust(126, "a")
    yield "YAML as a pickle", f"U~: {'a' * 123}\n0U~{tagged}.".encode()
    graph = "# text\nmeta_graphs: # text\n{\n graph_def { node { op: 'PyFunc' } }\n}\n"
    yield "a SavedModel as text", graph.encode()


def _json_tar(document: dict[str, object]) -> bytes:
    """JSON whose letters are also the header of an empty member."""
    text = json.dumps(document | {"pad": ""})[:-2]
    text = text.ljust(124) + "0" * 12
    text = text.ljust(148) + " " * 8 + "0"
    text = text.ljust(510) + '"}'
    checksum = f"{sum(text.encode()):06o}"
    return (text[:148] + checksum + text[154:]).encode()
