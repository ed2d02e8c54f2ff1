"""scikit-learn: every public estimator, fitted, and what people build from them."""

import operator
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

from tests.scanner.libraries.output import CARRIES_CODE, Output

COMPRESSIONS = ("zlib", "gzip", "bz2", "lzma", "xz", "lz4")


def estimators(out: Output) -> None:
    """Fit every public estimator and pickle it with pickle and with joblib."""
    import joblib
    from sklearn.utils import all_estimators

    for name, kind in all_estimators():
        fitted = _fitted(name, kind)
        if fitted is None:
            out.left_out[name] = "no data of ours fits it"
            continue
        out.pickle(name, fitted)
        joblib.dump(fitted, out.path(f"{name}.joblib"))


def protocols(out: Output) -> None:
    """Write a few estimators by every protocol and every compression of joblib."""
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    features, classes = _data()
    for model in (RandomForestClassifier(5), LogisticRegression()):
        name = type(model).__name__
        model.fit(features, classes)
        out.pickle(name, model, *range(pickle.HIGHEST_PROTOCOL + 1))
        for compression in COMPRESSIONS:
            joblib.dump(model, out.path(f"{name}.{compression}.joblib"), compress=(compression, 3))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            joblib.dump(model, out.path(f"{name}.{protocol}.joblib"), protocol=protocol)
        joblib.dump({"model": model, "columns": ["a", "b"]}, out.path(f"{name}.in_dict.joblib"))


def pipelines(out: Output) -> None:
    """Write pipelines, unions and column transformers with functions by reference."""
    import joblib
    import numpy as np
    import pandas as pd
    from sklearn.compose import (
        ColumnTransformer,
        TransformedTargetRegressor,
        make_column_selector,
        make_column_transformer,
    )
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
    from sklearn.feature_selection import SelectKBest, chi2, f_classif, mutual_info_classif
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
    from sklearn.svm import SVC

    features, classes = _data()
    frame = pd.DataFrame({"age": features[:, 0], "size": features[:, 1], "city": ["a", "b"] * 50})
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = ["a bb ccc", "bb dd"] * 50
    columns = [("n", numbers, ["age", "size"]), ("c", OneHotEncoder(), ["city"])]
    chosen = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include=np.number)),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(pattern="city")),
        remainder="passthrough",
    )
    pair = FeatureUnion([("scale", StandardScaler()), ("log", FunctionTransformer(np.abs))])
    values = {
        "columns": Pipeline([("t", ColumnTransformer(columns)), ("m", LogisticRegression())]),
        "selectors": make_pipeline(chosen, HistGradientBoostingClassifier(max_iter=3)),
    }
    for name, model in values.items():
        _both(out, name, model.fit(frame, classes))
    arrays = {
        "union": make_pipeline(pair, SVC(probability=False)),
        "k_best": make_pipeline(SelectKBest(f_classif, k=2), LogisticRegression()),
        "mutual": make_pipeline(SelectKBest(mutual_info_classif, k=2), LogisticRegression()),
        "log1p": make_pipeline(FunctionTransformer(np.log1p, inverse_func=np.expm1), SVC()),
        "target": TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
        "pandas_output": make_pipeline(StandardScaler(), SVC()).set_output(transform="pandas"),
    }
    for name, model in arrays.items():
        _both(out, name, model.fit(np.abs(features), classes))
    texts = {
        "tfidf": make_pipeline(TfidfVectorizer(), LogisticRegression()),
        "tokenizer": make_pipeline(TfidfVectorizer(tokenizer=str.split, token_pattern=None)),
        "lower": make_pipeline(TfidfVectorizer(preprocessor=str.lower, dtype=np.float32)),
        "stop_words": make_pipeline(TfidfVectorizer(stop_words="english", ngram_range=(1, 2))),
        "hashing": make_pipeline(HashingVectorizer(n_features=16)),
        "chi2": make_pipeline(TfidfVectorizer(), SelectKBest(chi2, k=1), LogisticRegression()),
        "getter": make_pipeline(FunctionTransformer(operator.itemgetter(0))),
    }
    for name, model in texts.items():
        _both(out, name, model.fit(words, classes))
    joblib.dump(numbers.fit(frame[["age"]]), out.path("numbers.gz"))


