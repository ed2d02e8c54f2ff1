"""All makers: what they are called, whose files they write, and when they run."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.scanner.libraries import (
    arrays,
    boosters,
    exchange,
    frames,
    hugging_face,
    keras_files,
    languages,
    mlflow_files,
    scikit_learn,
    standard,
    statistics,
    texts,
    torch_files,
)
from tests.scanner.libraries.output import Output


class Maker(NamedTuple):
    """A function that writes files of one library; `large` ones run only when asked for."""

    name: str
    library: str
    make: Callable[[Output], None]
    large: bool = False


MAKERS: Final = (
    Maker("sklearn-estimators", "scikit-learn", scikit_learn.estimators),
    Maker("pickles", "python", standard.pickles),
    Maker("by-value", "dill", standard.by_value),
    Maker("tables", "python", texts.tables),
    Maker("words", "python", texts.words),
    Maker("documents", "python", texts.documents),
    Maker("numpy", "numpy", arrays.numpy_files),
    Maker("scipy", "scipy", arrays.scipy_files),
    Maker("pandas", "pandas", frames.pandas_files),
    Maker("pyarrow", "pyarrow", frames.arrow_files),
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
    Maker("hub-layouts", "python", hugging_face.layouts),
    Maker("large-texts", "python", texts.large, large=True),
    Maker("large-forests", "scikit-learn", scikit_learn.large_forests, large=True),
    Maker("xgboost", "xgboost-cpu", boosters.xgboost_files, large=True),
    Maker("catboost", "catboost", boosters.catboost_files, large=True),
    Maker("polars", "polars", frames.polars_files, large=True),
    Maker("friends", "category_encoders", statistics.friends, large=True),
    Maker("torch-checkpoints", "torch", torch_files.checkpoints, large=True),
    Maker("torch-modules", "torch", torch_files.modules, large=True),
    Maker("torch-scripts", "torch", torch_files.scripts, large=True),
    Maker("torch-sharded", "torch", torch_files.sharded, large=True),
    Maker("lightning", "lightning", torch_files.lightning_files, large=True),
    Maker("omegaconf", "omegaconf", torch_files.omegaconf_files, large=True),
    Maker("skorch", "skorch", torch_files.skorch_files, large=True),
    Maker("transformers", "transformers", hugging_face.transformers_files, large=True),
    Maker("trainer", "transformers", hugging_face.trainer_files, large=True),
    Maker("accelerate", "accelerate", hugging_face.accelerate_files, large=True),
    Maker(
        "sentence-transformers", "sentence-transformers", hugging_face.sentence_files, large=True
    ),
    Maker("peft", "peft", hugging_face.peft_files, large=True),
    Maker("diffusers", "diffusers", hugging_face.diffusers_files, large=True),
    Maker("gensim", "gensim", languages.gensim_files, large=True),
    Maker("spacy", "spacy", languages.spacy_files, large=True),
    Maker("nltk", "nltk", languages.nltk_files, large=True),
    Maker("keras", "keras", keras_files.keras_3, large=True),
    Maker("keras-2", "tf_keras", keras_files.keras_2, large=True),
    Maker("keras-large", "keras", keras_files.keras_large, large=True),
    Maker("tensorflow", "tensorflow-cpu", keras_files.tensorflow_files, large=True),
    Maker("mlflow", "mlflow-skinny", mlflow_files.mlflow_files, large=True),
    Maker("skops", "skops", mlflow_files.skops_files, large=True),
    Maker("zarr", "zarr", arrays.zarr_files, large=True),
)
