# ruff: noqa: SIM905  # a table of words is read most easily as text
"""Everything a scanner must not call clean. Nothing here is ever loaded: it is only read."""

import json
import tarfile
import zipfile
from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner import containers as box
from tests.scanner.archive_payloads import archive_payloads
from tests.scanner.assembler import EVIL, EXEC
from tests.scanner.config_payloads import config_payloads
from tests.scanner.data_payloads import tables
from tests.scanner.disguised_containers import disguised_containers
from tests.scanner.disguised_pickles import disguised_pickles
from tests.scanner.disguised_texts import disguised_texts
from tests.scanner.graph_payloads import graphs
from tests.scanner.pickle_regressions import not_clean

DANGEROUS_IMPORTS = (
    "os.system posix.system nt.system subprocess.Popen subprocess.run builtins.eval builtins.exec "
    "builtins.getattr builtins.__import__ builtins.open __builtin__.eval importlib.import_module "
    "pkgutil.resolve_name runpy.run_path runpy._run_code pty.spawn socket.socket sys.exit "
    "shutil.rmtree ctypes.CDLL code.InteractiveInterpreter bdb.Bdb cProfile.run timeit.timeit "
    "operator.call types.FunctionType types.CodeType webbrowser.open pydoc.pipepager "
    "asyncio.create_subprocess_shell "
    "multiprocessing.Process threading.Thread pickle.loads _pickle.loads marshal.loads "
    "dill.loads cloudpickle.loads "
    "joblib.load numpy.load torch.load torch.hub.load torch.serialization.load torch.jit.load "
    "torch.utils.cpp_extension.load numpy.f2py.compile pandas.read_pickle urllib.request.urlopen "
    "http.client.HTTPSConnection requests.get smtplib.SMTP ftplib.FTP tempfile.mktemp io.FileIO "
    "_io.FileIO logging.FileHandler zipfile.ZipFile sqlite3.connect pip.main pip._internal.main "
    "ensurepip._run_pip venv.create distutils.file_util.write_file lib2to3.pgen2.grammar.Grammar "
    "idlelib.run.Executive doctest.debug_script trace.Trace uuid._get_command_stdout "
    "commands.getoutput copyreg.add_extension"
).split()
UNKNOWN_IMPORTS = (
    "mymodel.Network",
    "some.package.helper",
    "antigravity2.fly",
    "collections.namedtuple",
    "operator.attrgetter",
    "operator.methodcaller",
    "_operator.attrgetter",
    "dill._dill._create_function",
    "cloudpickle.cloudpickle._make_function",
)
DOTTED_IMPORTS = (
    ("torch", "_utils.os.system"), ("sklearn.base", "os.system"), ("collections", "sys.modules"),
    ("torch.nn.modules.linear", "Linear.__init__.__globals__"), ("numpy", "core.os.system"),
    ("builtins", "str.__class__.__subclasses__"), ("sklearn.tree", "_tree.os.popen"),
    ("joblib.numpy_pickle", "os.system"), ("sklearn.base", "os"), ("torch.optim", "sys"),
)  # fmt: skip


def imports() -> Iterator[tuple[str, bytes]]:
    """Every dangerous import, by every opcode that imports."""
    for path in (*DANGEROUS_IMPORTS, *UNKNOWN_IMPORTS):
        module, _, name = path.rpartition(".")
        argument = asm.text("x")
        yield f"protocol 0 {path}", asm.call(asm.global_(module, name), b"Vx\n") + b"."
        yield f"protocol 4 {path}", asm.framed(asm.call(asm.stack_global(module, name), argument))
        yield f"INST {path}", b"(Vx\ni" + f"{module}\n{name}\n".encode() + b"."
    for module, name in DOTTED_IMPORTS:
        yield f"dotted {module} {name}", asm.framed(asm.call(asm.stack_global(module, name)))


