"""Start the local endpoint as a process that ends with this one, or attach to the one that runs on the folder.

An owned endpoint reads from a pipe that only this process holds: however this process ends, kill -9 included, the pipe
closes and the endpoint ends. An endpoint that answers on the folder is used as it is and left alone at the end.

`LocalEndpoint.ensure` brings an endpoint that went away back at the same address, so that clients made for it go on.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from mesh_core.errors import EndpointError, EndpointStateError

POLL_S = 0.1
CLOSE_S = 10.0
LOG_LIMIT_BYTES = 1_000_000
# The endpoint's own words when the folder's lock is taken: the one refusal that waiting may cure.
LOCKED = "Another endpoint is running"
_IMPORT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Endpoint:
    """Where an endpoint answers. `url` is http://127.0.0.1:PORT; the file is an AWS credentials file, profile root."""

    url: str
    region: str
    account_id: str
    credentials_file: Path
    pid: int


@dataclass(frozen=True)
class Start:
    """How to start one. None: what the folder was made with, or the endpoint's default for a new folder."""

    folder: Path
    region: str | None = None
    account_id: str | None = None
    timeout_s: float = 30.0
    port: int = 0

    @property
    def log(self) -> Path:
        """Where the process's stderr goes: beside the folder, since that one may be damaged."""
        return self.folder.with_name(self.folder.name + ".log")

    def command(self) -> list[str]:
        """The process's arguments."""
        optional = {"--region": self.region, "--account-id": self.account_id}
        words = [word for name, value in optional.items() if value for word in (name, value)]
        return [
            *(sys.executable, "-m", "mesh_core.localaws", "--data-dir", str(self.folder)),
            *("--port", str(self.port), *words),
        ]


class LocalEndpoint:
    """A running endpoint, owned or attached to. Use as a context manager, or call `close`. Thread-safe."""

    def __init__(self, start: Start) -> None:
        """Attach or start, and return when it answers.

        Raises EndpointStateError when the folder can't be used (damaged, not writable, held by a process that doesn't
        answer), EndpointError when the process doesn't get ready within `start.timeout_s`.
        """
        self._start = start
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._endpoint = self._open(start)

    @classmethod
    def open(cls, folder: Path, **options: Any) -> LocalEndpoint:
        """Attach to the endpoint on `folder`, or start one; options as in `Start`."""
        return cls(Start(folder.absolute(), **options))

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers."""
        return self._endpoint

    @property
    def owned(self) -> bool:
        """Whether this process started it, and so ends it."""
        return self._process is not None

    def ensure(self) -> Endpoint:
        """The endpoint, started again at its address if its process has ended. Cheap when it runs. Raises as `open`."""
        with self._lock:
            if not self._runs():
                self.close()
                port = int(self._endpoint.url.rpartition(":")[2])
                options = (self._start.region, self._start.account_id, self._start.timeout_s, port)
                self._endpoint = self._open(Start(self._start.folder, *options))
            return self._endpoint

    def close(self) -> None:
        """End an owned endpoint and wait until it is gone; leave an attached one."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def __enter__(self) -> LocalEndpoint:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _runs(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        # An ended process whose own owner hasn't noticed still counts as alive, but it took its announcement away.
        return (self._start.folder / "endpoint.json").exists() and _is_alive(self._endpoint.pid)

    def _open(self, start: Start) -> Endpoint:
        deadline_s = time.monotonic() + start.timeout_s
        refusal: EndpointError | None = None
        while True:
            found = attached(start.folder)
            if found is not None:
                self._process = None
                return found
            self._process, began_bytes = _spawn(start)
            try:
                return _ready(self._process, start, deadline_s, began_bytes)
            except EndpointError as error:
                self.close()
                # Another starter won. It answers soon, and is attached to; or it ends, and this one starts.
                locked = error if LOCKED in str(error) else None
                refusal = locked or refusal or error
                if locked is None or time.monotonic() > deadline_s:
                    raise refusal from None
            time.sleep(POLL_S)


