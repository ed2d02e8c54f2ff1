"""The CDK app: context -> config -> stack -> checks."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.config import Config
from infra.registry_stack import RegistryStack


def build(context: Mapping[str, Any] | None = None, outdir: str | None = None) -> App:
    """Return the app with its one stack; context from the command line overrides `context`.

    Raises:
        ConfigError: The context has an invalid setting.
    """
    app = App(context=context, outdir=outdir)
    config = Config.from_context(app.node.get_all_context())
    RegistryStack(app, config.stack_name, config=config)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app
