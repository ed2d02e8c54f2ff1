"""Removes what an ended session left in the object store."""

from collections.abc import Collection

from lambdas.registry.session import Session
from lambdas.registry.session_ports import Leftovers


def clean(leftovers: Leftovers, session: Session, *, kept: Collection[str] = ()) -> None:
    """Abort the session's multipart uploads and remove its objects but the `kept` keys.

    Repeating it is harmless. A kept key may still have a multipart upload: one that was begun and,
    after a crash, begun again.
    """
    leftovers.abort_multiparts(file.key for file in session.files if file.part_sha256)
    leftovers.remove_objects(file.key for file in session.files if file.key not in kept)