def attached(folder: Path) -> Endpoint | None:
    """The endpoint that runs on `folder` and answers to its root key, or None.

    A copied folder may hold the endpoint.json of the original's process, and a killed process leaves its own behind:
    so the credentials file must be this folder's, and a signed call must succeed.
    """
    try:
        ready = json.loads((folder / "endpoint.json").read_text())
        found = _endpoint(ready, int(ready["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if found.credentials_file.resolve().parent != folder.resolve() or not _is_alive(found.pid):
        return None
    return found if _answers(found) else None


def _endpoint(ready: dict[str, str], pid: int) -> Endpoint:
    credentials_file = Path(ready["credentials_file"])
    return Endpoint(ready["endpoint"], ready["region"], ready["account_id"], credentials_file, pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _answers(endpoint: Endpoint) -> bool:
    # Imported late: a start needs no boto3, and loading it takes a quarter of the time that the start takes.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    probe = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
    try:
        key, secret = root_key(endpoint.credentials_file)
        session = boto3.Session(key, secret, region_name=endpoint.region)
        sts = session.client("sts", endpoint_url=endpoint.url, config=probe)
        return bool(sts.get_caller_identity()["Account"] == endpoint.account_id)
    except (BotoCoreError, ClientError, OSError, ValueError, KeyError):
        return False


def root_key(credentials_file: Path) -> tuple[str, str]:
    """The id and the secret of the root's access key."""
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(credentials_file.read_text())
    return ini["root"]["aws_access_key_id"], ini["root"]["aws_secret_access_key"]


def _spawn(start: Start) -> tuple[subprocess.Popen[bytes], int]:
    """The process, and the length of its log before it wrote there."""
    try:
        start.folder.parent.mkdir(parents=True, exist_ok=True)
        too_long = start.log.exists() and start.log.stat().st_size > LOG_LIMIT_BYTES
        with start.log.open("wb" if too_long else "ab") as log:
            began_bytes = log.tell()
            # A session of its own: Ctrl+C reaches the portal, which ends the endpoint after its last requests.
            process = subprocess.Popen(
                start.command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=_IMPORT_ROOT,
                start_new_session=True,
            )
            return process, began_bytes
    except OSError as error:
        raise EndpointStateError(
            f"The mesh's folder {start.folder.parent} can't be used ({error.strerror}). No endpoint was started. "
            "Make it writable, free some space, or choose another with MESH_HOME."
        ) from error


def _ready(process: subprocess.Popen[bytes], start: Start, deadline_s: float, began_bytes: int) -> Endpoint:
    line = _first_line(process, deadline_s)
    try:
        return _endpoint(json.loads(line or ""), process.pid)
    except (ValueError, KeyError, TypeError) as error:
        _end(process, patience_s=0.2)
        words = _last_words(start.log, began_bytes)
        _, refused, reason = words.rpartition("localaws: ")
        if refused:
            raise EndpointStateError(reason.strip()) from error
        if line is None:
            raise EndpointError(
                f"The local endpoint did not answer within {start.timeout_s:g} s and was stopped. {words}"
                f"Its state in {start.folder} is kept. Try again, or allow more time with MESH_START_TIMEOUT_S."
            ) from error
        raise EndpointError(
            f"The local endpoint ended before it answered (status {process.returncode}). {words}"
            f"Its state in {start.folder} is kept. Its log is {start.log}."
        ) from error


def _first_line(process: subprocess.Popen[bytes], deadline_s: float) -> str | None:
    """The ready line; an empty text when the process ends without one, None when the time is over."""
    assert process.stdout is not None
    got = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not got.endswith(b"\n"):
            if not selector.select(max(0.0, deadline_s - time.monotonic())):
                return None
            more = os.read(process.stdout.fileno(), 4096)
            if not more:
                return ""
            got += more
    return got.decode(errors="replace")


def _last_words(log: Path, began_bytes: int) -> str:
    """The last three lines of stderr since the start, ready to stand in a sentence, or an empty text."""
    with log.open("rb") as file:
        file.seek(began_bytes)
        lines = file.read().decode(errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()][-3:]
    return " / ".join(said) + " " if said else ""


def _end(process: subprocess.Popen[bytes], patience_s: float = CLOSE_S) -> None:
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    for stop in (None, process.terminate, process.kill):
        if stop is not None:
            stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            break
    process.stdout.close()