def indirections() -> Iterator[tuple[str, bytes]]:
    """Ways to hide an import or a call from a reader of opcodes."""
    os_, system = asm.short_text("os"), asm.short_text("system")
    run = asm.tuple_of(asm.text("x")) + b"R."
    yield (
        "names through MEMOIZE",
        b"\x80\x04" + os_ + b"\x940" + system + b"\x940h\x00h\x01\x93" + run,
    )
    yield "names through PUT", b"\x80\x04" + os_ + b"p7\n0" + system + b"p9\n0g7\ng9\n\x93" + run
    yield (
        "names through LONG_BINPUT",
        (b"\x80\x04" + os_ + b"r\xff\xff\x00\x000" + system + b"j\xff\xff\x00\x00\x85010" + run),
    )
    yield "names through DUP", b"\x80\x04" + os_ + b"20" + system + b"\x93" + run
    yield "names without a header", b"S'os'\nS'system'\n\x93" + run
    yield "names with escapes", b"S'\\x6fs'\nS's\\171stem'\n\x93" + run
    yield "names with unicode escapes", b"V\\u006fs\nVs\\u0079stem\n\x93" + run
    yield (
        "a name made by a call",
        (
            b"\x80\x04"
            + asm.call(asm.global_("builtins", "str"), asm.text("os"))
            + system
            + b"\x93"
            + run
        ),
    )
    yield (
        "a name that is too long",
        b"\x80\x04" + os_ + asm.text("a." * 100 + "system") + b"\x93" + run,
    )
    yield (
        "a call of a result",
        b"\x80\x04" + asm.call(asm.call(asm.global_("functools", "partial"))) + b".",
    )
    yield "OBJ", b"\x80\x02(" + asm.global_("os", "system") + asm.text("x") + b"o."
    yield "NEWOBJ", b"\x80\x02" + asm.global_("os", "system") + b")\x81."
    yield "NEWOBJ_EX", b"\x80\x04" + asm.global_("os", "system") + b")}\x92."
    yield (
        "BUILD of an import",
        b"\x80\x02" + asm.global_("collections", "OrderedDict") + asm.dict_of(a=b"N") + b"b.",
    )
    yield "extension registry", b"\x80\x02\x82\x01" + run
    yield "the second pickle", asm.pickle(b"N") + EVIL
    yield "the third pickle", b"N.N." + EXEC + b"."
    yield "no STOP", b"\x80\x02" + EXEC
    yield "no STOP and no header", EXEC
    yield "garbage after the call", EXEC + b"\xff\xff"
    yield "garbage before STOP", asm.global_("builtins", "exec") + b"X\xff\xff\xff\xff"
    yield "a broken frame", b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f" + EXEC + b"."
    yield "a frame that ends early", b"\x80\x04\x95" + pack("<Q", 3) + EXEC + b"."
    yield "an unknown protocol", asm.pickle(EXEC, 6)
    yield "trailing bytes", asm.pickle(b"N") + b"\xff" * 10
    yield "memo that was never written", b"\x80\x04h\x05" + EXEC + b"."
    yield (
        "nested pickle",
        asm.pickle(asm.call(asm.global_("torch.storage", "_load_from_bytes"), asm.blob(EVIL))),
    )
    yield (
        "nested pickle computed",
        asm.pickle(asm.call(asm.global_("torch.storage", "_load_from_bytes"), b"N")),
    )
    loader = asm.global_("torch.storage", "_load_from_bytes")
    rebuild = asm.global_("torch._tensor", "_rebuild_from_type_v2")
    rest = (asm.global_("torch", "Tensor"), asm.tuple_of(asm.blob(EVIL)), b"}")
    yield "nested pickle through a function", asm.pickle(asm.call(rebuild, loader, *rest))
    recalled = asm.call(rebuild, b"h\x00", *rest)
    yield "nested pickle through the memo", asm.pickle(loader + b"q\x000" + recalled)
    harmless = asm.tuple_of(asm.blob(b"N.")) + b"R"
    yield "nested pickle through DUP", asm.pickle(loader + b"2" + harmless)
    yield "behind a large argument", asm.pickle(asm.blob(bytes(2_000_000)) + b"0" + EXEC)
    yield "behind a long line", b"V" + b"x" * 2_000_000 + b"\n0" + EXEC + b"."
    yield "behind a number with a NUL", b"I1\0x\n0F1\0x\n0L1\0x\n0" + EXEC + b"."
    yield "memo with signs", b"Vos\np+1_0\n0Vsystem\np 2\n0g10\ng+2\n\x93" + run
    for protocol in range(6):
        yield f"header {protocol}", asm.pickle(EXEC, protocol)


