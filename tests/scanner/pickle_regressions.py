"""Pickles that an earlier engine called clean, found by the oracle or by hand; each a kind."""

from collections.abc import Iterator
from struct import pack

from tests.scanner import assembler as asm
from tests.scanner.assembler import EVIL

SYSTEM = b"cos\nsystem\nVecho\n\x85R"
GET_LOGGER = asm.global_("logging", "getLogger")
PARTIAL = asm.global_("functools", "partial")
IDENTITY = asm.global_("torch.jit._pickle", "build_intlist")


def frame(length: int) -> bytes:
    return b"\x95" + pack("<Q", length)


def not_clean() -> Iterator[tuple[str, bytes]]:
    yield from _frames()
    yield from _calls()
    yield from _states()
    yield from _crashes()
    yield from _nested()


def _frames() -> Iterator[tuple[str, bytes]]:
    hidden = asm.text("a" * 2 + SYSTEM.decode("latin-1") + ".")
    head = b"\x80\x04"
    yield "frame ends in the length of a text", head + frame(2) + hidden + b"."
    yield "frame ends in the text", head + frame(9) + hidden + b"."
    yield "frame ends in counted bytes", head + frame(3) + asm.blob(SYSTEM + b".") + b"."
    yield "frame ends in a line", head + frame(3) + b"Vabc" + SYSTEM + b".\n."
    yield "frame in a frame", head + frame(40) + b"N0" + frame(3) + b"N" * 30 + b"."
    yield "frame without a header", frame(2) + hidden + b"."
    yield "frame after STOP", head + frame(9) + b"N." + SYSTEM + b"."
    for border in (4_096, 8_192, 65_536, 131_072):
        fill = border - 2 - 9 - 5 - 2
        body = asm.blob(bytes(fill)) + b"0" + frame(1) + asm.blob(b"\0" + SYSTEM + b".")
        yield f"frame ends at {border}", head + body + b"0N."


def _calls() -> Iterator[tuple[str, bytes]]:
    yield (
        "type of a function",
        asm.pickle(asm.call(asm.global_("builtins", "type"), asm.global_("builtins", "len"))),
    )
    yield (
        "type with three arguments",
        asm.pickle(asm.call(asm.global_("builtins", "type"), asm.text("A"), b")", b"}")),
    )
    yield (
        "an element type of any class",
        asm.pickle(asm.call(asm.global_("numpy", "dtype"), asm.global_("numpy", "ndarray"))),
    )
    yield "dill's helper for arrays with another function", asm.pickle(
        asm.call(
            asm.global_("dill._dill", "_create_array"), asm.global_("logging", "getLogger"),
            asm.tuple_of(asm.text("a")), b")",
        )
    )  # fmt: skip
    yield "the state of a member of an Enum", asm.pickle(
        asm.call(asm.global_("http", "HTTPStatus"), asm.number(200))
        + asm.dict_of(phrase=asm.text("x")) + b"b"
    )  # fmt: skip
    ordered = asm.global_("collections", "OrderedDict")
    yield (
        "computed arguments",
        asm.pickle(ordered + asm.call(asm.global_("builtins", "tuple"), b"]") + b"R"),
    )
    yield "result as argument", asm.pickle(asm.call(ordered, asm.call(GET_LOGGER, asm.text("a"))))
    yield (
        "library class called",
        asm.pickle(
            asm.call(
                asm.global_("transformers.training_args", "TrainingArguments"), asm.text("out")
            )
        ),
    )
    yield (
        "library class made with arguments",
        asm.pickle(
            asm.global_("sklearn.svm._classes", "SVC") + asm.tuple_of(asm.number(1)) + b"\x81"
        ),
    )
    yield (
        "reader through partial",
        asm.pickle(
            asm.call(
                PARTIAL, asm.global_("lightgbm.basic", "Booster"), b"N", b"N", asm.text("/etc/x")
            )
        ),
    )
    state = asm.tuple_of(asm.global_("lightgbm.basic", "Booster"), b")", b"}", b"N")
    yield (
        "reader in the state of partial",
        asm.pickle(asm.call(PARTIAL, asm.global_("builtins", "len")) + state + b"b"),
    )
    yield (
        "foreign base",
        asm.pickle(
            asm.call(
                asm.global_("copyreg", "_reconstructor"),
                asm.global_("sklearn.svm._classes", "SVC"),
                asm.global_("sklearn.svm._classes", "NuSVC"),
                b"N",
            )
        ),
    )
    yield "identity outside TorchScript", asm.pickle(asm.call(IDENTITY, b"]"))
    yield (
        "TorchScript name in a plain pickle",
        asm.pickle(asm.call(asm.global_("__torch__.helper", "run"), asm.text("x"))),
    )
    yield (
        "another codec",
        asm.pickle(asm.call(asm.global_("_codecs", "encode"), asm.text("x"), asm.text("mymodule"))),
    )
    yield "getattr of a special name", asm.pickle(
        asm.call(
            asm.global_("builtins", "getattr"), asm.global_("builtins", "str"),
            asm.text("__subclasses__"),
        )
    )  # fmt: skip
    yield "getattr handed on", asm.pickle(asm.dict_of(a=asm.global_("builtins", "getattr")))
    yield "a list that is filled before the call, through the memo", asm.pickle(
        b"]q\x000" + asm.global_("decimal", "Decimal") + b"h\x00"
        + asm.call(GET_LOGGER, asm.text("a")) + b"a\x85R"
    )  # fmt: skip
    yield (
        "a metric called",
        asm.pickle(
            asm.call(asm.global_("sklearn.metrics._classification", "f1_score"), asm.text("x"))
        ),
    )
    yield (
        "NamedTuple through a trusted module",
        asm.pickle(
            asm.call(asm.global_("torch.nn.modules.linear", "NamedTuple"), asm.text("N"), b"]")
        ),
    )


