"""The local AWS engine as a process: start it, recognize it, wait for it, stop it by its pid."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.console import CommandError

HOST: Final = "127.0.0.1"
REGION: Final = "us-east-1"
DEFAULT_PORT: Final = 4566
START_TIMEOUT_S: Final = 60
STOP_TIMEOUT_S: Final = 60
RESET_TIMEOUT_S: Final = 30
POLL_S: Final = 0.05
LOG_TAIL_LINES: Final = 15
SERVE: Final = Path(__file__).with_name("serve.py")


def client_environment(url: str) -> dict[str, str]:
    """Return the variables that point any AWS SDK or tool to the engine and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def free_port(preferred: int = 0) -> int:
    """Return `preferred` if it is free, else a free port that the system chooses.

    Raises:
        CommandError: There is no free port.
    """
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError(f"no free port on {HOST}")


def command_line(pid: int) -> str:
    """Return a process's command line, or "" if there is no such process or it is a zombie."""
    proc = Path("/proc")
    try:
        if proc.joinpath("self").exists():
            return proc.joinpath(str(pid), "cmdline").read_text().replace("\0", " ")
        ps = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(ps, check=False, capture_output=True, text=True).stdout
    except OSError:
        return ""


@dataclass(slots=True)
class Engine:
    """One engine, identified by the directory with its state, log and pid file.

    Any process can create an object for it; the one that started the engine also has its handle.
    """

    home: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """The log of the engine and of the functions in it."""
        return self.home / "engine.log"

    @property
    def _record(self) -> Path:
        return self.home / "engine.json"

    def _recorded(self, field: str) -> int:
        try:
            value = json.loads(self._record.read_text())[field]
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        return value if isinstance(value, int) and value > 0 else 0

    @property
    def port(self) -> int:
        """The port of the present or the last run, or 0 before the first."""
        return self._recorded("port")

    @property
    def url(self) -> str:
        """The endpoint of all its AWS services."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id while the engine runs, else 0, even if the pid has been reused."""
        pid = self._recorded("pid")
        ours = f"/{SERVE.name} {self.home} "
        return pid if pid and ours in f"{command_line(pid).strip()} " else 0

    def healthy(self, timeout_s: float = 5) -> bool:
        """Return whether it responds in time."""
        try:
            return self._ask("GET", "/_ministack/health", timeout_s) == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def reset(self) -> None:
        """Delete all its resources, in memory and on disk."""
        self._ask("POST", "/_ministack/reset", RESET_TIMEOUT_S)

    def _ask(self, method: str, path: str, timeout_s: float) -> int:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout_s)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        finally:
            connection.close()

    def start(self, port: int, *, with_parent: bool = False) -> None:
        """Start it on a port and wait until it responds.

        Args:
            port: A free port of 127.0.0.1.
            with_parent: Stop it when this process dies, however that happens.

        Raises:
            CommandError: It stopped or did not respond in time; the message ends with the tail of
                its log.
        """
        self._forget()
        for name in ("state", "s3", "tmp"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-P", str(SERVE), str(self.home)]
        with self.log.open("ab") as log:
            self._process = process = subprocess.Popen(
                [*command, "--with-parent"] if with_parent else command,
                env=self._environment(port),
                cwd=self.home,
                stdin=subprocess.PIPE if with_parent else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._record.write_text(json.dumps({"pid": process.pid, "port": port}))
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not self.healthy(timeout_s=1):
            if process.poll() is not None or time.monotonic() > deadline_s:
                process.kill()
                self._forget()
                tail = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
                raise CommandError(
                    "\n".join([f"the engine did not start; {self.log} ends with:", *tail])
                )
            time.sleep(POLL_S)

    def stop(self) -> bool:
        """Stop it by its pid and wait until its state is on disk; return whether it was running.

        Raises:
            CommandError: It is still running after a minute.
        """
        pid = self.pid
        if not pid:
            self._forget()
            return False
        os.kill(pid, signal.SIGTERM)
        deadline_s = time.monotonic() + STOP_TIMEOUT_S
        while self.pid:
            if time.monotonic() > deadline_s:
                raise CommandError(f"the engine (pid {pid}) did not stop; see {self.log}")
            time.sleep(POLL_S)
        self._forget()
        return True

    def _forget(self) -> None:
        """Reap the process if it is our child, and close the pipe that it watches."""
        if self._process:
            self._process.communicate()
            self._process = None

    def _environment(self, port: int) -> dict[str, str]:
        """Return the complete environment, with nothing of the user's, as functions inherit it."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "GATEWAY_PORT": str(port),
            "BIND_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.home / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.home / "s3"),
            # Off, because they would listen on all interfaces or look for the Docker daemon.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self.home}/no-docker.sock",
        }
