"""Files as the real libraries write them, made without those libraries."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator

from tests.scanner import assembler as asm
from tests.scanner import containers as box
from tests.scanner.archive_payloads import Part, unicode_path, zip_parts

WEIGHTS = asm.tensor("Float", "0", 2, 3)
STATE = asm.pickle(asm.dict_of(weight=WEIGHTS, bias=asm.tensor("Half", "1", 3)))
TENSORS = {"0": bytes(24), "1": bytes(6)}
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '<|user|>' + message['content'] | trim + eos_token }}{% endif %}{% endfor %}"
    "{% set ns = namespace(found=false) %}{{ raise_exception('no') if not messages }}"
    "{{ messages[messages | length - 1].role | replace('_', ' ') }}{{ '}' + '{' }}{# don't #}"
)


def pickles() -> Iterator[tuple[str, bytes]]:
    yield "plain protocol 0", b"(lp0\nI1\naI2\na."
    yield "plain protocol 4", asm.framed(b"]\x94(K\x01K\x02e")
    yield "large bytes", asm.pickle(asm.blob(bytes(1_000_000)))
    yield "numpy", asm.pickle(asm.numpy_array("f8", bytes(80), 10))
    yield "ordered dict", asm.pickle(asm.call(asm.global_("collections", "OrderedDict")))
    scaler = {"mean_": asm.numpy_array("f8", bytes(32), 4), "_sklearn_version": asm.text("1.5.2")}
    forest = asm.estimator("sklearn.ensemble._forest", "RandomForestClassifier", **scaler)
    yield "scikit-learn", asm.pickle(forest)
    old = asm.estimator("sklearn.linear_model.logistic", "LogisticRegression", **scaler)
    yield "old scikit-learn", asm.pickle(old)
    yield "lightgbm", asm.pickle(asm.estimator("lightgbm.sklearn", "LGBMClassifier", a=b"N"))
    yield "xgboost", asm.pickle(asm.estimator("xgboost.sklearn", "XGBClassifier", a=b"N"))
    joblib = asm.joblib_array("f8", bytes(range(80)), 10)
    yield "joblib", asm.pickle(asm.estimator("sklearn.svm._classes", "SVC", a=joblib, b=b"N"))
    unaligned = asm.joblib_array("u1", b"r" + b"\xff" * 9, 10, padding=None)
    yield "joblib like opcodes", asm.pickle(unaligned)
    array = asm.joblib_array("u1", b"", 3, padding=None)
    frame = b"\x80\x04\x95" + len(array).to_bytes(8, "little") + array
    yield "joblib in frames", frame + bytes(3) + b"."
    yield "ten letters", b"X\n\0\0\0abcdefghijq\0."
    yield "sparse memo", asm.pickle(b"](" + b"K\x01" * 300 + asm.text("a") + b"r\x2c\x01\0\0e")
    objects = asm.joblib_array("O8", asm.pickle(asm.numpy_array("O8", b"", 0)), 1, padding=None)
    yield "joblib objects", asm.pickle(asm.dict_of(a=objects))
    bound = asm.call(
        asm.global_("torch.storage", "_load_from_bytes"),
        asm.blob(box.torch_legacy(STATE, *TENSORS.values())),
    )
    yield "nested torch", asm.pickle(bound)


def checkpoints() -> Iterator[tuple[str, bytes]]:
    yield "torch zip", box.torch_zip(STATE, TENSORS)
    yield "torch zips in a row, as a shard", box.torch_zip(STATE, TENSORS) * 3
    yield "torch legacy", box.torch_legacy(asm.pickle(WEIGHTS), bytes(24))
    script = asm.pickle(asm.estimator("__torch__", "Net", w=WEIGHTS))
    code = {"constants.pkl": asm.pickle(b")"), "code/__torch__.py": b"class Net(Module):\n  pass\n"}
    yield "torchscript", box.torch_zip(script, {"0": bytes(24)}, **code)
    header = {
        "__metadata__": {"license": "mit"},
        "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    }
    yield "safetensors", box.safetensors(header, bytes(24))
    yield "safetensors without tensors", box.safetensors({}, b"")
    yield "onnx", box.onnx(box.onnx_node("MatMul"), tensors=(box.onnx_tensor(),))
    yield "onnx external", box.onnx(tensors=(box.onnx_tensor("weights/model.bin"),))
    yield "gguf", box.gguf({"general.license": "apache-2.0", "tokenizer.chat_template": TEMPLATE})
    dense = box.layer("Dense", units=3, activation="relu")
    yield "keras", box.keras_zip(dense)
    yield "h5", box.hdf5(dense)
    yield (
        "savedmodel",
        box.saved_model(
            "Const",
            "MatMul",
            "SaveV2",
            "RestoreV2",
            function="StatefulPartitionedCall",
            saver=box.saver("nConst", "nSaveV2", "nRestoreV2"),
        ),
    )


def data() -> Iterator[tuple[str, bytes]]:
    npy = box.npy("'<f4'", "(2, 3)", bytes(24))
    yield "npy", npy
    yield "npy structured", box.npy("[('Open', '<f4'), ('n', '|S4')]", "(3,)", bytes(24))
    fields = "[('a', '<f4', (2, 3)), ('O', '|S4')]"
    yield "npy structured with shapes", box.npy(fields, "(3,)", bytes(84))
    yield "npy objects", box.npy("'|O'", "(1,)", asm.pickle(asm.numpy_array("O8", b"", 1), 3))
    yield "npz", box.zip_of({"a.npy": npy, "b.npy": npy})
    yield "npz compressed", box.zip_of({"a.npy": npy}, zipfile.ZIP_DEFLATED)
    yield "tar", box.tar_of({"a.txt": b"text", "b.npy": npy})
    yield "tar of a zip", box.tar_of({"a.zip": box.zip_of({"a": b"text"})})
    yield "tar of HDF5", box.tar_of({"a.h5": box.hdf5(box.layer("Dense", units=3))})
    yield "7z", box.seven_zip("a.txt", b"text")
    for kind, compress in box.COMPRESSIONS.items():
        yield kind, compress(asm.pickle(asm.numpy_array("f8", bytes(800), 100)))
        yield f"tar {kind}", compress(box.tar_of({"a.txt": b"text"}))
    yield "empty", b""
    yield "csv", b"class,value\n" + b"a,1\n" * 1000
    yield "csv of one column", b"class\nname\nother\n" * 100
    yield "prose", b"It was a dark night.\nNothing moved.\n" * 100
    granted = b"Permission is hereby granted, free of charge, to any person obtaining a copy\n"
    yield "license", b"MIT License\n\n" + granted
    yield "config", json.dumps({"model_type": "llama", "transformers_version": "4.40.0"}).encode()
    yield "tokenizer", json.dumps({"chat_template": TEMPLATE}).encode()
    cell = {"cell_type": "code", "source": ["import os"], "metadata": {}, "outputs": []}
    yield "notebook", json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}).encode()
    yield "wheel", box.zip_of(box.wheel_members({"x/_c.so": b"\x7fELF" + bytes(60)}))
    yield "zip of names in many scripts", box.zip_of({"e\u0301/\u6a21\u578b.txt": b"text"})
    yield "zip64 that was streamed", streamed_zip()
    yield "zip with a comment", zip_parts(Part(b"./a.txt"), comment=b"made by hand")
    field = unicode_path(b"caf\x82", "caf\u00e9".encode())
    yield "zip with a Unicode path", zip_parts(Part(b"caf\x82", extra=field))
    yield "tar of folders", tar_of_folders()
    for kind in ("gzip", "bz2", "xz"):
        yield f"{kind} of two streams", box.COMPRESSIONS[kind](b"text\n") * 2
    yield "hydra", b"model:\n  _target_: torch.nn.Linear\n  size: 3\n# !!python/object:x\n"
    yield "UTF-16", "It was a dark night.\n".encode("utf-16")
    yield "braces", b"It costs {{ price }} or {% if x %}nothing{% endif %}. ![x](a%20b)\n"
    yield "triton", b"{{ __NOT_A_NUMBER__ }} and int x[] = {{ __LINE__ }};\n"
    yield "json lines", b'{"license": "x"}\n{"license": "y"}\n'


def streamed_zip() -> bytes:
    """A zip that was written to a pipe: sizes follow the members."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

    file = Pipe()
    with zipfile.ZipFile(file, "w") as archive:
        for name, method in (("a.txt", zipfile.ZIP_STORED), ("b.txt", zipfile.ZIP_DEFLATED)):
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(b"text\n")
    return file.getvalue()


def tar_of_folders() -> bytes:
    """A tar as `tar -c .` writes it."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in (".", "./d", "./d/e"):
            info = tarfile.TarInfo(name)
            info.type, info.mtime = tarfile.DIRTYPE, 1.5
            archive.addfile(info)
        info = tarfile.TarInfo("./d/e/" + "long" * 30 + ".txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"text\n"))
    return file.getvalue()


def all_honest() -> dict[str, bytes]:
    families = {"pickle": pickles, "checkpoint": checkpoints, "data": data}
    return {f"{family}: {name}": data for family, make in families.items() for name, data in make()}
