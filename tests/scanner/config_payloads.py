"""Configurations, templates and source files that make a loader act; all of it is harmless.

Each name says which loader acts on it, and up to which version where that is known.
"""

import base64
import json
from collections.abc import Iterator

from tests.scanner import containers as box

OS_PICKLE = base64.b64encode(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x06echo x\x85R.").decode()
JSON = {
    "transformers, auto_map": {"auto_map": {"AutoModel": "modeling.Net"}},
    "transformers, auto_map of a repository": {"a": [{"auto_map": {"AutoModel": "o/r--m.N"}}]},
    "transformers, trust_remote_code": {"trust_remote_code": True},
    "transformers, trust_remote_code as a number": {"trust_remote_code": 1},
    "transformers, trust_remote_code as a text": {"x": {"trust_remote_code": "yes"}},
    "transformers, trust_remote_code that only reads like no": {"trust_remote_code": "false"},
    "transformers, attention": {"_attn_implementation": "org/kernel"},
    "transformers, attention with a revision": {"attn_implementation": "org/kernel@main:f"},
    "transformers 4.56 to 5.2, internal attention": {"_attn_implementation_internal": "o/k"},
    "transformers, attention of a part": {"attn_implementation": {"text_config": "o/k"}},
    "transformers, kernels": {"kernel_config": {"RMSNorm": "org/kernel:RMSNorm"}},
    "transformers, custom_generate": {"custom_generate": "org/repository"},
    "transformers, a pipeline": {"custom_pipelines": {"x": {"impl": "pipe.P"}}},
    "sentence-transformers < 6, modules": [{"idx": 0, "name": "0", "path": "", "type": "m.Evil"}],
    "sentence-transformers, a builtin": [{"idx": 0, "path": "", "type": "os.system"}],
    "sentence-transformers, a router": {"types": {"a": "evil.Module"}, "structure": {"a": ["a"]}},
    "sentence-transformers, Dense": {"in_features": 1, "activation_function": "evil.f"},
    "sentence-transformers, a cross encoder": {"sentence_transformers": {"activation_fn": "os.f"}},
    "sentence-transformers, WordEmbeddings": {"tokenizer_class": "evil.tokens.Tokens"},
    "diffusers, a component": {"_class_name": "P", "unet": ["evil", "Evil"]},
    "diffusers, a module of it": {"_class_name": "P", "vae": ["my.vae", "Net"], "x": [None, None]},
    "diffusers, a custom pipeline": {"_class_name": ["pipeline", "My"], "_diffusers_version": "1"},
    "diffusers, a modular pipeline": {"_blocks_class_name": "B", "unet": ["evil", "E", {"r": "x"}]},
    "PEFT, auto_mapping": {"peft_type": "L", "auto_mapping": {"parent_library": "evil_module"}},
    "PEFT, a module in it": {"auto_mapping": {"parent_library": "a.b", "base_model_class": "C"}},
    "PEFT < 0.18, megatron_core": {"peft_type": "LORA", "megatron_core": "evil.core"},
    "mlx-lm, model_file": {"model_type": "llama", "model_file": "evil.py"},
    "ModelScope, plugins": {"framework": "pytorch", "task": "x", "plugins": ["evil"]},
    "ModelScope, allow_remote": {"allow_remote": True},
    "axolotl, plugins": {"base_model": "x", "plugins": ["evil.Plugin"]},
    "Hydra, in JSON": {"model": {"_target_": "builtins.exec"}},
    "Hydra, put together": {"mod": "os", "model": {"_target_": "${mod}.system"}},
    "Hydra, of no list": {"_target_": "evil_module.Evil"},
    "Hydra, deep": [[[[{"a": {"b": [{"_target_": "subprocess.run"}]}}]]]],
    "torchtune, a component": {"model": {"_component_": "evil.model"}},
    "jsonargparse, class_path": {"model": {"class_path": "evil.Model", "init_args": {}}},
    "latent diffusion, target": {"model": {"target": "os.system", "params": {"command": "x"}}},
    "latent diffusion, of no list": {"target": "evil.Net", "params": {}},
    "pyannote, a preprocessor": {"preprocessors": {"k": {"name": "os.system", "params": {}}}},
    "AllenNLP, a type": {"model": {"type": "subprocess.Popen"}},
    "Haystack, a component": {"c": {"type": "evil.Component", "init_parameters": {}}},
    "AutoGen, a provider": {"provider": "evil.Agent", "component_type": "agent", "config": {}},
    "AutoGen, a function": {"name": "f", "source_code": "def f(): ...", "global_imports": ["os"]},
    "LangChain, a constructor": {"lc": 1, "type": "constructor", "id": ["os", "system"]},
    "MONAI, an expression": {"imports": ["$import os"], "x": "$os.getcwd()"},
    "MONAI, a call": {"x": ["$print(1)"]},
    "logging, a factory": {"handlers": {"h": {"()": "os.system"}}},
    "logging, an external object": {"handlers": {"h": {"stream": "ext://os.environ"}}},
    "GluonTS < 0.14, an instance": {"__kind__": "instance", "class": "os.system", "args": ["x"]},
    "GluonTS, of no list": {"p": [{"__kind__": "instance", "class": "evil.C"}]},
    "jsonpickle, reduce": {"m": {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": []}]}},
    "jsonpickle, an object": {"py/object": "subprocess.Popen"},
    "jsonpickle, of no list": {"py/object": "evil.C"},
    "jsonpickle, a type": [{"py/type": "evil.C"}],
    "jsonpickle < 1.5, repr": {"py/repr": "os/os.system('x')"},
    "skops < 0.12, an operator": {"__class__": "system", "__module__": "os", "__loader__": "O"},
    "skops, of no list": {"__class__": "C", "__module__": "evil", "__loader__": "ObjectNode"},
    "skops, methodcaller": {
        "__class__": "methodcaller", "__module__": "x", "__loader__": "OperatorFuncNode",
    },
    "zarr 2, a pickle": {"zarr_format": 2, "filters": [{"id": "pickle", "protocol": 4}]},
    "zarr 2, compressed by it": {"zarr_format": 2, "compressor": {"id": "pickle"}},
    "zarr 3, a pickle": {"zarr_format": 3, "codecs": [{"name": "numcodecs.pickle"}]},
    "zarr 3, in a shard": {
        "zarr_format": 3,
        "codecs": [{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "evil"}]}}],
    },
    "zarr, consolidated": {"metadata": {"x/.zarray": {"zarr_format": 2, "filters": [{"id": "e"}]}}},
    "kerchunk, in a text": {
        "refs": {".zarray": '{"zarr_format": 2, "filters": [{"id": "pickle"}]}'},
    },
    "Keras, dotted": box.layer("utils.get_file", "keras"),
    "Keras, registered as another": {
        **box.layer("get_file", "keras.utils"), "registered_name": "Dense",
    },
    "Keras, a class by its register": {
        "class_name": "X", "registered_name": "p>Lambda", "config": {"function": ["4wEA" * 40]},
    },
    "Keras, a function of a module": {
        "module": "keras.config", "class_name": "function",
        "config": "enable_unsafe_deserialization",
    },
    "Keras, of another package": {"module": "evil", "class_name": "Dense", "config": {}},
    "Keras, in a text": {"model_config": json.dumps(box.layer("TFSMLayer", filepath="x"))},
    "Keras, a vocabulary": box.layer("TextVectorization", vocabulary="/etc/hostname"),
    "Keras hub, a tokenizer": box.layer("BytePairTokenizer", "keras_hub.x", merges="/etc/hostname"),
    "TensorFlow hub, a layer": box.layer("KerasLayer", handle="https://x.invalid/1"),
    "TorchServe, a manifest": {"model": {"handler": "handler.py", "serializedFile": "m.pt"}},
    "TorchServe, a model file": {
        "handler": "image_classifier", "serializedFile": "m", "modelFile": "m.py",
    },
    "MLflow, a loader": {"flavors": {"python_function": {"loader_module": "evil_loader"}}},
    "stable-baselines3, a pickle": {"policy": {":type:": "x", ":serialized:": OS_PICKLE}},
    "a pickle in a list": {"a": [1, OS_PICKLE]},
    "a pickle of protocol 0": {"a": base64.b64encode(b"cos\nsystem\n(S'x'\ntR.").decode()},
    "ONNX Runtime, an operator library": {"custom_ops_library": "x.so"},
    "fairseq, user_dir": {"common": {"user_dir": "evil"}},
    "MMEngine, imports": {"custom_imports": {"imports": ["evil"]}},
    "kohya, a network": {"network_module": "evil.network"},
    "Ray Serve, an application": {"applications": [{"import_path": "evil:app"}]},
    "vLLM, a worker": {"worker_cls": "evil.Worker"},
    "Olive, a script": {"user_script": "x.py"},
    "any loader, a name": {"some_key": "builtins.eval"},
    "any loader, a file of code": {"custom_module": "net.py"},
    "a chat template, a file name": {"chat_template": [{"name": "../../x", "template": "{{ a }}"}]},
    "a chat template, an absolute name": {"chat_template": {"/tmp/x": "{{ a }}"}},
    "a chat template, of a list": {"chat_template": ["{{ a }}"] * 100 + ["{{ a.__class__ }}"]},
    "a chat template, by name": {"chat_template": {"default": "{{ a['__class__'] }}"}},
    "a chat template, a processor's": {"x": {"chat_template": "{{ a|attr('x') }}"}},
    "a chat template, not Jinja": {"chat_template": "{{ .Prompt }}"},
    "a prompt elsewhere": {"prompts": {"query": "{{ cycler.__init__.__globals__ }}"}},
    "a prompt in a list": [{"a": "x"}] * 100 + [{"instruction_prompt": "{{ x.__class__.mro() }}"}],
    "LangChain, a prompt": {
        "_type": "prompt", "template_format": "jinja2",
        "template": "{{ ''['-_class_-'|replace('-','_')] }}",
    },
}  # fmt: skip
YAML = {
    "Hydra": "model:\n  _target_: os.system\n  command: x\n",
    "Hydra, an interpolation": "m: os\nx:\n  _target_: ${m}.system\n",
    "Hydra, in quotes": "x: {'_target_': \"os.\\u0073ystem\"}\n",
    "Hydra, an anchor": "a: &a os.system\nb: {_target_: *a}\n",
    "Hydra, a key by its alias": "x: &k _target_\nm:\n  *k : os.system\n",
    "Hydra, a question mark": "m:\n  ? _target_\n  : os.system\n",
    "Hydra, a merged map": "a: &a {_target_: os.system}\nb: {<<: *a}\n",
    "Hydra, a folded value": "m:\n  _target_: >-\n    os.system\n",
    "Hydra, a folded key": '? "_tar\\\n  get_"\n: os.system\n',
    "Hydra, a tagged key": "!!str _target_: os.system\n",
    "Hydra, in a list": "- - - _target_: evil.C\n",
    "Hydra, of a second document": "a: 1\n---\nb: 2\n---\n_target_: evil.C\n",
    "Hydra, after the end of a document": "a: 1\n...\n_target_: evil.C\n",
    "Hydra, after comments": "# x\n" * 3_000 + "_target_: evil.C\n",
    "Hydra, with line ends of Windows": "a: 1\r\nm:\r\n  _target_: evil.C\r\n",
    "Hydra, with line ends of old": "a: 1\rm:\r  _target_: evil.C\r",
    "Hydra, a resolver": "x: ${eval:'1+1'}\n",
    "Hydra, a target in a text": "x: \"${oc.create:'{_target_: os.system}'}\"\n",
    "HyperPyYAML, apply": "x: !apply:os.system [x]\n",
    "HyperPyYAML, new": "x: !new:evil.C\n  a: 1\n",
    "HyperPyYAML, name": "x: !name:builtins.eval\n",
    "HyperPyYAML, module": "x: !module:evil\n",
    "PyYAML, apply": "!!python/object/apply:os.system [x]\n",
    "PyYAML, new": "x: !!python/object/new:evil.C []\n",
    "PyYAML, name": "x: !!python/name:evil.f\n",
    "PyYAML, module": "x: !!python/module:evil\n",
    "PyYAML, a tuple": "x: !!python/tuple [1, 2]\n",
    "PyYAML, verbatim": "x: !<tag:yaml.org,2002:python/object:evil.C> {}\n",
    "PyYAML, a prefix": "%TAG ! tag:yaml.org,2002:python/\n---\nx: !object:evil.C {}\n",
    "PyYAML, escapes": "x: !!%70ython/object:evil.C {}\n",
    "PyYAML, in flow": "{a: [1, !!python/name:evil.f '']}\n",
    "PyYAML, as a key": "? !!python/name:evil.f ''\n: 1\n",
    "PyYAML, a later document": "---\na: 1\n---\n!!python/name:evil.f ''\n",
    "ruamel, any tag": "x: !MyClass {a: 1}\n",
    "a pickle": f"x: !!binary {OS_PICKLE}\n",
    "a pickle in lines": f"x: !!binary |\n  {OS_PICKLE[:20]}\n  {OS_PICKLE[20:]}\n",
    "a pickle without a tag": f"x: {OS_PICKLE}\n",
    "transformers, trust_remote_code": "m:\n  trust_remote_code: yes\n",
    "MLflow, a loader": "flavors:\n  python_function:\n    loader_module: evil_loader\n",
    "MLflow, code": "flavors:\n  python_function:\n    code: code\n",
    "MLflow, a model of code": "flavors:\n  python_function:\n    model_code_path: model.py\n",
    "MLflow, trusted types": "flavors:\n  sklearn:\n    skops_trusted_types: [evil.C]\n",
    "MLflow, dangerous types": "flavors:\n  x:\n    skops_trusted_types:\n    - builtins.exec\n",
    "MLflow, an artifact": "flavors: {pyfunc: {artifacts: {x: {path: ../../x}}}}\n",
    "MLflow, a Keras module": "flavors:\n  keras:\n    keras_module: evil\n",
    "MLflow, a project": "entry_points:\n  main:\n    command: echo x\n",
    "latent diffusion": "model:\n  target: os.system\n  params:\n    command: x\n",
    "latent diffusion, of no list": "model:\n  target: evil.Net\n  params: {}\n",
    "pyannote": "preprocessors:\n  k:\n    name: os.system\n    params: {command: x}\n",
    "Lightning, class_path": "trainer:\n  callbacks:\n  - class_path: evil.Callback\n",
    "logging": "handlers:\n  x:\n    (): evil.f\n",
    "MONAI": "x: $__import__('os')\n",
    "Haystack": "components:\n  x:\n    type: evil.C\n    init_parameters: {}\n",
    "a prompt": "template: '{{ x.__class__ }}'\n",
    "a prompt in a block": "prompt: |\n  {{ cycler.__init__ }}\n",
    "not quite YAML": "\tx\n_target_: os.system\n",
    "JSON with comments": '{\n// x\n"auto_map": {"AutoModel": "x.X"}}\n',
    "JSON with a comma": '{"trust_remote_code": true,}',
    "JSON with single quotes": "{'auto_map': {'AutoModel': 'x.X'}}",
}
TOML = {
    "kohya": 'network_module = "evil.network"\n',
    "Hydra's style": '[model]\n_target_ = "os.system"\n',
    "a dotted key": 'model.target = "os.system"\nmodel.params.x = 1\n',
    "a quoted key": '"trust_remote_code" = true\n',
    "an inline table": 'a = {class_path = "evil.C"}\n',
    "an array of tables": '[[a]]\n[[a.b]]\nauto_map = "x"\n',
    "an escape": '"\\u005ftarget_" = "os.system"\n',
    "lines of Windows": '[model]\r\n_target_ = "evil.C"\r\n',
}
TEMPLATES = (
    "{{ namespace['-_init_-'|replace('-','_')]['-_globals_-'|replace('-','_')] }}",
    "{% set ns = namespace(a='__cl') %}{% set ns.a = ns.a + 'ass__' %}{{ x[ns.a] }}",
    "{{ ([]|map('upper')).gi_frame.f_globals }}",
    "{% set l = [] %}{% set _ = l.append('_' * 2) %}{{ x[l[0] + 'class'] }}",
    "{% macro m(a, b) %}{{ x[a + b] }}{% endmacro %}{{ m('_', '_class') }}",
    "{% macro m(a) %}{{ x[a] }}{% endmacro %}{{ m('_' ~ '_class') }}",
    "{% macro m(a) %}{{ x[a] }}{% endmacro %}{% set f = m %}{{ f('_' ~ '_class') }}",
    "{{ x|map(attribute='__class__')|list }}",
    "{{ x|sort(attribute=y) }}",
    "{{ x|groupby('__class__') }}",
    "{{ x|selectattr(k)|list }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ '{0[x]}'.format(x) }}",
    "{{ x[('%s%s'|format('__cl', 'ass__'))] }}",
    "{{ x['ssalc'|reverse] }}",
    "{{ x[dict(__cl=1, ass__=2)|join] }}",
    "{{ x[(lipsum|string)[18] * 2 + 'class'] }}",
    "{% set c %}__class{% endset %}{{ x[c] }}",
    "{% set k = ['_', 'c']|join %}{{ x[k] }}",
    "{% with a = 'c' ~ 'l' %}{{ x[a] }}{% endwith %}",
    "{% for k in ['a' ~ 'b'] %}{{ x[k] }}{% endfor %}",
    "{% call(x) f() %}{{ x.__class__ }}{% endcall %}",
    "{% if x.__class__ %}{% endif %}",
    "{% for a in x.__class__ %}{% endfor %}",
    "{% for a in b if a.__class__ %}{% endfor %}",
    "{% filter upper|attr('x') %}{% endfilter %}",
    "{% set a | attr('x') %}{% endset %}",
    "{{ x['__cla' 'ss__'] }}",
    "{{ x.y._z }}",
    "{{ x['_private'] }}",
    "{{ joiner.__init__ }}",
    "{{ self.__init__ }}",
    "{{ config.items() }}",
    "{{ request['application'] }}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{{ a if x.__class__ else b }}",
    "{{ [a, {'k': x.__class__}] }}",
    "{{ f(a, *b, k=x.__class__) }}",
    "{{- x.__class__ -}}",
    "{%- if true -%}{{+ x.__class__ +}}{%+ endif %}",
    "{# {{ #}{{ x.__class__ }}",
    "{% raw %}{% endraw %}{{ x.__class__ }}",
    "{{ '{% raw %}' }}{{ x.__class__ }}{{ '{% endraw %}' }}",
    "{{ x.popen('y') }}",
    "{{ eval('1') }}",
    '{{ x|attr("\\x5f\\x5fclass\\x5f\\x5f") }}',
)  # fmt: skip
SOURCES = {
    "TorchServe, handler.py": b"def handle(data, context):\n    return data\n",
    "SageMaker, inference.py": b"import json\n\ndef model_fn(path):\n    return path\n",
    "Triton, model.py": b"class TritonPythonModel:\n    def execute(self, r):\n        return r\n",
    "one import": b"import os\n",
    "a decorated function": b"@app\ndef f():\n    pass\n",
    "an async function": b"async def f():\n    pass\n",
    "Python behind a comment": b"# -*- coding: utf-8 -*-\n'''text'''\nfrom a import b\nb()\n",
    "Python in UTF-16": "import os\nos.getcwd()\n".encode("utf-16"),
    "a batch file": b"@echo off\r\necho x\r\n",
    "PHP": b"<?php echo 1;\n",
    "registry entries": b"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\x]\r\n",
    "a shell command file": b"[Shell]\r\nCommand=2\r\nIconFile=\\\\x\\y\r\n",
    "autorun": b"[autorun]\nopen=x.exe\n",
    "a service": b"[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n",
    "a launch agent": b"<plist><dict><key>ProgramArguments</key><array/></dict></plist>",
    "a Windows script": b'<job id="x"><script language="JScript">1</script></job>',
    "PowerShell": b"param([string]$x)\nWrite-Output $x\n",
    "VBScript": b'Set x = CreateObject("WScript.Shell")\n',
    "a desktop entry in UTF-16": "[Desktop Entry]\nExec=x\n".encode("utf-16"),
    "Caffe, a Python layer": b'layer { type: "Python" python_param { module: "x" layer: "X" } }\n',
    "Triton, a configuration": b'name: "x"\nbackend: "python"\nmax_batch_size: 8\n',
}


