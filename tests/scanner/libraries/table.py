"""All makers: what they are called, whose files they write, and when they run."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.scanner.libraries import (
    arrays,
    boosters,
    exchange,
    frames,
    scikit_learn,
    standard,
    statistics,
    texts,
)
from tests.scanner.libraries.output import Output


class Maker(NamedTuple):
    """A function that writes files of one library; `large` ones run only when asked for."""

    name: str
    library: str
    make: Callable[[Output], None]
    large: bool = False


MAKERS: Final = (
    Maker("pickles", "python", standard.pickles),
    Maker("by-value", "dill", standard.by_value),
    Maker("tables", "python", texts.tables),
    Maker("words", "python", texts.words),
    Maker("documents", "python", texts.documents),
    Maker("numpy", "numpy", arrays.numpy_files),
    Maker("scipy", "scipy", arrays.scipy_files),
    Maker("pandas", "pandas", frames.pandas_files),
    Maker("sklearn-estimators", "scikit-learn", scikit_learn.estimators),
    Maker("sklearn-protocols", "scikit-learn", scikit_learn.protocols),
    Maker("sklearn-pipelines", "scikit-learn", scikit_learn.pipelines),
    Maker("sklearn-searches", "scikit-learn", scikit_learn.searches),
    Maker("sklearn-by-value", "cloudpickle", scikit_learn.carried_code),
    Maker("sklearn-onnx", "skl2onnx", scikit_learn.exchanged),
    Maker("lightgbm", "lightgbm", boosters.lightgbm_files),
    Maker("statsmodels", "statsmodels", statistics.statsmodels_files),
    Maker("hdbscan", "hdbscan", statistics.hdbscan_files),
    Maker("imbalanced-learn", "imbalanced-learn", statistics.imbalanced_files),
    Maker("safetensors", "safetensors", exchange.safetensors_files),
    Maker("gguf", "gguf", exchange.gguf_files),
    Maker("onnx", "onnx", exchange.onnx_files),
    Maker("hdf5", "h5py", exchange.hdf5_files),
    Maker("large-texts", "python", texts.large, large=True),
    Maker("large-forests", "scikit-learn", scikit_learn.large_forests, large=True),
    Maker("xgboost", "xgboost-cpu", boosters.xgboost_files, large=True),
    Maker("catboost", "catboost", boosters.catboost_files, large=True),
    Maker("pyarrow", "pyarrow", frames.arrow_files, large=True),
    Maker("polars", "polars", frames.polars_files, large=True),
    Maker("friends", "category_encoders", statistics.friends, large=True),
)
