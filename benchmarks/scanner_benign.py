"""Creates benign files with the real libraries; run by `scanner_accuracy`.

Usage: python benchmarks/scanner_benign.py FOLDER, in an environment that has the libraries.
"""

import collections
import datetime as dt
import decimal
import os
import pathlib
import pickle
import sys
import uuid
import warnings
from collections.abc import Callable

warnings.filterwarnings("ignore")
os.environ.setdefault("KERAS_BACKEND", "torch")

FOLDER = pathlib.Path(sys.argv[1])
LETTERS = {"a": list(range(1000)), "s": "x" * 500, "t": (1, 2, (3,)), "b": b"abc", "big": 2**70}


def write(name: str, data: bytes) -> None:
    (FOLDER / name).write_bytes(data)


def standard() -> None:
    for protocol in range(6):
        write(f"plain_{protocol}.pkl", pickle.dumps(LETTERS, protocol))
    now = dt.datetime.now(dt.UTC)
    values = [now, decimal.Decimal("1.5"), uuid.uuid4(), pathlib.PurePosixPath("a/b")]
    counted = [
        collections.OrderedDict(a=1),
        collections.defaultdict(list),
        collections.Counter("aab"),
    ]
    write("standard.pkl", pickle.dumps([*values, *counted, {1, 2}, 1j, bytearray(b"y"), range(3)]))
    write("README.md", b"---\nlicense: apache-2.0\n---\n# Model\n")
    write("data.csv", b"class,value\n" + b"a,1\n" * 1000)
    write("train.py", b"import os\nimport torch\n\nos.system('ls')\n")


def numpy_files() -> None:
    import numpy as np

    arrays = {"a": np.arange(10.0), "b": np.array(["x", "yy"]), "m": np.ma.masked_array([1], [0])}
    for protocol in range(6):
        write(f"numpy_{protocol}.pkl", pickle.dumps(arrays, protocol))
    write("random.pkl", pickle.dumps((np.random.default_rng(0), np.random.RandomState(1))))
    write("floats.bin", np.random.default_rng(1).normal(size=50_000).tobytes())
    np.save(FOLDER / "a.npy", np.arange(12).reshape(3, 4))
    np.save(FOLDER / "objects.npy", np.array([{1: 2}, None], dtype=object))
    np.save(FOLDER / "struct.npy", np.zeros(3, dtype=[("Open", "<f4"), ("n", "S5")]))
    np.savez(FOLDER / "z.npz", a=np.ones(3), b=np.eye(4))
    np.savez_compressed(FOLDER / "zc.npz", a=np.zeros(100_000))


def scikit_learn() -> None:
    import joblib
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.compose import ColumnTransformer
    from sklearn.datasets import make_classification
    from sklearn.decomposition import PCA
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        IsolationForest,
        RandomForestClassifier,
    )
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.model_selection import GridSearchCV
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.svm import SVC

    x, y = make_classification(200, 10, random_state=0)
    models = [
        RandomForestClassifier(5), GradientBoostingClassifier(n_estimators=5),
        HistGradientBoostingClassifier(max_iter=5), IsolationForest(n_estimators=5),
        LogisticRegression(), SGDClassifier(), SVC(), GaussianNB(), KNeighborsClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression()), MLPClassifier((4,), max_iter=5),
        GaussianProcessClassifier(), KMeans(3, n_init=1), PCA(3),
        GridSearchCV(LogisticRegression(), {"C": [1, 2]}),
        ColumnTransformer([("s", StandardScaler(), [0, 1])]),
    ]  # fmt: skip
    for model in models:
        name = type(model).__name__
        model.fit(x, y)
        write(f"{name}.pkl", pickle.dumps(model))
        write(f"{name}_2.pkl", pickle.dumps(model, 2))
        joblib.dump(model, FOLDER / f"{name}.joblib")
    for compression in ("zlib", "gzip", "bz2", "lzma", "xz"):
        joblib.dump(models[0], FOLDER / f"forest_{compression}.joblib", compress=(compression, 3))
    joblib.dump(TfidfVectorizer().fit(["a bb ccc", "bb dd"]), FOLDER / "tfidf.joblib")
    encoder = OneHotEncoder().fit(np.array([["a"], ["b"]], dtype=object))
    joblib.dump(encoder, FOLDER / "onehot.joblib")