def joblib_files() -> Iterator[tuple[str, bytes]]:
    """Raw arrays between opcodes."""
    array = asm.joblib_array("f8", bytes(80), 10)
    yield "after a raw array", asm.pickle(array + b"0" + EXEC)
    yield (
        "inside a raw array",
        asm.pickle(asm.joblib_array("u1", EXEC + b".", len(EXEC) + 1, padding=None)),
    )
    yield "an array of objects", asm.pickle(asm.joblib_array("O8", EVIL, 1, padding=None))
    yield "an array of unknown type", asm.pickle(asm.joblib_array("V8", bytes(80), 10))
    yield "an array longer than the file", asm.pickle(asm.joblib_array("f8", bytes(8), 10_000))
    flags = asm.number(1)
    state = asm.tuple_of(
        asm.number(3), asm.text("<"), b"N", b"N", b"N", asm.number(-1), asm.number(-1), flags
    )
    hidden = asm.dtype("f8") + state + b"b"
    made = asm.global_("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
    fields = asm.dict_of(shape=asm.tuple_of(asm.number(1)), dtype=hidden, allow_mmap=b"\x88")
    yield "an object flag on floats", asm.pickle(made + fields + b"b" + EVIL)
    aliased = b"}q\x01(" + asm.text("allow_mmap") + b"\x88u0h\x01(" + asm.text("shape") + b")u"
    yield "a state changed through the memo", asm.pickle(made + aliased + b"b" + EXEC)


def archives() -> Iterator[tuple[str, bytes]]:
    """The payload inside of every container."""
    for name in ("data.pkl", "weights.bin", "README", "img.png", "a/b/c.txt"):
        yield f"zip {name}", box.zip_of({name: EVIL})
        yield f"deflated zip {name}", box.zip_of({name: EVIL}, zipfile.ZIP_DEFLATED)
    yield "bz2 zip", box.zip_of({"a.pkl": EVIL}, zipfile.ZIP_BZIP2)
    yield "lzma zip", box.zip_of({"a.pkl": EVIL}, zipfile.ZIP_LZMA)
    yield "torch zip", box.torch_zip(EVIL)
    yield "torch zip, another member", box.torch_zip(asm.pickle(b"}"), other=EVIL)
    yield "torch zip, as a tensor", box.torch_zip(asm.pickle(b"}"), {"0": EVIL})
    wrong = asm.pickle(asm.tensor("Float", "0", 3))
    yield "torch zip, a tensor of another size", box.torch_zip(wrong, {"0": EVIL})
    yield "torchscript", box.torch_zip(asm.pickle(b"}"), None, **{"constants.pkl": EVIL})
    yield "torch legacy", box.torch_legacy(EVIL)
    yield "torch legacy, behind the storages", box.torch_legacy(wrong, bytes(12)) + EVIL
    yield "npz", box.zip_of({"a.npy": box.npy("'|O'", "(1,)", EVIL)})
    yield "npy", box.npy("'|O'", "(1,)", EVIL)
    yield "npy, structured", box.npy("[('a', '<f4'), ('b', '|O')]", "(1,)", EVIL)
    yield "npy, second array", box.npy("'<f4'", "(1,)", bytes(4)) + box.npy("'|O'", "(1,)", EVIL)
    yield "npy, cut off", box.npy("'<f4'", "(9,)", bytes(4))
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        yield f"tar {form}", box.tar_of({"x" * 120: EVIL} if form else {"x": EVIL}, form)
    yield "tar with a path", box.tar_of({"../x": b"text"})
    yield "tar behind its end", box.tar_of({"a": b"x"}) + EVIL
    yield "7z", box.seven_zip("a.pkl", EVIL)
    for kind, compress in box.COMPRESSIONS.items():
        yield kind, compress(EVIL)
        yield f"tar {kind}", compress(box.tar_of({"a": EVIL}))
        yield f"{kind}, second stream", compress(b"N.") + compress(EVIL)
    yield "zip in zip", box.zip_of({"a": box.zip_of({"b": EVIL}, zipfile.ZIP_DEFLATED)})
    deep = EVIL
    for _ in range(6):
        deep = box.zip_of({"x": deep})
    yield "zip six deep", deep
    yield "absolute path", box.zip_of({"/etc/x": b"text"})
    yield "parent path", box.zip_of({"a/../../x": b"text"})
    yield "windows path", box.zip_of({"C:\\x": b"text"})
    yield "zip behind bytes", b"text" * 10 + box.zip_of({"a": EVIL})
    yield "zip before bytes", box.zip_of({"a": EVIL}) + b"text" * 10
    yield "pickle and zip", asm.pickle(b"N") + box.zip_of({"a": b"text"})
    yield "pickle and tar", _pickle_tar()


def _pickle_tar() -> bytes:
    """A tar whose first member's name is a pickle."""
    return box.tar_of({"cbuiltins\nexec\n(V0\ntR.": b"text"})


def broken_zips() -> Iterator[tuple[str, bytes]]:
    """Zips that readers disagree about."""
    plain = box.zip_of({"data.pkl": EVIL})
    central = plain.index(b"PK\x01\x02")
    for bit in (0x01, 0x20, 0x40):
        yield f"flag {bit:#x} in the directory", _set(plain, central + 8, bit)
        yield f"flag {bit:#x} in the header", _set(plain, 6, bit)
    yield "another local name", plain[:30] + b"safe.txt" + plain[38:]
    yield "another method", _set(plain, central + 10, 8)
    yield "an unknown method", _set(_set(plain, central + 10, 99), 8, 99)
    yield "a wrong checksum", _set(plain, central + 16, plain[central + 16] ^ 1)
    yield "a wrong size", _set(plain, central + 24, 1)
    yield "a size beyond the file", _set(plain, central + 22, 9)
    yield "a directory of other bytes", _set(plain, central, 0)
    yield "no directory", plain[:central]
    yield "a count that is wrong", _set(_set(plain, len(plain) - 12, 9), len(plain) - 14, 9)
    double = box.zip_of({"data.pkl": b"N.", "data.pkx": EVIL}).replace(b"data.pkx", b"data.pkl")
    yield "two members of one name", double
    hidden = box.zip_of({"x": EVIL})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    listed = box.zip_of({"y": b"N."})
    yield "a member before the first", _moved(hidden, listed)
    link = bytearray(box.zip_of({"x": b"/etc/passwd"}))
    at = link.index(b"PK\x01\x02") + 38
    link[at : at + 4] = (0o120777 << 16).to_bytes(4, "little")
    yield "a symbolic link", bytes(link)
    yield "an archive in the comment", plain[:-2] + len(listed).to_bytes(2, "little") + listed
    yield "a torch.package", box.zip_of({"m/.data/extern_modules": b"torch"})
    yield (
        "a member that is not listed",
        box.zip_of({"x": EVIL})[: -22 - 47] + box.zip_of({"y": b"N."}),
    )


def _moved(prefix: bytes, archive: bytes) -> bytes:
    """Put bytes before an archive and correct its offsets."""
    out = bytearray(archive)
    central, end = out.index(b"PK\x01\x02"), out.index(b"PK\x05\x06")
    out[central + 42 : central + 46] = len(prefix).to_bytes(4, "little")
    out[end + 16 : end + 20] = (central + len(prefix)).to_bytes(4, "little")
    return prefix + bytes(out)


def _set(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def configurations() -> Iterator[tuple[str, bytes]]:
    """Formats that name code instead of carrying pickles."""
    code = box.layer("Lambda", function=["4wEAAAAAAAAA" * 20, None, None])
    lambda_3 = box.layer(
        "Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}
    )
    yield "keras lambda", box.keras_zip(code)
    yield (
        "keras lambda of a command",
        box.keras_zip(box.layer("Lambda", function=[box.LAMBDA_CODE])),
    )
    yield "keras 3 lambda", box.keras_zip(lambda_3)
    yield "keras lambda by name", box.keras_zip(box.layer("Lambda", function="my_function"))
    escaped = json.dumps(code).replace("class_name", "class_n\\u0061me").encode()
    yield "keras escaped key", box.zip_of({"config.json": escaped})
    yield "keras os", box.keras_zip({"module": "os", "class_name": "function", "config": "system"})
    yield (
        "keras get_file",
        box.keras_zip({"module": "keras.utils", "class_name": "function", "config": "get_file"}),
    )
    yield "keras torch wrapper", box.keras_zip(box.layer("TorchModuleWrapper", module_data="gAI="))
    yield "keras vocabulary", box.keras_zip(box.layer("StringLookup", vocabulary="/etc/passwd"))
    yield "keras foreign model", box.keras_zip(box.layer("TFSMLayer", filepath="/tmp/x"))
    yield "keras unknown module", box.keras_zip(box.layer("Network", "mypackage.layers"))
    yield "h5 lambda", box.hdf5(code)
    yield "h5 lambda cut off", box.hdf5(code)[:200]
    for operation in (
        "PyFunc",
        "EagerPyFunc",
        "WriteFile",
        "ReadFile",
        "MatchingFiles",
        "Addons>Op",
    ):
        yield f"savedmodel {operation}", box.saved_model("Const", operation)
        yield f"savedmodel function {operation}", box.saved_model("Const", function=operation)
    metadata = '{"class_name": "Lambda", "config": {"function": {"items": ["4wEAAAAA"]}}}'
    yield "savedmodel metadata", box.saved_model("Const", metadata=metadata)
    graph = box.field(1, box.field(1, "n") + box.field(2, "PyFunc"))
    yield "frozen graph", graph
    yield "onnx python", box.onnx(box.onnx_node("PyOp", "ai.onnx.contrib"))
    yield "onnx domain", box.onnx(box.onnx_node("Magic", "evil.ops"))
    inner = box.field(5, box.field(1, "body") + box.field(6, box.field(1, box.onnx_node("PyOp"))))
    yield "onnx subgraph", box.onnx(box.onnx_node("Loop", "", inner))
    for path in ("../../etc/passwd", "/etc/passwd", "C:\\x", "a/../../b", "file:///etc/passwd"):
        yield f"onnx external {path}", box.onnx(tensors=(box.onnx_tensor(path),))
    for template in TEMPLATES:
        yield f"gguf {template[:30]}", box.gguf({"tokenizer.chat_template": template})
        yield f"tokenizer {template[:30]}", _json("chat_template", template)
    yield "onnx behind a group", b"\xfb\x01\xfc\x01" + box.onnx(box.onnx_node("PyOp"))
    yield "savedmodel behind an empty node", box.saved_model("", "PyFunc")
    yield "auto_map behind white space", b" " * 20_000 + b'{"auto_map": {"AutoModel": "x.X"}}'
    yield "hydra yaml", b"model:\n  _target_: os.system\n  command: x\n"
    yield "hydra json", b'{"model": {"_target_": "builtins.exec"}}'
    yield "gguf cut off", box.gguf({"general.name": "x"})[:60]
    yield "auto_map", b'{"auto_map": {"AutoModel": "modeling_x.X"}}'
    yield "auto_map of a part", b'{"text_config": {"auto_map": {"AutoModel": "o/r--m.X"}}}'
    yield "auto_map escaped", b'{"auto\\u005fmap": {"AutoModel": "modeling_x.X"}}'
    yield "yaml tag", b"a: !!python/object/apply:os.system ['x']\n"
    for magic in (
        b"\x7fELF",
        b"\xcf\xfa\xed\xfe",
        b"\xac\xed\x00\x05",
        b"X\n\x00\x00\x00\x03",
        b"Rar!\x1a\x07",
    ):
        yield f"magic {magic!r}", magic + bytes(100)
    yield "byte code", b"\xa7\x0d\r\n" + bytes(40)
    yield "zstd", b"\x28\xb5\x2f\xfd" + bytes(40)


TEMPLATES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in cycler.__init__.__globals__.os.popen('id') %}{% endfor %}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ messages|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ messages['__class__'] }}",
    "{{ self._TemplateReference__context }}",
    "{% include '/etc/passwd' %}",
)


