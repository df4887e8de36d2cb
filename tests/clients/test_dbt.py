"""dbt-athena, unmodified, on a project of ours: built twice, with a seed that has grown in between."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients import tools
from tests.clients.limits import cannot

CLIENT = "dbt-athena"
DBT = tools.tool("dbt", "dbt")
pytestmark = [pytest.mark.skipif(DBT is None, reason=tools.NO_CLIENT), pytest.mark.timeout(600)]
PROJECT = Path(__file__).parent / "dbt_project"
READER = "dbt-reader"

Dbt = Callable[..., str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, since dbt writes into it."""
    return shutil.copytree(PROJECT, tmp_path_factory.mktemp("dbt") / "project")


@pytest.fixture(scope="module")
def dbt(endpoint: Any, project: Path) -> Dbt:
    """Runs dbt in the project, as the root; tags of the project's vocabulary and its reader are there."""
    endpoint.make_role(READER)
    lake = endpoint.client("lakeformation")
    root = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{endpoint.account_id}:root"}
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    nobody = {"CreateDatabaseDefaultPermissions": [], "CreateTableDefaultPermissions": []}
    lake.put_data_lake_settings(DataLakeSettings={**settings, **nobody, "DataLakeAdmins": [root]})
    for key, values in {"domain": ["shop"], "pii": ["true", "false"]}.items():
        lake.create_lf_tag(TagKey=key, TagValues=values)
    env = {
        **tools.settings(endpoint),
        "DBT_PROFILES_DIR": str(project),
        "DBT_USE_COLORS": "false",
        "READER_ARN": endpoint.role_arn(READER),
    }

    def call(*words: str) -> str:
        return tools.run(DBT, *words, env=env, cwd=project)  # type: ignore[arg-type]

    return call


def outcomes(project: Path) -> dict[str, str]:
    """What dbt's own record says of the last run: node -> status."""
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {each["unique_id"]: each["status"] for each in results}


def rows(endpoint: Any, sql: str, role: str | None = None) -> list[list[str | None]]:
    """The rows of a query, without the header."""
    output = {"OutputLocation": "s3://lake/dbt/check/"}
    return endpoint.sql(sql, role, ResultConfiguration=output)[1:]


@pytest.fixture(scope="module")
def built(dbt: Dbt, project: Path) -> dict[str, str]:
    """The outcomes of a first build."""
    dbt("build")
    return outcomes(project)


@pytest.fixture(scope="module")
def built_again(dbt: Dbt, project: Path, endpoint: Any, built: dict[str, str]) -> dict[str, str]:
    """The outcomes of a second build: one order more, one customer moved, one person read in between."""
    seed = project / "seeds" / "orders.csv"
    seed.write_text(seed.read_text() + "13,3,7.50,2024-05-02\n")
    seed = project / "seeds" / "customers.csv"
    seed.write_text(seed.read_text().replace("2,Bob,fr", "2,Bob,de"))
    dbt("build")
    return outcomes(project)


def test_build_makes_seeds_views_tables_incrementals_a_snapshot_and_passes_its_tests(
    built: dict[str, str], endpoint: Any
) -> None:
    kinds = Counter(node.split(".")[0] for node in built)
    assert kinds == {"seed": 2, "model": 6, "snapshot": 1, "test": 7, "unit_test": 1}
    assert set(built.values()) == {"success", "pass"}
    assert rows(endpoint, "SELECT id, orders, total FROM shop.sales ORDER BY id") == [
        ["1", "2", "11.75"],
        ["2", "1", "100.00"],
        ["3", "0", None],
    ]


def test_descriptions_reach_the_catalog(built: dict[str, str], endpoint: Any) -> None:
    table = endpoint.client("glue").get_table(DatabaseName="shop", Name="sales")["Table"]
    comments = {each["Name"]: each.get("Comment") for each in table["StorageDescriptor"]["Columns"]}
    assert table["Description"] == "What each customer's orders sum up to"
    assert comments["id"] == 'the customer\'s "key"'