def _states() -> Iterator[tuple[str, bytes]]:
    linear = asm.global_("torch.nn.modules.linear", "Linear")
    slots = b"N" + asm.dict_of(forward=asm.global_("torch", "tanh")) + b"\x86b"
    yield (
        "state of a logger",
        asm.pickle(asm.call(GET_LOGGER, asm.text("a")) + asm.dict_of(disabled=b"\x88") + b"b"),
    )
    yield "slots of a class", asm.pickle(linear + slots)
    place = asm.tuple_of(asm.text("module"), linear, b"N", b"N") + b"Q"
    yield "slots of a class through a persistent id", asm.pickle(place + slots)
    yield (
        "slots of an instance without slots",
        asm.pickle(asm.global_("torch.utils.data.dataset", "TensorDataset") + b")\x81" + slots),
    )
    key = asm.dict_of(__setstate__=asm.global_("torch", "tanh"))
    yield "a special name in a state", asm.pickle(linear + b")\x81" + key + b"b")
    source = asm.dict_of(_parse_arg_template=asm.text("print('x')"))
    yield (
        "source that SciPy would run",
        asm.pickle(
            asm.global_("scipy.stats._continuous_distns", "norm_gen") + b")\x81" + source + b"b"
        ),
    )
    formula = asm.dict_of(restore_model_spec=b"\x88", formula=asm.text("y ~ exec('0')"))
    yield (
        "a formula that statsmodels would evaluate",
        asm.pickle(asm.global_("statsmodels.base.data", "PandasData") + b")\x81" + formula + b"b"),
    )
    where = asm.dict_of(location=asm.text("/tmp/cache"), store_backend=b"N")
    yield (
        "a cache on disk",
        asm.pickle(asm.global_("joblib.memory", "Memory") + b")\x81" + where + b"b"),
    )
    device = asm.call(asm.global_("torch", "device"), asm.text("cpu"))
    yield "items of a device", asm.pickle(device + asm.text("a") + b"Ns")


