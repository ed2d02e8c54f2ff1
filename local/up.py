"""`make up`: start the engine and deploy the stack on it; under five seconds if already up."""

import os

from local import home, stack
from local.engine import DEFAULT_PORT, HOST, free_port
from local.fingerprint import fingerprint
from tools.console import CommandError, friendly_errors, say, step

PORT_VARIABLE = "MODELGUARD_PORT"


def choose_port() -> int:
    """Return the port to start on: the requested one, else the last one or a free one.

    Raises:
        CommandError: The requested port is in use, or is not a port number.
    """
    requested = os.environ.get(PORT_VARIABLE, "")
    if not requested:
        preferred = home.ENGINE.port or DEFAULT_PORT
        port = free_port(preferred)
        if port != preferred:
            say(f"port {preferred} is in use: using {port} (choose one with {PORT_VARIABLE}=…)")
        return port
    if not requested.isdecimal() or not 1 <= int(requested) <= 65_535:  # noqa: PLR2004 - TCP's range
        raise CommandError(f"{PORT_VARIABLE}={requested} is not a port number from 1 to 65535")
    if free_port(int(requested)) != int(requested):
        raise CommandError(
            f"port {requested} on {HOST} is in use: stop the process that listens on it, or choose"
            f" another port with {PORT_VARIABLE}"
        )
    return int(requested)


def ensure_engine() -> None:
    """Start the engine unless it is running and responds."""
    if home.ENGINE.pid:
        if home.ENGINE.healthy():
            return
        say("the engine is running but does not respond: restarting it")
        home.ENGINE.stop()
    port = choose_port()
    with step(f"starting the local AWS engine on {HOST}:{port}"):
        home.ENGINE.start(port)


def ensure_stack() -> stack.Stack:
    """Deploy the stack unless it was deployed from the same files before."""
    current = fingerprint()
    if home.deployed_fingerprint() == current and stack.is_up(home.ENGINE):
        return stack.describe(home.ENGINE)
    home.forget_deployed()
    for stale in (home.CDK_OUTPUT / "cdk.out").glob("*.lock"):
        stale.unlink()  # left by a killed CDK, since a running one would hold the lock of `make up`
    deployed = stack.deploy(home.ENGINE, home.CDK_OUTPUT)
    with step("saving the engine's state"):  # which it does only when it stops
        home.ENGINE.stop()
        home.ENGINE.start(home.ENGINE.port)
    home.remember_deployed(current)
    return deployed


def instructions(api_url: str) -> str:
    """Return instructions on what to do next."""
    return f"""
ModelGuard is up: {api_url}

Upload a file (any file; here the license):
  curl --data-binary @LICENSE -H 'Content-Type: application/octet-stream' \\
    -H 'X-Model-Name: my-model' -H 'X-Filename: LICENSE' \\
    '{api_url}/artifact/model'

Download it:
  curl --location --output ~/my-model.bin '{api_url}/artifacts/model/my-model'

Show its metadata:
  curl '{api_url}/artifacts/model/my-model?metadata_only=true'

Or use the client, for files of any size (`pipx install ./client` puts it on your path):
  .venv/bin/modelguard login '{api_url}'
  .venv/bin/modelguard push LICENSE --name my-model
  .venv/bin/modelguard pull my-model --output ~/copy

Stop with `make down`; your uploads are kept."""


def main() -> None:
    """Start the engine, deploy the stack, and print how to use it."""
    with friendly_errors(), home.exclusive():
        ensure_engine()
        print(instructions(ensure_stack().api_url))


if __name__ == "__main__":
    main()
