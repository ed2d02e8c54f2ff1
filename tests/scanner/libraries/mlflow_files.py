"""MLflow's model folders and skops."""

from typing import Any

from tests.scanner.libraries.output import CARRIES_CODE, Output


def mlflow_files(out: Output) -> None:
    """Save models by several flavours, and one that carries code."""
    import mlflow.lightgbm
    import mlflow.pyfunc
    import mlflow.sklearn
    from sklearn.ensemble import RandomForestClassifier

    features, classes = [[0.0], [1.0]] * 20, [0, 1] * 20
    forest = RandomForestClassifier(3).fit(features, classes)
    pins = {"pip_requirements": ["scikit-learn"]}
    mlflow.sklearn.save_model(forest, out.path("sklearn"), serialization_format="pickle", **pins)
    mlflow.sklearn.save_model(
        forest, out.path("cloudpickle"), serialization_format="cloudpickle", **pins
    )

    class Doubled(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: list[float]) -> Any:
            return model_input * 2

    mlflow.pyfunc.save_model(out.path("code", CARRIES_CODE), python_model=Doubled(), **pins)


def skops_files(out: Output) -> None:
    """Save estimators with skops."""
    import skops.io
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, classes = [[0.0], [1.0]] * 20, [0, 1] * 20
    models = {
        "forest": RandomForestClassifier(3),
        "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    }
    for name, model in models.items():
        skops.io.dump(model.fit(features, classes), out.path(f"{name}.skops"))
