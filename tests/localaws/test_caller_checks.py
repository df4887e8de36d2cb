"""Every operation of Glue, Lake Formation and Athena, asked by one who has no grant, and by one whom IAM forbids.

The first may call everything as far as IAM goes. He asks about somebody's governed things, and about things that do
not exist: he must hear the same both times, and nothing may have changed. A new operation has to be added here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, get_args

import botocore.loaders
import pytest

from mesh_core.localaws.athena.ddl_forms import Form
from mesh_core.localaws.http import Request
from tests.localaws.lake_world import caller
from tests.localaws.mesh_world import TARGETS
from tests.localaws.operations_world import ASKED, EXAMPLES, SQL, World, elsewhere, renamed, without_ids


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("zebra"))
    yield made
    made.athena.close()


CASES = [
    pytest.param(service, operation, params, id=f"{service}-{operation}-{number}")
    for service, operations in ASKED.items()
    for operation, variants in operations.items()
    for number, params in enumerate(variants)
]


@pytest.mark.parametrize("service", ASKED)
def test_every_operation_is_asked_about(world: World, service: str) -> None:
    assert set(ASKED[service]) == set(world.handlers[service])


@pytest.mark.parametrize(("service", "operation", "params"), CASES)
def test_an_outsider_learns_nothing_and_changes_nothing(
    world: World, service: str, operation: str, params: dict[str, Any]
) -> None:
    before = world.everything()
    about_it = world.call("auditor", service, operation, params)
    about_nothing = world.call("auditor", service, operation, elsewhere(params))
    assert without_ids(renamed(about_it, "zebra")) == without_ids(about_nothing)
    assert world.everything() == before


@pytest.mark.parametrize(
    ("service", "operation", "params"), [case for case in CASES if "zebra_t" in json.dumps(case.values[2])]
)
def test_who_sees_one_table_learns_nothing_of_the_others(
    world: World, service: str, operation: str, params: dict[str, Any]
) -> None:
    before = world.everything()
    about_it = world.call("neighbour", service, operation, params)
    about_nothing = world.call("neighbour", service, operation, elsewhere(params, "zebra_t"))
    assert without_ids(renamed(about_it, "zebra_t")) == without_ids(about_nothing)
    assert world.everything() == before


NOT_HERE = """
AssumeDecoratedRoleWithSAML
CreateLakeFormationIdentityCenterConfiguration DeleteLakeFormationIdentityCenterConfiguration
DescribeLakeFormationIdentityCenterConfiguration UpdateLakeFormationIdentityCenterConfiguration
StartTransaction CommitTransaction CancelTransaction ExtendTransaction DescribeTransaction ListTransactions
DeleteObjectsOnCancel GetTableObjects UpdateTableObjects ListTableStorageOptimizers UpdateTableStorageOptimizer
StartQueryPlanning GetQueryState GetQueryStatistics GetWorkUnits GetWorkUnitResults
CreateRLSPolicy GetRLSPolicy UpdateRLSPolicy DeleteRLSPolicy ListRLSPolicies ListRLSPolicyAttachments AttachRLSPolicy
DetachRLSPolicy GetGlueFunctionSessionContext GetTemporaryGlueFunctionCredentials
"""


def test_what_lake_formation_has_and_the_endpoint_has_not_is_refused_by_name(world: World) -> None:
    document = botocore.loaders.Loader().load_service_model("lakeformation", "service-2")
    assert set(document["operations"]) == set(ASKED["lakeformation"]) | set(NOT_HERE.split())
    for operation in NOT_HERE.split():
        path = document["operations"][operation]["http"]["requestUri"]
        request = Request("POST", path, path, (), {}, io.BytesIO(b"{}"))
        answer = json.loads(world.api("lakeformation").handle(request, caller("admin")).body)  # type: ignore[arg-type]
        assert answer["__type"] == "NotImplementedException"
        assert f"lakeformation:{operation} runs on AWS but not on the local endpoint" in answer["message"]


STATEMENTS = [pytest.param(sql, id=sql) for statements in SQL.values() for sql in statements]


def test_every_kind_of_statement_is_tried() -> None:
    assert set(SQL) == {each.__name__ for each in get_args(Form)}


@pytest.mark.parametrize("name", ["zebra", "zebra_t"])
@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_statement_tells_and_changes_nothing_that_was_not_granted(world: World, sql: str, name: str) -> None:
    role, before = ("auditor" if name == "zebra" else "neighbour"), world.everything()
    about_it, about_nothing = world.run(role, sql), world.run(role, renamed(sql, name))
    assert without_ids(renamed(about_it, name)) == without_ids(about_nothing)
    assert world.everything() == before


@pytest.mark.parametrize(("service", "operation", "params"), CASES)
def test_a_read_only_administrator_changes_nothing(
    world: World, service: str, operation: str, params: dict[str, Any]
) -> None:
    before = world.everything()
    world.call("seer", service, operation, params)
    assert world.everything() == before


@pytest.mark.parametrize("role", ["seer", "admin"])
@pytest.mark.parametrize("sql", STATEMENTS)
def test_administrators_read_no_data_and_change_nothing_of_others_by_statements(
    world: World, sql: str, role: str
) -> None:
    before = world.everything()
    answer = world.run(role, sql)
    assert "secret" not in answer and "zebra_v" not in answer.replace(sql, "").replace("zebra_view", "")
    assert world.everything() == before


def test_a_statement_of_who_may_is_done(world: World) -> None:
    assert "zebra's secret" in world.run("producer", "SELECT * FROM zebra.zebra_t")
    assert "zebra_k=zebra_v" in world.run("producer", "SHOW PARTITIONS zebra.zebra_t")


@pytest.mark.parametrize(
    ("service", "operation"), [(service, operation) for service, found in ASKED.items() for operation in found]
)
def test_an_operation_that_iam_does_not_allow_is_refused(world: World, service: str, operation: str) -> None:
    params = (ASKED[service][operation] or [EXAMPLES.get(operation, {})])[0]
    before = world.everything()
    headers = {"x-amz-target": f"{TARGETS[service]}.{operation}"}
    request = Request("POST", f"/{operation}", f"/{operation}", (), headers, io.BytesIO(json.dumps(params).encode()))
    reply = world.api(service).handle(request, caller("steward"))
    assert json.loads(reply.body)["__type"] == "AccessDeniedException", reply.body  # type: ignore[arg-type]
    assert world.everything() == before
