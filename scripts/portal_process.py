"""A real portal on a folder of its own, for journeys, screenshots and benchmarks: `with serve(home) as portal`.

The process is `streamlit run portal.py`, as people start it; its endpoint ends with it. What it logs stands in
`portal.log` beside the folder, and is told when it doesn't answer.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_S = 90.0
POLL_S = 0.02


class PortalStartError(Exception):
    """The portal did not answer, with the last lines of what it said."""


@dataclass(frozen=True)
class PortalProcess:
    """A portal that answers: its address and its process's id."""

    url: str
    pid: int
    home: Path


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a process needs to work on the mesh in `home` and on nothing else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MESH_", "STREAMLIT_"))}
    off = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    return {**kept, **off, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "MESH_HOME": str(home), **more}


def load_demo(home: Path, only: str = "early") -> None:
    """The demo mesh in `home`, through the ordinary command. Raises PortalStartError with its words when it fails."""
    command = [sys.executable, "-m", "mesh_core.demo", "--only", only]
    done = subprocess.run(command, cwd=ROOT, env=environment(home), capture_output=True, text=True)
    if done.returncode:
        raise PortalStartError(f"The demo mesh could not be loaded. {done.stdout[-500:]} {done.stderr[-1500:]}")


def copy_mesh(source: Path, target: Path) -> Path:
    """A mesh of one's own from one whose endpoint has ended."""
    shutil.copytree(source, target)
    (target / "localaws" / "endpoint.json").unlink(missing_ok=True)
    return target


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve(home: Path, script: str = "portal.py", demo: bool = False) -> Iterator[PortalProcess]:
    """A portal on `home`; the demo's largest table is left out unless `demo`. Raises PortalStartError."""
    port = free_port()
    options = ["--server.port", str(port), "--server.headless", "true", "--logger.level", "warning"]
    home.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}-portal.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *options],
            cwd=ROOT,
            env=environment(home, MESH_DEMO="1" if demo else "0"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, Path(log.name))
            yield PortalProcess(url, process.pid, home)
        finally:
            _end(process)


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + START_S
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline_s:
            raise PortalStartError(f"The portal did not answer at {url}. It said: {log.read_text()[-2000:]}")
        time.sleep(POLL_S)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