def searches(out: Output) -> None:
    """Write searches with distributions, splitters and scorers of every kind."""
    from scipy import stats
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # registers them
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
    from sklearn.metrics import f1_score, make_scorer, roc_auc_score
    from sklearn.model_selection import (
        FixedThresholdClassifier,
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        RandomizedSearchCV,
        RepeatedStratifiedKFold,
        StratifiedKFold,
        TunedThresholdClassifierCV,
    )
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    features, classes = _data()
    grid = {"C": [0.1, 1]}
    model = LogisticRegression()
    forest = RandomForestClassifier(2)
    auc = make_scorer(roc_auc_score, response_method=("decision_function", "predict_proba"))
    wide = {"max_depth": stats.randint(2, 5), "max_features": stats.uniform(0.1, 0.8)}
    deep = {"svc__C": stats.loguniform(0.1, 10), "svc__gamma": stats.expon(scale=0.1)}
    values = {
        "grid": GridSearchCV(model, grid, cv=2),
        "grid_name": GridSearchCV(model, grid, cv=2, scoring="roc_auc"),
        "grid_scorer": GridSearchCV(model, grid, cv=2, scoring=make_scorer(f1_score, pos_label=1)),
        "grid_response": GridSearchCV(model, grid, cv=2, scoring=auc),
        "grid_many": GridSearchCV(
            model, grid, cv=2, scoring={"f1": make_scorer(f1_score), "a": "accuracy"}, refit="f1"
        ),
        "grid_folds": GridSearchCV(model, grid, cv=StratifiedKFold(2, shuffle=True)),
        "grid_repeated": GridSearchCV(model, grid, cv=RepeatedStratifiedKFold(n_splits=2)),
        "random_uniform": RandomizedSearchCV(forest, wide, n_iter=2, cv=2, random_state=0),
        "random_log": RandomizedSearchCV(
            make_pipeline(StandardScaler(), SVC()), deep, n_iter=2, cv=2, random_state=0
        ),
        "halving": HalvingGridSearchCV(forest, {"max_depth": [1, 2]}, cv=2),
        "halving_random": HalvingRandomSearchCV(forest, wide, cv=2),
        "threshold": TunedThresholdClassifierCV(model, scoring="balanced_accuracy", cv=2),
        "fixed": FixedThresholdClassifier(model, threshold=0.3),
        "own_search": LogisticRegressionCV(Cs=2, cv=2, scoring="neg_log_loss"),
    }
    for name, search in values.items():
        _both(out, name, search.fit(features, classes))
    _both(out, "scorers", {"f1": make_scorer(f1_score), "auc": auc})


def carried_code(out: Output) -> None:
    """Write pipelines whose functions travel by value, as people do with lambdas."""
    import cloudpickle
    import dill
    import joblib
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    features, _ = _data()
    model = make_pipeline(FunctionTransformer(lambda x: x * 2), StandardScaler()).fit(features)
    out.write("lambda.cloudpickle.pkl", cloudpickle.dumps(model), CARRIES_CODE)
    out.write("lambda.dill.pkl", dill.dumps(model), CARRIES_CODE)
    with out.path("lambda.cloudpickle.gz", CARRIES_CODE).open("wb") as file:
        import gzip

        file.write(gzip.compress(cloudpickle.dumps({"model": model})))
    plain = make_pipeline(StandardScaler()).fit(features)
    out.write("plain.cloudpickle.pkl", cloudpickle.dumps(plain))
    out.write("plain.dill.pkl", dill.dumps(plain))
    joblib.dump(plain, out.path("plain.joblib"))


