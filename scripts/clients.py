"""Run every foreign client, unmodified, against a fresh endpoint, and print what works. `python -m scripts.clients`

Each client that has pins of its own gets a virtual environment under build/clients, made once from
tests/clients/requirements-*.txt. Its checks are tests/clients/test_*.py; the table is made from their outcomes. Exit
status 1 when one fails. Arguments: names of clients (all of them, if none).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "clients"
TESTS = ROOT / "tests" / "clients"
DEBIAN_PYTHON = "/usr/bin/python3"
COLUMNS = 120


class ClientsError(Exception):
    """What could not be made, and the tool's own last words."""


@dataclass(frozen=True)
class Client:
    """`own`: it has an environment of its own; `inside`: its checks run in there, being Python that imports it."""

    name: str
    title: str
    test: str
    package: str = ""
    own: bool = True
    inside: bool = False

    @property
    def folder(self) -> Path:
        """Its environment."""
        return BUILD / self.name

    @property
    def requirements(self) -> Path:
        """Its pins."""
        return TESTS / f"requirements-{self.name}.txt"

    def version(self) -> str:
        """The version that is installed; "" for what is no package."""
        if not self.package:
            return ""
        python = self.folder / "bin" / "python" if self.own else Path(sys.executable)
        ask = f"from importlib.metadata import version; print(version({self.package!r}))"
        found = subprocess.run([python, "-c", ask], capture_output=True, text=True).stdout.strip()
        second = BUILD / "awscli2" / "bin" / "aws"
        if self.name == "awscli" and second.exists():
            found += " and " + subprocess.run([second, "--version"], capture_output=True, text=True).stdout.split()[0]
        return found


CLIENTS = (
    Client("awscli", "AWS CLI", "test_awscli.py", "awscli"),
    Client("pyathena", "PyAthena", "test_pyathena.py", "PyAthena", inside=True),
    Client("dbt", "dbt-athena", "test_dbt.py", "dbt-athena"),
    Client("datacontract", "datacontract-cli", "test_datacontract.py", "datacontract-cli"),
    Client("awswrangler", "awswrangler", "test_awswrangler.py", "awswrangler", own=False),
    Client("page", "docs/localaws.md", "test_page.py", own=False),
)


def make_environment(client: Client) -> None:
    """Its virtual environment from its pins; nothing when it stands. ClientsError."""
    pins = client.requirements.read_bytes()
    fingerprint = hashlib.sha256(pins + f"{client.folder} {sys.version}".encode()).hexdigest()
    stamp = client.folder / "stamp"
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    print(f"Making the environment of {client.name} ...", file=sys.stderr, flush=True)
    run(sys.executable, "-m", "venv", "--clear", client.folder)
    python = client.folder / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", client.requirements)
    stamp.write_text(fingerprint)


def make_second_cli() -> None:
    """Debian's AWS CLI of version 2 (PyPI has none), unpacked beside the others; the system stays as it is.

    Where there is no apt or no such package it is left out, and its checks are reported as not run.
    """
    folder = BUILD / "awscli2"
    if (folder / "bin" / "aws").exists() or not (shutil.which("apt-get") and Path(DEBIAN_PYTHON).exists()):
        return
    planned = subprocess.run(
        ["apt-get", "-s", "install", "--no-install-recommends", "awscli"], capture_output=True, text=True
    )
    packages = [line.split()[1] for line in planned.stdout.splitlines() if line.startswith("Inst ")]
    root = folder / "root"
    root.mkdir(parents=True, exist_ok=True)
    try:
        run("apt-get", "download", *packages, cwd=folder)
        for archive in folder.glob("*.deb"):
            run("dpkg", "-x", archive, root)
            archive.unlink()
    except ClientsError as error:
        print(f"The AWS CLI of version 2 is left out. {error}", file=sys.stderr)
        return
    (folder / "bin").mkdir(exist_ok=True)
    script = folder / "bin" / "aws"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH={root}/usr/lib/python3/dist-packages exec {DEBIAN_PYTHON} {root}/usr/bin/aws "$@"\n'
    )
    script.chmod(0o755)


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a tool; ClientsError with its last words when it fails."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ClientsError(f"{Path(command[0]).name} failed: " + " / ".join(words))


def check(client: Client, report: Path) -> bool:
    """Run a client's checks; whether none failed."""
    python = client.folder / "bin" / "python" if client.inside else Path(sys.executable)
    environment = {
        **os.environ,
        "CLIENTS_HOME": str(BUILD),
        "CLIENTS_REPORT": str(report),
        "LOCALAWS_PYTHON": sys.executable,
    }
    command = [python, "-m", "pytest", "-q", f"tests/clients/{client.test}"]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


def table(lines: list[dict[str, str]], versions: dict[str, str]) -> Iterator[str]:
    """The outcomes, one a line, under each client's name."""
    for name, found in groupby(lines, key=lambda line: line["client"]):
        checks = list(found)
        counted = {
            outcome: sum(each["outcome"] == outcome for each in checks) for outcome in ("works", "can't", "FAILS")
        }
        yield f"\n{name} {versions.get(name, '')}: " + ", ".join(f"{n} {outcome}" for outcome, n in counted.items())
        for each in checks:
            why = f" ({each['why'].strip().splitlines()[-1]})" if each["why"].strip() else ""
            yield f"  {each['outcome']:<8}{each['check']}{why}"[: 2 * COLUMNS]


def main(arguments: list[str]) -> int:
    """Exit status: 0 when nothing failed, 1 when a check did or an environment could not be made."""
    wanted = [client for client in CLIENTS if not arguments or client.name in arguments]
    report = BUILD / "report.jsonl"
    BUILD.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    try:
        for client in CLIENTS if any(client.name == "page" for client in wanted) else wanted:
            if client.own:
                make_environment(client)
            if client.name == "awscli":
                make_second_cli()
    except ClientsError as error:
        print(error, file=sys.stderr)
        return 1
    passed = [check(client, report) for client in wanted]
    lines = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
    print("\n".join(table(lines, {client.title: client.version() for client in wanted})))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
