"""Every route of the API, and what it requires of its caller."""

from dataclasses import dataclass
from typing import Final, Literal

Need = Literal["nothing", "token", "read", "write", "admin", "signature"]
"""What a route requires of its caller.

`nothing`: no credentials. `token`: any valid credentials. `read`, `write` or `admin`: that scope on
the name in the request; each includes the ones before it. `signature`: an AWS signature, whatever
authentication the rest of the API uses.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path of the API, and what a caller needs to use it."""

    method: str
    path: str
    need: Need

    @property
    def public(self) -> bool:
        """Whether no credentials are needed."""
        return self.need == "nothing"

    @property
    def rule(self) -> str:
        """The path in the router's notation, for example `/models/<id>`."""
        return self.path.replace("{", "<").replace("}", ">")


UPLOAD_ARTIFACT: Final = Route("POST", "/artifact/{artifact_type}", "write")
BEGIN_UPLOAD: Final = Route("POST", "/artifact/{artifact_type}/uploads", "write")
RESUME_UPLOAD: Final = Route("GET", "/artifact/{artifact_type}/uploads/{upload_id}", "write")
ABORT_UPLOAD: Final = Route("DELETE", "/artifact/{artifact_type}/uploads/{upload_id}", "write")
COMPLETE_UPLOAD: Final = Route(
    "POST", "/artifact/{artifact_type}/uploads/{upload_id}/complete", "write"
)
GET_ARTIFACT: Final = Route("GET", "/artifacts/{artifact_type}/{id}", "read")
HEAD_ARTIFACT: Final = Route("HEAD", "/artifacts/{artifact_type}/{id}", "read")
GET_ARTIFACT_WITHOUT_ID: Final = Route("GET", "/artifacts/{artifact_type}", "token")
LIST_MODELS: Final = Route("GET", "/models", "read")
GET_MODEL: Final = Route("GET", "/models/{id}", "read")
PATCH_MODEL: Final = Route("PATCH", "/models/{id}", "write")
DELETE_MODEL: Final = Route("DELETE", "/models/{id}", "admin")
LIST_VERSIONS: Final = Route("GET", "/artifacts/{artifact_type}/{id}/versions", "read")
DELETE_VERSION: Final = Route("DELETE", "/artifacts/{artifact_type}/{id}", "admin")
RESCAN: Final = Route("POST", "/artifacts/{artifact_type}/{id}/rescan", "write")
PUT_ALIAS: Final = Route("PUT", "/artifacts/{artifact_type}/{id}/aliases/{alias}", "write")
DELETE_ALIAS: Final = Route("DELETE", "/artifacts/{artifact_type}/{id}/aliases/{alias}", "write")
HEALTH: Final = Route("GET", "/health", "nothing")
MODEL_AUDIT: Final = Route("GET", "/models/{id}/audit", "admin")
AUDIT: Final = Route("GET", "/audit", "admin")
CREATE_TOKEN: Final = Route("POST", "/tokens", "signature")
LIST_TOKENS: Final = Route("GET", "/tokens", "signature")
REVOKE_TOKEN: Final = Route("DELETE", "/tokens/{token_id}", "signature")
OPENAPI: Final = Route("GET", "/openapi.json", "token")
DOCS: Final = Route("GET", "/docs", "token")
