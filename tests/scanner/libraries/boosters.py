"""LightGBM, XGBoost and CatBoost, pickled and in the formats of their own."""

from typing import Any

from tests.scanner.libraries.output import Output


def lightgbm_files(out: Output) -> None:
    """Write LightGBM's estimators and its boosters."""
    import joblib
    import lightgbm

    features, classes = _data()
    for kind in (lightgbm.LGBMClassifier, lightgbm.LGBMRegressor):
        model = kind(n_estimators=3, verbose=-1).fit(features, classes)
        out.pickle(kind.__name__, model)
        joblib.dump(model, out.path(f"{kind.__name__}.joblib"))
    ranker = lightgbm.LGBMRanker(n_estimators=3, verbose=-1).fit(features, classes, group=[200])
    out.pickle("LGBMRanker", ranker)
    model.booster_.save_model(out.path("model.txt"))
    out.pickle("booster", model.booster_)


def xgboost_files(out: Output) -> None:
    """Write XGBoost's estimators and its boosters."""
    import joblib
    import xgboost

    features, classes = _data()
    for kind in (xgboost.XGBClassifier, xgboost.XGBRegressor, xgboost.XGBRFClassifier):
        model = kind(n_estimators=3).fit(features, classes)
        out.pickle(kind.__name__, model)
        joblib.dump(model, out.path(f"{kind.__name__}.joblib"))
    model.save_model(out.path("model.json"))
    model.save_model(out.path("model.ubj"))
    out.pickle("booster", model.get_booster())


def catboost_files(out: Output) -> None:
    """Write CatBoost's estimators and its models."""
    import catboost

    features, classes = _data()
    for kind in (catboost.CatBoostClassifier, catboost.CatBoostRegressor):
        model = kind(iterations=3, verbose=0, allow_writing_files=False).fit(features, classes)
        out.pickle(kind.__name__, model)
    for form in ("cbm", "json", "onnx"):
        model.save_model(str(out.path(f"model.{form}")), format=form)


def _data() -> tuple[Any, Any]:
    from sklearn.datasets import make_classification

    features, classes = make_classification(200, 10, random_state=0)
    return features, classes
