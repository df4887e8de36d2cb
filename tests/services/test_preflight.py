"""What the preflight says of an account, before anything is changed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from mesh_core.domain.world import IAM_ALLOWED, DatabaseResource, Grant
from mesh_core.errors import PermissionDeniedError
from mesh_core.services.preflight import ACTIONS, look
from tests.fakes import FakeAws

ME = "arn:aws:iam::000000000000:role/me"


@dataclass
class FakeAccount:
    """An identity that lacks some actions."""

    lacks: tuple[str, ...] = ()

    def caller_arn(self) -> str:
        return ME

    def missing_actions(self, actions: Sequence[str]) -> tuple[str, ...]:
        return tuple(a for a in actions if a in self.lacks)


def _ready() -> FakeAws:
    aws = FakeAws()
    aws.settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": ME}], "CreateTableDefaultPermissions": []}
    return aws


def _said(account: FakeAccount, aws: FakeAws, level: str) -> list[str]:
    return [f.words for f in look(account, aws.readers) if f.level == level]


def test_an_account_that_is_ready_has_nothing_missing_and_no_warning() -> None:
    assert _said(FakeAccount(), _ready(), "missing") == _said(FakeAccount(), _ready(), "warning") == []


def test_a_missing_action_is_named_with_what_it_is_for() -> None:
    assert _said(FakeAccount(("iam:PassRole",)), _ready(), "missing") == [
        "To make roles, these IAM actions are missing: iam:PassRole."
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"DataLakeAdmins": []}, "no data lake administrator", id="not an administrator"),
        pytest.param({"CreateTableDefaultPermissions": [{}]}, "open to IAM alone", id="IAM decides on new tables"),
    ],
)
def test_lake_formations_settings_are_looked_at(change: dict, words: str) -> None:
    aws = _ready()
    aws.settings |= change
    assert [words in line for line in _said(FakeAccount(), aws, "warning")] == [True]


def test_resources_open_to_iam_are_counted() -> None:
    aws = _ready()
    aws.grants = (Grant(IAM_ALLOWED, DatabaseResource("old"), ("ALL",)),)
    assert "1 resources are open" in _said(FakeAccount(), aws, "warning")[0]


def test_a_check_that_is_refused_is_a_finding_and_the_others_are_made() -> None:
    class Refused(FakeAccount):
        def missing_actions(self, actions: Sequence[str]) -> tuple[str, ...]:
            raise PermissionDeniedError("iam:SimulatePrincipalPolicy was refused.")

    assert _said(Refused(), _ready(), "missing") == ["iam:SimulatePrincipalPolicy was refused."]
    assert len(_said(Refused(), _ready(), "ok")) == 3


GATEWAYS = Path(__file__).parents[2] / "mesh_core" / "gateways"


@pytest.mark.parametrize(("service", "file"), [("glue", "glue.py"), ("lakeformation", "lake_formation.py")])
def test_every_operation_that_the_portal_calls_is_asked_for(service: str, file: str) -> None:
    operations = {xform_name(o): o for o in botocore.session.get_session().get_service_model(service).operation_names}
    tree = ast.parse((GATEWAYS / file).read_text("utf-8"))
    words = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    words |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    called = {f"{service}:{operations[word]}" for word in words if word in operations}
    asked = {action for actions in ACTIONS.values() for action in actions}
    assert len(called) >= 10
    assert sorted(called - asked) == []