def _crashes() -> Iterator[tuple[str, bytes]]:
    generator = asm.global_("torch._C", "Generator") + b")\x81"
    yield (
        "a compiled object that was never set up",
        asm.pickle(generator + asm.dict_of(a=b"N") + b"b"),
    )
    qhull = asm.global_("scipy.spatial._qhull", "_Qhull") + b")\x81"
    yield "a compiled object that frees what it never had", asm.pickle(qhull)
    tree = asm.global_("sklearn.tree._tree", "Tree") + b")\x81"
    yield "a compiled tree without its constructor", asm.pickle(tree)
    yield "an extension that is only looked up, then garbage", b"\x83,\x01.\0"
    yield "the state of an extension", b"\x84p\x11\x01\0}b"


def _nested() -> Iterator[tuple[str, bytes]]:
    yield "a pickle in bytes", asm.pickle(asm.blob(EVIL))
    yield "a pickle in short bytes", asm.pickle(b"C" + bytes([len(EVIL)]) + EVIL, 3)
    yield "a pickle in a pickle in bytes", asm.pickle(asm.blob(asm.pickle(asm.blob(EVIL))))
    yield "a pickle of protocol 0 in bytes", asm.pickle(asm.blob(b"cos\nsystem\n(Vx\ntR."))
    import base64  # noqa: PLC0415  # used here only

    encoded = base64.b64encode(asm.pickle(asm.call(asm.global_("os", "system"), asm.text("x"))))
    yield "a pickle in base64", asm.pickle(asm.text(encoded.decode()))


def lookups() -> Iterator[tuple[str, bytes]]:
    """Lookups of attributes that are used, or whose attribute no honest file needs."""
    getattr_ = asm.global_("builtins", "getattr")
    attrgetter = asm.global_("operator", "attrgetter")
    methodcaller = asm.global_("operator", "methodcaller")
    path = asm.global_("pathlib", "PosixPath")
    erase = asm.call(getattr_, path, asm.text("write_text"))
    yield (
        "a method looked up and called",
        asm.pickle(asm.call(erase, asm.call(path, asm.text("x")), asm.text("x"))),
    )
    yield (
        "a method looked up and mapped",
        asm.pickle(asm.call(asm.global_("builtins", "map"), erase, b"]")),
    )
    yield (
        "a method looked up for a default",
        asm.pickle(asm.call(asm.global_("collections", "defaultdict"), erase)),
    )
    yield "a method whose state is set", asm.pickle(erase + asm.dict_of(a=b"N") + b"b")
    yield "a method that is filled", asm.pickle(erase + asm.text("a") + b"Ns")
    yield (
        "a getter called",
        asm.pickle(asm.call(asm.call(attrgetter, asm.text("real")), asm.number(1))),
    )
    yield "a getter of a special name", asm.pickle(asm.call(attrgetter, asm.text("real.__class__")))
    yield "a getter that is not made", asm.pickle(attrgetter)
    yield (
        "a getter of a computed name",
        asm.pickle(asm.call(attrgetter, asm.call(asm.global_("builtins", "str"), asm.text("a")))),
    )
    yield (
        "a caller called",
        asm.pickle(asm.call(asm.call(methodcaller, asm.text("upper")), asm.text("a"))),
    )
    yield "a caller of a command", asm.pickle(asm.call(methodcaller, asm.text("system")))
    yield (
        "a caller given a result",
        asm.pickle(asm.call(methodcaller, asm.text("a"), asm.call(GET_LOGGER, asm.text("a")))),
    )
    yield (
        "an attribute of an unknown class",
        asm.pickle(asm.call(getattr_, asm.global_("mymodel", "Network"), asm.text("build"))),
    )
    yield (
        "an attribute of a function",
        asm.pickle(asm.call(getattr_, asm.global_("builtins", "len"), asm.text("build"))),
    )
    yield (
        "a path of attributes by getattr of a module",
        asm.pickle(asm.call(getattr_, asm.global_("os", "path"), asm.text("join"))),
    )


