"""`python -m mesh_core.govern test` against a mesh on the endpoint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mesh_core.bootstrap import portal_from
from mesh_core.domain.intents import CreateDomain, CreatePersona, PrepareMesh
from scripts.portal_process import ROOT, environment
from tests.builders import steward


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mesh with a domain and a role, served by nobody."""
    folder = tmp_path_factory.mktemp("govern") / "mesh"
    portal = portal_from({"MESH_HOME": str(folder), "MESH_DEMO": "0"})
    for intent in (PrepareMesh(), CreateDomain("sales"), CreatePersona("analyst")):
        portal.changes.apply_now(steward(portal), intent)
    portal.close()
    return folder


def govern(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mesh_core.govern", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=60)


def test_tests_pass_with_0_and_leave_a_junit_file(home: Path, tmp_path: Path) -> None:
    file, report = tmp_path / "mesh-tests.yaml", tmp_path / "out.xml"
    file.write_text("- no principal outside sales gains access\n")
    done = govern(home, "test", str(file), "--junit", str(report))
    assert (done.returncode, done.stderr) == (0, "")
    assert "passed  no principal outside sales gains access" in done.stdout
    assert ElementTree.parse(report).getroot().get("tests") == "1"


def test_a_file_that_can_not_be_run_ends_with_2_and_its_line(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "mesh-tests.yaml"
    file.write_text("# mine\n- analist cannot read sales.orders\n")
    done = govern(home, "test", str(file))
    assert done.returncode == 2
    assert "Line 2: there is no role 'analist'. Did you mean analyst?" in done.stderr


def test_a_file_that_is_not_there_is_said_so(home: Path, tmp_path: Path) -> None:
    done = govern(home, "test", str(tmp_path / "nothing.yaml"))
    assert done.returncode == 2
    assert "can't be read" in done.stderr