def exchanged(out: Output) -> None:
    """Convert estimators to ONNX, small ones and, in trees, what is kept as long lists."""
    from skl2onnx import to_onnx
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, classes = _data()
    models = {
        "forest": RandomForestClassifier(20),
        "boosting": GradientBoostingRegressor(n_estimators=20),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "neighbors": KNeighborsClassifier(),
    }
    for name, model in models.items():
        converted = to_onnx(model.fit(features, classes), features[:1].astype("float32"))
        out.write(f"{name}.onnx", converted.SerializeToString())


def large_forests(out: Output) -> None:
    """Convert forests to ONNX that are as large as those in use."""
    import joblib
    from skl2onnx import to_onnx
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier

    features, classes = make_classification(20_000, 20, n_informative=15, flip_y=0.2)
    model = RandomForestClassifier(60, n_jobs=2).fit(features, classes)
    converted = to_onnx(model, features[:1].astype("float32"))
    out.write("forest.onnx", converted.SerializeToString())
    joblib.dump(model, out.path("forest.joblib"))
    joblib.dump(model, out.path("forest.zlib.joblib"), compress=3)


def _data() -> tuple[Any, Any]:
    from sklearn.datasets import make_classification

    features, classes = make_classification(100, 6, n_informative=6, n_redundant=0, random_state=0)
    return features, classes


def _both(out: Output, name: str, value: Any) -> None:
    import joblib

    out.pickle(name, value)
    joblib.dump(value, out.path(f"{name}.joblib"))


def _fitted(name: str, kind: Any) -> Any:
    """Return an instance fitted on the first of our data that it takes, or None."""
    try:
        instance = kind(**_arguments(name, kind))
    except TypeError:
        return None
    for data in _inputs():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return instance.fit(*data)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue
    return None


def _inputs() -> Iterator[tuple[Any, ...]]:
    """Yield what estimators can be fitted on: tables, pairs, texts, dictionaries, images."""
    import numpy as np

    features, classes = _data()
    positive = np.abs(features)
    yield features, classes
    yield positive, classes
    yield features, features[:, :2]
    yield positive, np.abs(features[:, :2])
    yield features, np.stack([classes, 1 - classes], 1)
    yield (features,)
    yield features[:, 0], classes
    yield (classes,)
    yield ([["a", "b"], ["c"]],)
    yield (["a bb ccc", "bb dd"],)
    yield ([{"a": 1, "b": 2}, {"a": 3}],)
    yield (np.random.default_rng(0).random((4, 8, 8)),)
    yield positive, positive[:, 0] + 1
    yield (features @ features.T,)


def _arguments(name: str, kind: Any) -> dict[str, Any]:
    """Return the arguments that a constructor asks for, and those that keep it quick."""
    import inspect

    import numpy as np
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    regression = "Regress" in name
    member = Ridge() if regression else LogisticRegression()
    tree = DecisionTreeRegressor() if regression else DecisionTreeClassifier()
    asked = {
        "estimator": tree if name.endswith("SearchCV") else member.fit(*_data()),
        "estimators": [("a", member), ("b", tree)],
        "transformers": [("s", StandardScaler(), [0, 1]), ("p", PCA(2), [2, 3, 4])],
        "transformer_list": [("s", StandardScaler()), ("p", PCA(2))],
        "steps": [("s", StandardScaler()), ("m", member)],
        "param_grid": {"max_depth": [1, 2]},
        "param_distributions": {"max_depth": [1, 2]},
        "dictionary": np.eye(6),
    }
    quick = {"n_estimators": 3, "n_iter": 2, "cv": 2, "patch_size": (2, 2), "perplexity": 5}
    if name.endswith("RandomProjection"):
        quick["n_components"] = 2
    if name.endswith("DictionaryLearning"):
        quick["max_iter"] = 3
    known = inspect.signature(kind).parameters
    given = {key: value for key, value in quick.items() if key in known}
    needed = {
        key: asked[key]
        for key, parameter in known.items()
        if key in asked
        and (parameter.default is parameter.empty or name == "SelfTrainingClassifier")
    }
    return {**given, **needed}
