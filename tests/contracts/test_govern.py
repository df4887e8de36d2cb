"""`python -m mesh_core.govern` against a mesh on the endpoint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mesh_core.bootstrap import outside_of, portal_from, target_of
from mesh_core.domain.intents import CreateDomain, CreatePersona, PrepareMesh
from mesh_core.domain.world import IAM_ALLOWED, DatabaseResource, Grant
from mesh_core.settings import Settings
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


def test_a_mesh_that_breaks_no_rule_that_refuses_ends_with_0(home: Path, tmp_path: Path) -> None:
    report = tmp_path / "out.xml"
    done = govern(home, "check", "--junit", str(report))
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 rules, 0 violations" in done.stdout
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("policies", "5", "0")


def test_what_is_open_to_iam_alone_ends_with_1_and_the_rule_s_text(home: Path, tmp_path: Path) -> None:
    target, endpoint = target_of(Settings(home=home))
    assert endpoint is not None
    governance = outside_of(target, endpoint).outside.writers.governance
    grant = Grant(IAM_ALLOWED, DatabaseResource("sales"), ("DESCRIBE",))
    governance.grant(grant)  # past the portal, as another tool would
    try:
        report = tmp_path / "out.xml"
        done = govern(home, "check", "--junit", str(report))
        assert done.returncode == 1
        assert "BROKEN   sales is open to IAM_ALLOWED_PRINCIPALS: Lake Formation isn't asked there" in done.stdout
        assert ElementTree.parse(report).getroot().get("failures") == "1"
        file = tmp_path / "policies.yaml"
        file.write_text("rules:\n- rule: no-iam-allowed-principals\n  action: warn\n")
        assert [govern(home, "check", str(file), *more).returncode for more in ((), ("--strict",))] == [0, 1]
    finally:
        governance.revoke(grant)
        endpoint.close()


def test_a_policy_file_that_can_not_be_used_ends_with_2_and_its_line(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text("rules:\n- rule: retension\n")
    done = govern(home, "check", str(file))
    assert done.returncode == 2
    assert "The policies could not be checked: Line 2: there is no rule 'retension'" in done.stderr