def unused_lookups() -> Iterator[tuple[str, bytes]]:
    """Lookups that Python writes by itself and that nothing is done with."""
    getattr_ = asm.global_("builtins", "getattr")
    yield (
        "a method of a class",
        asm.pickle(asm.call(getattr_, asm.global_("numpy", "ndarray"), asm.text("sum"))),
    )
    yield "a method of an object", asm.pickle(
        asm.call(
            getattr_, asm.estimator("sklearn.svm._classes", "SVC", C=asm.number(1)),
            asm.text("predict"),
        )
    )  # fmt: skip
    yield (
        "a method of a builtin class that looks up",
        asm.pickle(asm.call(getattr_, asm.global_("builtins", "str"), asm.text("format"))),
    )
    yield "a method of a list", asm.pickle(asm.call(getattr_, b"]", asm.text("append")))
    yield (
        "a getter",
        asm.pickle(asm.call(asm.global_("operator", "attrgetter"), asm.text("a.b"), asm.text("c"))),
    )
    yield (
        "a caller",
        asm.pickle(
            asm.call(asm.global_("operator", "methodcaller"), asm.text("upper"), asm.number(1))
        ),
    )


def clean() -> Iterator[tuple[str, bytes]]:
    for text in (
        b"cos\n0.5\n0.25\n",
        b"csite\nA\nB\n",
        b"cast\ncastle\ncasual\n",
        b"cmath\nnumpy\n",
        b"Value\ncos\nsin\n",
    ):
        yield f"text {text!r}", text
    template = (
        b"\ndef _parse_args(self, a, b,  loc=0, scale=1):\n    return (a, b, ), loc, scale\n"
        b"\ndef _parse_args_rvs(self, a, b,  loc=0, scale=1, size=None):\n"
        b"    return self._argcheck_rvs(a, b,  loc, scale, size=size)\n"
        b"\ndef _parse_args_stats(self, a, b,  loc=0, scale=1, moments='mv'):\n"
        b"    return (a, b, ), loc, scale, moments\n"
    )
    gen = asm.global_("scipy.stats._continuous_distns", "beta_gen") + b")\x81"
    yield (
        "a distribution",
        asm.pickle(gen + asm.dict_of(_parse_arg_template=asm.text(template.decode())) + b"b"),
    )
    split = asm.call(
        asm.global_("__builtin__", "getattr"), asm.global_("__builtin__", "str"), asm.text("split")
    )
    tokenizer = asm.estimator("sklearn.feature_extraction.text", "TfidfVectorizer", tokenizer=split)
    yield "a method of str", asm.pickle(tokenizer)
    yield (
        "a method of a text",
        asm.pickle(
            asm.call(asm.global_("builtins", "getattr"), asm.text("abc"), asm.text("upper"))
        ),
    )
    status = asm.call(asm.global_("http", "HTTPStatus"), asm.number(200))
    yield "a member of a standard Enum", asm.pickle(status)
    yield "the type of None", asm.pickle(asm.call(asm.global_("__builtin__", "type"), b"N"))
    member = asm.call(
        asm.global_("builtins", "getattr"),
        asm.global_("transformers.trainer_utils", "IntervalStrategy"), asm.text("NO"),
    )  # fmt: skip
    yield "a member of an Enum", asm.pickle(member)
    scorer = asm.estimator(
        "sklearn.metrics._scorer", "_Scorer",
        _score_func=asm.global_("sklearn.metrics._classification", "f1_score"),
    )  # fmt: skip
    yield "a scorer", asm.pickle(scorer)
    state = asm.tuple_of(asm.global_("numpy", "log1p"), b")", b"}", b"N")
    yield "a partial", asm.pickle(asm.call(PARTIAL, asm.global_("numpy", "log1p")) + state + b"b")
    cache = asm.dict_of(location=b"N", store_backend=b"N")
    yield "no cache", asm.pickle(asm.global_("joblib.memory", "Memory") + b")\x81" + cache + b"b")
    yield "a harmless pickle in bytes", asm.pickle(asm.blob(asm.pickle(b"N")))
    yield (
        "bytes of protocol 2",
        asm.pickle(asm.call(asm.global_("_codecs", "encode"), asm.text("abc"), asm.text("latin1"))),
    )
