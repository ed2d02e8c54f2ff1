"""The documentation page: Swagger UI, which ships with Powertools, with everything inlined."""

from importlib.resources import files
from typing import Final

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; connect-src 'self'"
)
"""Makes the browser itself block requests to any other host."""


def render(document: str) -> str:
    """Return the page for an OpenAPI document in JSON."""
    # Imported late: it loads the models of the whole OpenAPI specification.
    from aws_lambda_powertools.event_handler.openapi.swagger_ui import (  # noqa: PLC0415
        generate_swagger_html,
    )

    assets = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    return generate_swagger_html(
        # A closing tag inside the JSON would end the script element.
        spec=document.replace("</", "<\\/"),
        swagger_js=assets.joinpath("swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        swagger_css=assets.joinpath("swagger-ui.min.css").read_text(encoding="utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