def tables() -> None:
    import pandas as pd
    import scipy.sparse as sp

    dates = pd.to_datetime(["2020-01-01", "2021-01-01"])
    frame = pd.DataFrame(
        {"a": [1, 2], "b": ["x", "y"], "c": dates, "d": pd.Categorical(["u", "v"])}
    )
    frame.to_pickle(FOLDER / "frame.pkl")
    frame.to_pickle(FOLDER / "frame.pkl.gz")
    write(
        "sparse.pkl", pickle.dumps([sp.random(5, 5, 0.5, form) for form in ("csr", "csc", "coo")])
    )


def boosters() -> None:
    import lightgbm
    import xgboost
    from sklearn.datasets import make_classification

    x, y = make_classification(200, 10, random_state=0)
    light = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(x, y)
    write("lightgbm.pkl", pickle.dumps(light))
    light.booster_.save_model(FOLDER / "lightgbm.txt")
    extreme = xgboost.XGBClassifier(n_estimators=3).fit(x, y)
    write("xgboost.pkl", pickle.dumps(extreme))
    extreme.save_model(FOLDER / "xgboost.json")
    extreme.save_model(FOLDER / "xgboost.ubj")


def exchange_formats() -> None:
    import gguf
    import h5py
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
    from safetensors.numpy import save_file

    weights = np.ones((200, 4), np.float32)
    save_file(
        {"w": weights, "b": np.zeros(3, np.float16)}, FOLDER / "m.safetensors", {"license": "mit"}
    )
    inputs = [helper.make_tensor_value_info("x", 1, [1, 200])]
    outputs = [helper.make_tensor_value_info("y", 1, [1, 4])]
    node = helper.make_node("MatMul", ["x", "W"], ["y"])
    graph = helper.make_graph([node], "g", inputs, outputs, [numpy_helper.from_array(weights, "W")])
    onnx.save(helper.make_model(graph, producer_name="pytorch"), FOLDER / "m.onnx")
    with h5py.File(FOLDER / "data.h5", "w") as file:
        file["x"] = np.arange(100)
        file.create_dataset("c", data=np.ones((50, 50)), compression="gzip")
    writer = gguf.GGUFWriter(FOLDER / "m.gguf", "llama")
    template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] | trim }}{% endfor %}"
    writer.add_chat_template(template)
    writer.add_token_list(["a", "b"] * 500)
    writer.add_tensor("w", np.ones((4, 8), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def keras_files() -> None:
    import keras

    layers = [keras.layers.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    model.save(FOLDER / "m.keras")
    model.save(FOLDER / "m.h5")
    model.save_weights(FOLDER / "m.weights.h5")


def torch_files() -> None:
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}
    kinds = [torch.float16, torch.bfloat16, torch.int8, torch.int64, torch.bool, torch.complex64]
    big = torch.zeros(100)
    values = {
        "state": net.state_dict(), "net": net, "checkpoint": state, "optimizer": optimizer,
        "dtypes": [torch.zeros(3).to(kind) for kind in kinds], "sparse": torch.eye(3).to_sparse(),
        "float8": torch.zeros(3).to(torch.float8_e4m3fn), "views": [big[:3], big[5:]],
    }  # fmt: skip
    for name, value in values.items():
        torch.save(value, FOLDER / f"{name}.pt")
    for name in ("state", "net"):
        path = FOLDER / f"{name}_legacy.pt"
        torch.save(values[name], path, _use_new_zipfile_serialization=False)
    torch.jit.script(net).save(FOLDER / "script.pt")
    write("torch_plain.pkl", pickle.dumps(net.state_dict()))


MAKERS: list[Callable[[], None]] = [
    standard, numpy_files, scikit_learn, tables, boosters, exchange_formats, keras_files,
    torch_files,
]  # fmt: skip

if __name__ == "__main__":
    for make in MAKERS:
        try:
            make()
        except ImportError as error:
            print(f"skipped: {make.__name__} ({error})")