def config_payloads() -> Iterator[tuple[str, bytes]]:
    """Every configuration, in every language and in archives, every template, every source."""
    for name, document in JSON.items():
        yield f"JSON, {name}", json.dumps(document).encode()
    nested = {"a": json.dumps({"b": json.dumps({"auto_map": {"A": "x.X"}})})}
    yield "JSON in texts of JSON", json.dumps(nested).encode()
    plain = b'{"a":1,' * 1 + b'"b":[' + b'{"x":1},' * 5_000 + b'{"_target_":"evil.C"}]}'
    yield "JSON, an entry after thousands", plain
    numbers = b'{"a":1,' + b'"n":2,' * 5_000 + b'"trust_remote_code":1}'
    yield "JSON, a number after thousands", numbers
    lines = b'{"a": 1}\n' * 5_000 + b'{"auto_map": {"A": "x.X"}}\n'
    yield "JSON, a line after thousands", lines
    yield "JSON, an escape", b'{"\\u0061uto_map": {"A": "x.X"}}'
    yield "JSON, a slash that is escaped", b'{"py\\/object": "evil.C"}'
    yield "JSON, a mark of its encoding", b'\xef\xbb\xbf{"auto_map": {"A": "x.X"}}'
    yield "JSON, a huge number", b'{"a": 1e999999, "b": -Infinity, "auto_map": {"A": "x.X"}}'
    yield "JSON, then a NUL", b'{"auto_map": {"A": "x.X"}}\0'
    yield "JSON, twice", b'{"auto_map": {"A": "x.X"}, "auto_map": null}'
    yield "JSON, twice the other way", b'{"auto_map": null, "auto_map": {"A": "x.X"}}'
    for name, text in YAML.items():
        yield f"YAML, {name}", text.encode()
        yield f"YAML in UTF-16, {name}", text.encode("utf-16")
    for name, text in TOML.items():
        yield f"TOML, {name}", text.encode()
    for number, template in enumerate(TEMPLATES):
        yield f"template {number} in GGUF", box.gguf({"tokenizer.chat_template": template})
        yield f"template {number} in JSON", json.dumps({"chat_template": template}).encode()
    for name, source in SOURCES.items():
        yield f"source, {name}", source
    manifest = json.dumps(JSON["TorchServe, a manifest"]).encode()
    archive = {"MAR-INF/MANIFEST.json": manifest, "handler.py": SOURCES["TorchServe, handler.py"]}
    yield "TorchServe, an archive", box.zip_of(archive)
    yield "TorchServe, only its handler", box.zip_of({"handler.py": archive["handler.py"]})
    yield (
        "MLflow, a code folder",
        box.zip_of({"MLmodel": b"flavors: {}\n", "code/x.py": b"x = 1\n"}),
    )
