"""Builder of form bodies."""

from collections.abc import Mapping


def multipart(
    *files: tuple[str, bytes], fields: Mapping[str, str] | None = None, boundary: str = "b0undary"
) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a form with these files and text fields."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (fields or {}).items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