def _json(key: str, value: str) -> bytes:
    return json.dumps({key: value}).encode()


def layouts() -> Iterator[tuple[str, bytes]]:
    """safetensors that do not cover their bytes exactly once."""
    w = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    v = {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}
    late = {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}
    yield "overlap", box.safetensors({"w": w, "v": v}, bytes(12))
    yield "hole", box.safetensors({"v": late}, bytes(16))
    yield "beyond the file", box.safetensors({"w": w, "v": late}, bytes(12))
    yield "bytes behind", box.safetensors({"w": w}, bytes(8) + EVIL)
    yield "a wrong length", box.safetensors({"w": w | {"shape": [3]}}, bytes(8))
    yield "an unknown type", box.safetensors({"w": w | {"dtype": "X9"}}, bytes(8))
    twice = b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{}}'
    yield "a key twice", box.safetensors(twice, bytes(8))
    yield "no JSON", box.safetensors(b'{"w": nothing}  ', bytes(8))


def all_payloads() -> dict[str, bytes]:
    """Every payload by a readable name."""
    families = {
        "import": imports, "pickle": not_clean, "indirection": indirections, "joblib": joblib_files,
        "archive": archives, "zip": broken_zips, "read differently": archive_payloads,
        "configuration": configurations, "safetensors": layouts,
        "disguised pickle": disguised_pickles,
        "disguised container": disguised_containers, "disguised text": disguised_texts,
        "loaded": config_payloads, "graph": graphs, "data": tables,
    }  # fmt: skip
    return {f"{family}: {name}": data for family, make in families.items() for name, data in make()}
