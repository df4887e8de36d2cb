"""The commands' own scripts: what is missing is said with its cure, and nothing but a mesh is ever removed."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import browser, setup

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("pip_says", "cure"),
    [
        pytest.param("OSError: [Errno 28] No space left on device", "disk is full", id="no disk space"),
        pytest.param(
            "WARNING: Retrying after connection broken by 'NewConnectionError(Temporary failure in name resolution)'"
            "\nERROR: No matching distribution found for streamlit==1.67.0",
            "cannot be reached",
            id="no network, although pip names a package",
        ),
        pytest.param(
            "ERROR: No matching distribution found for duckdb==2.0.0", "no duckdb==2.0.0", id="no such package"
        ),
        pytest.param("SSLError: [SSL: CERTIFICATE_VERIFY_FAILED]", "ca-certificates", id="an unknown certificate"),
        pytest.param("[Errno 13] Permission denied: '/x/.venv/lib'", "chown", id="somebody else's environment"),
    ],
)
def test_a_failed_installation_names_its_cure(pip_says: str, cure: str) -> None:
    said = setup.diagnosis(pip_says)
    assert cure in said and "\n" not in said


def test_a_failure_unknown_to_the_script_is_told_in_pips_words() -> None:
    assert setup.diagnosis("ERROR: a new kind") == ""
    assert setup.last_line("Collecting x\nERROR: a new kind\nnotice\n") == "ERROR: a new kind"


def test_the_fast_installer_gets_pips_own_settings() -> None:
    given = {"index-url": "http://index.test/simple", "cert": "/ca.pem", "disable-pip-version-check": "1"}
    environment = setup.uv_environment(given)
    assert environment is not None
    assert (environment["UV_DEFAULT_INDEX"], environment["SSL_CERT_FILE"]) == ("http://index.test/simple", "/ca.pem")


def test_with_a_setting_that_only_pip_understands_pip_installs() -> None:
    assert setup.uv_environment({"client-cert": "/me.pem"}) is None


def test_a_python_that_is_too_old_is_refused_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    with pytest.raises(setup.SetupError, match=r"too old.*apt-get install -y python3 python3-venv"):
        setup.require_python()


def test_a_python_without_venv_is_refused_with_the_command_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(setup.SetupError, match="apt-get install -y python3-venv"):
        setup.require_python()


def test_an_installation_that_cannot_fit_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "NEEDED_BYTES", 10**18)
    with pytest.raises(setup.SetupError, match="are free"):
        setup.require_space()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one-line pins, so that a change of pins can be seen."""
    for name in setup.PINS:
        (tmp_path / name).write_text("# none\n")
    monkeypatch.setattr(setup, "ROOT", str(tmp_path))
    return tmp_path


def test_a_change_of_pins_asks_for_a_new_installation(repository: Path) -> None:
    before = setup.fingerprint("run")
    (repository / "constraints.txt").write_text("duckdb==2.0.1\n")
    assert setup.fingerprint("run") != before


def test_the_test_packages_are_not_taken_for_installed_with_the_portals(repository: Path) -> None:
    assert setup.fingerprint("run") != setup.fingerprint("dev")


def test_a_browser_that_is_named_wrongly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(browser.BrowserError, match="MESH_CHROMIUM=/nowhere/chromium"):
        browser.find()


def test_a_browser_that_is_named_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_CHROMIUM", sys.executable)
    assert browser.find() == sys.executable


def remove(home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "MESH_HOME": str(home), **environ}
    command = [sys.executable, "scripts/teardown.py"]
    return subprocess.run(command, cwd=ROOT, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder as an ended mesh leaves it."""
    folder = tmp_path / "mesh"
    (folder / "localaws").mkdir(parents=True)
    (folder / "localaws" / "state.sqlite").write_bytes(b"x" * 1234)
    return folder


def test_teardown_removes_the_mesh_after_a_yes(home: Path) -> None:
    done = remove(home, CONFIRM="yes")
    assert done.returncode == 0 and not home.exists() and "1,234 bytes" in done.stdout


@pytest.mark.parametrize("answer", [{"CONFIRM": "no"}, {}], ids=["no", "nobody to ask"])
def test_teardown_removes_nothing_without_a_yes(home: Path, answer: dict[str, str]) -> None:
    done = remove(home, **answer)
    assert done.returncode == 1 and "Nothing was removed" in done.stdout and home.exists()


def test_teardown_of_a_mesh_that_is_gone_is_done(tmp_path: Path) -> None:
    done = remove(tmp_path / "none", CONFIRM="yes")
    assert done.returncode == 0 and "nothing to remove" in done.stdout


def test_teardown_refuses_when_the_mesh_lives_on_an_account(home: Path) -> None:
    done = remove(home, CONFIRM="yes", MESH_TARGET="aws")
    assert done.returncode == 1 and "MESH_TARGET=aws" in done.stderr and home.exists()


def test_teardown_refuses_while_the_endpoint_runs(home: Path) -> None:
    (home / "localaws" / "endpoint.json").write_text(json.dumps({"pid": os.getpid()}))
    done = remove(home, CONFIRM="yes")
    assert done.returncode == 1 and "End the portal first" in done.stderr and home.exists()


def test_teardown_refuses_a_folder_that_is_not_a_meshs(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    done = remove(tmp_path, CONFIRM="yes")
    assert done.returncode == 1 and "not a mesh's" in done.stderr and (tmp_path / "letters.txt").exists()


def test_teardown_refuses_a_folder_that_holds_more_than_a_mesh(home: Path) -> None:
    (home / "pyproject.toml").write_text("")
    done = remove(home, CONFIRM="yes")
    assert done.returncode == 1 and "more than a mesh" in done.stderr and home.exists()


@pytest.mark.skipif(not (ROOT / ".venv").exists(), reason="no .venv: made by `make setup`")
@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_refused_before_anything_starts(port: str) -> None:
    done = start_portal(port)
    assert done.returncode == 1 and f"PORT={port} is no port number" in done.stderr


@pytest.mark.skipif(not (ROOT / ".venv").exists(), reason="no .venv: made by `make setup`")
def test_a_port_in_use_is_refused_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = start_portal(port)
    assert done.returncode == 1 and f"Port {port} is in use" in done.stderr and "make portal PORT=" in done.stderr


def start_portal(port: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "PORT": port, "MESH_DEMO": "0"}
    return subprocess.run(["bash", "scripts/portal.sh"], cwd=ROOT, env=given, capture_output=True, text=True)


def test_help_lists_every_command() -> None:
    said = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True).stdout
    for target in ("setup", "portal", "test", "test-nobrowser", "check", "conformance", "teardown"):
        assert f"make {target} " in said
