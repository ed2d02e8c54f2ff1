"""`make up`: a running engine with the stack deployed on it; under five seconds when it stands."""

import os

from local import home, stack
from local.engine import DEFAULT_PORT, HOST, free_port
from local.fingerprint import fingerprint
from tools.console import CommandError, friendly_errors, say, step

PORT_VARIABLE = "MODELGUARD_PORT"


def choose_port() -> int:
    """Return the port to start on: the one asked for, else the last one or a free one.

    Raises:
        CommandError: The port asked for is busy or is no port.
    """
    asked = os.environ.get(PORT_VARIABLE, "")
    if not asked:
        wanted = home.ENGINE.port or DEFAULT_PORT
        port = free_port(wanted)
        if port != wanted:
            say(f"port {wanted} is busy: using {port} (choose one with {PORT_VARIABLE}=…)")
        return port
    if not asked.isdecimal() or not 1 <= int(asked) <= 65_535:  # noqa: PLR2004 - TCP's range
        raise CommandError(f"{PORT_VARIABLE}={asked} is not a port between 1 and 65535")
    if free_port(int(asked)) != int(asked):
        raise CommandError(
            f"port {asked} on {HOST} is busy: stop what listens there or choose"
            f" another with {PORT_VARIABLE}"
        )
    return int(asked)


def ensure_engine() -> None:
    """Start the engine unless it runs and answers."""
    if home.ENGINE.pid:
        if home.ENGINE.healthy():
            return
        say("the engine runs but does not answer: restarting it")
        home.ENGINE.stop()
    port = choose_port()
    with step(f"starting the local AWS engine on {HOST}:{port}"):
        home.ENGINE.start(port)


def ensure_stack() -> stack.Stack:
    """Deploy the stack unless the one that stands was made from these very files."""
    wanted = fingerprint()
    if home.deployed_fingerprint() == wanted and stack.is_up(home.ENGINE):
        return stack.describe(home.ENGINE)
    home.forget_deployed()
    for stale in (home.CDK_OUTPUT / "cdk.out").glob("*.lock"):
        stale.unlink()  # of a CDK that was killed: a running one holds the lock of `make up`
    deployed = stack.deploy(home.ENGINE, home.CDK_OUTPUT)
    with step("saving the engine's state"):  # which it does when it stops, and only then
        home.ENGINE.stop()
        home.ENGINE.start(home.ENGINE.port)
    home.remember_deployed(wanted)
    return deployed


def instructions(api_url: str) -> str:
    """Return what to type next."""
    return f"""
ModelGuard is up: {api_url}

Upload a file (any bytes; here the licence):
  curl --data-binary @LICENSE -H 'Content-Type: application/octet-stream' \\
    -H 'X-Model-Name: my-model' -H 'X-Filename: LICENSE' \\
    '{api_url}/artifact/model'

Download it:
  curl --location --output my-model.bin '{api_url}/artifacts/model/my-model'

Its metadata:
  curl '{api_url}/artifacts/model/my-model?metadata_only=true'

Or use the client, for files of any size (`pipx install ./client` puts it on your path):
  .venv/bin/modelguard login '{api_url}'
  .venv/bin/modelguard push LICENSE --name my-model
  .venv/bin/modelguard pull my-model --output copy

Stop with `make down`; what you uploaded stays."""


def main() -> None:
    """Bring the engine and the stack up and say how to use them."""
    with friendly_errors(), home.exclusive():
        ensure_engine()
        print(instructions(ensure_stack().api_url))


if __name__ == "__main__":
    main()
