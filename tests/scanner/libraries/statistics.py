"""statsmodels, hdbscan, imbalanced-learn, and smaller friends of scikit-learn."""

import inspect
from typing import Any

from tests.scanner.libraries.output import CUSTOM, Output


def statsmodels_files(out: Output) -> None:
    """Write fitted results, pickled by hand and by their own method."""
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    from statsmodels.tsa.api import ARIMA, ExponentialSmoothing, SimpleExpSmoothing

    generator = np.random.default_rng(0)
    features = sm.add_constant(generator.normal(size=(60, 2)))
    target = generator.normal(size=60)
    series = generator.normal(size=60).cumsum()
    frame = pd.DataFrame({"y": target, "x": features[:, 1], "g": ["a", "b"] * 30})
    results = {
        "ols": sm.OLS(target, features).fit(),
        "glm": sm.GLM((target > 0).astype(float), features, sm.families.Binomial()).fit(),
        "logit": sm.Logit((target > 0).astype(int), features).fit(disp=0),
        "poisson": sm.Poisson(np.abs(target).astype(int), features).fit(disp=0),
        "rlm": sm.RLM(target, features).fit(),
        "formula": smf.ols("y ~ x + C(g)", frame).fit(),
        "arima": ARIMA(series, order=(1, 0, 0)).fit(),
        "smoothing": ExponentialSmoothing(series, trend="add").fit(),
        "simple": SimpleExpSmoothing(series, initialization_method="estimated").fit(),
    }
    for name, result in results.items():
        out.pickle(name, result)
        result.save(str(out.path(f"{name}.saved.pickle")))
    results["ols"].save(str(out.path("ols.small.pickle")), remove_data=True)


def hdbscan_files(out: Output) -> None:
    """Write a clustering with hdbscan."""
    import hdbscan
    import joblib

    features, _ = _data()
    model = hdbscan.HDBSCAN(min_cluster_size=5, prediction_data=True).fit(features)
    out.pickle("hdbscan", model)
    joblib.dump(model, out.path("hdbscan.joblib"))


def imbalanced_files(out: Output) -> None:
    """Write every estimator of imbalanced-learn that takes our data, and its pipelines."""
    import joblib
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from imblearn.utils.testing import all_estimators
    from sklearn.linear_model import LogisticRegression

    features, classes = _data()
    for name, kind in all_estimators():
        quick = {"n_estimators": 3} if "n_estimators" in inspect.signature(kind).parameters else {}
        try:
            model = kind(**quick).fit(features, classes)
        except (ImportError, TypeError, ValueError) as error:
            out.left_out[name] = str(error).partition("\n")[0]
            continue
        out.pickle(name, model)
    pipeline = make_pipeline(SMOTE(), LogisticRegression()).fit(features, classes)
    out.pickle("pipeline", pipeline)
    joblib.dump(pipeline, out.path("pipeline.joblib"))


def friends(out: Output) -> None:
    """Write estimators of libraries that build on scikit-learn."""
    import category_encoders
    import joblib
    import pandas as pd
    from feature_engine.imputation import MeanMedianImputer
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.datasets import load_rossi

    frame = pd.DataFrame({"city": ["a", "b", "a"], "age": [1.0, 2.0, None]})
    encoder = category_encoders.TargetEncoder(cols=["city"]).fit(frame, [0, 1, 0])
    imputer = MeanMedianImputer().fit(frame[["age"]])
    rossi = load_rossi()
    cox = CoxPHFitter().fit(rossi, "week", "arrest")
    for name, value in {
        "target_encoder": encoder, "imputer": imputer, "cox": cox,
        "kaplan": KaplanMeierFitter().fit(rossi["week"], rossi["arrest"]),
    }.items():  # fmt: skip
        out.pickle(name, value, right=CUSTOM)
        joblib.dump(value, out.path(f"{name}.joblib", CUSTOM))


def _data() -> tuple[Any, Any]:
    from sklearn.datasets import make_classification

    features, classes = make_classification(200, 6, weights=[0.8], random_state=0)
    return features, classes