def test_tags_and_filters_of_a_model_are_enforced_for_its_reader(built: dict[str, str], endpoint: Any) -> None:
    where = {"Table": {"DatabaseName": "shop", "Name": "governed"}}
    tags = endpoint.client("lakeformation").get_resource_lf_tags(Resource=where, ShowAssignedLFTags=True)
    columns = {each["Name"]: each["LFTags"][0]["TagKey"] for each in tags["LFTagsOnColumns"]}
    found = rows(endpoint, "SELECT id, country FROM shop.governed ORDER BY id", READER)
    assert [each["TagKey"] for each in tags["LFTagsOnTable"]] == ["domain"] and columns == {"name": "pii"}
    assert found == [["1", "de"], ["3", "de"]]


def test_a_second_build_appends_replaces_and_remembers(built_again: dict[str, str], endpoint: Any) -> None:
    assert set(built_again.values()) == {"success", "pass"}
    assert rows(endpoint, "SELECT order_id, day FROM shop.appended ORDER BY 1") == [
        ["10", None],
        ["11", None],
        ["12", None],
        ["13", "2024-05-02"],
    ]
    assert rows(endpoint, "SELECT order_id FROM shop.overwritten ORDER BY 1") == [["10"], ["11"], ["12"], ["13"]]
    moved = "SELECT country, dbt_valid_to IS NULL FROM shop.customers_history WHERE id = 2 ORDER BY 2"
    assert rows(endpoint, moved) == [["fr", "false"], ["de", "true"]]


def test_a_failing_test_is_reported_as_such(built_again: dict[str, str], dbt: Dbt, project: Path) -> None:
    failing = project / "tests" / "nobody_orders.sql"
    failing.write_text("select * from {{ ref('sales') }} where orders > 0")
    with pytest.raises(tools.Failed, match="Got 3 results"):
        dbt("test", "--select", "nobody_orders")
    failing.unlink()


def test_docs_show_sources_and_debug_work(built_again: dict[str, str], dbt: Dbt, project: Path) -> None:
    dbt("docs", "generate")
    catalog = json.loads((project / "target" / "catalog.json").read_text())["nodes"]
    shown = json.loads(dbt("show", "--inline", "select 1 as one", "--output", "json", "--quiet"))
    assert list(catalog["model.shop.sales"]["columns"]) == ["id", "name", "orders", "total"]
    assert shown["show"] == [{"one": 1}]
    assert "All checks passed!" in dbt("debug")
    assert "WARN freshness of raw.customers" in dbt("source", "freshness")


@pytest.fixture(scope="module")
def refused(built_again: dict[str, str], dbt: Dbt, project: Path) -> dict[str, str]:
    """What dbt says of each model of the folder `refused`, run together."""
    shutil.copytree(project / "refused", project / "models" / "refused")
    with pytest.raises(tools.Failed):
        dbt("run", "--select", "refused")
    shutil.rmtree(project / "models" / "refused")
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {each["unique_id"].split(".")[2]: each["message"] for each in results if each["status"] == "error"}


@pytest.mark.parametrize(
    ("model", "feature"),
    [
        ("iceberg_table", "table_type: iceberg (merge, delete+insert, time travel)"),
        ("iceberg_merge", "table_type: iceberg (merge, delete+insert, time travel)"),
        ("bucketed", "bucketed_by"),
        ("orc", "format: orc, avro"),
        ("some_columns", "lf_grants with column_names"),
    ],
)
def test_a_refused_model_says_why(refused: dict[str, str], model: str, feature: str) -> None:
    with cannot(CLIENT, feature):
        if model in refused:
            raise tools.Failed(refused[model])


def test_a_session_of_spark_that_python_models_need_is_refused(endpoint: Any) -> None:
    """Asked as dbt-athena asks. It is not run itself: it takes any refusal for a busy session, and asks for ever."""
    with cannot(CLIENT, "Python models"):
        endpoint.client("athena").start_session(WorkGroup="primary", EngineConfiguration={"MaxConcurrentDpus": 2})
