"""datacontract-cli, unmodified: a contract imported from the catalog, tested against the data, and exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clients import tools
from tests.clients.limits import cannot

CLIENT = "datacontract-cli"
PROGRAM = tools.tool("datacontract", "datacontract")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason=tools.NO_CLIENT)
OUTPUT = {"OutputLocation": "s3://lake/contracts/results/"}
# DuckDB's own command for extensions that are at hand: the client looks for another name than their wheels have.
INSTALL = """
import duckdb, importlib.util, pathlib
for name in ("httpfs", "aws"):
    folder = pathlib.Path(importlib.util.find_spec(f"duckdb_extension_{name}").origin).parent
    duckdb.connect().execute(f"INSTALL '{next(folder.rglob(name + '.duckdb_extension'))}'")
"""
CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: orders
name: Orders
version: 1.0.0
status: active
servers:
- {server: files, type: s3, format: FORMAT, location: "s3://lake/contracts/PATH", endpointUrl: "URL"}
- {server: athena, type: athena, catalog: awsdatacatalog, schema: shop_contract, regionName: us-nowhere-1,
   stagingDir: "s3://lake/contracts/results/"}
schema:
- name: orders
  physicalName: orders
  properties:
  - {name: order_id, logicalType: integer, required: true, unique: true}
  - {name: customer, logicalType: string}
  quality:
  - {type: library, metric: rowCount, mustBe: ROWS}
"""

Contract = Callable[..., str]


@pytest.fixture(scope="module")
def contract(endpoint: Any, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """Runs datacontract in a folder, as the root; a table `shop_contract.orders` and its files are there."""
    endpoint.sql("CREATE DATABASE shop_contract", ResultConfiguration=OUTPUT)
    values = "(10, 'ann', DECIMAL '9.50', DATE '2024-05-01'), (11, 'bob', DECIMAL '2.25', DATE '2024-05-02')"
    endpoint.sql(
        "CREATE TABLE shop_contract.orders WITH (external_location = 's3://lake/contracts/orders/') AS "
        f"SELECT * FROM (VALUES {values}) AS t(order_id, customer, amount, day)",
        ResultConfiguration=OUTPUT,
    )
    csv = b"order_id,customer\n10,ann\n11,bob\n"
    endpoint.client("s3").put_object(Bucket="lake", Key="contracts/orders.csv", Body=csv)
    folder, key = tmp_path_factory.mktemp("contracts"), endpoint.root_key()
    env = {
        **tools.settings(endpoint),
        "HOME": str(folder),
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "DATACONTRACT_S3_ACCESS_KEY_ID": key["aws_access_key_id"],
        "DATACONTRACT_S3_SECRET_ACCESS_KEY": key["aws_secret_access_key"],
        "DATACONTRACT_S3_REGION": endpoint.region,
    }
    assert PROGRAM is not None
    tools.run(PROGRAM.with_name("python"), "-c", INSTALL, env=env)

    def call(*words: str) -> str:
        return tools.run(PROGRAM, *words, env=env, cwd=folder)  # type: ignore[arg-type]

    call.folder, call.url = folder, endpoint.url  # type: ignore[attr-defined]
    return call


def write(contract: Contract, rows: int, file_format: str, path: str) -> str:
    """A contract file that wants so many rows of data in S3; its name."""
    text = CONTRACT.replace("URL", contract.url).replace("ROWS", str(rows))  # type: ignore[attr-defined]
    text = text.replace("FORMAT", file_format).replace("PATH", path)
    (contract.folder / "contract.yaml").write_text(text)  # type: ignore[attr-defined]
    return "contract.yaml"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(("glue", "--database", "shop_contract"), id="glue"),
        pytest.param(
            (
                "athena",
                "--schema",
                "shop_contract",
                "--staging-dir",
                OUTPUT["OutputLocation"],
                "--region",
                tools.REGION,
            ),
            id="athena",
        ),
    ],
)
def test_a_contract_is_imported_from_the_catalog_and_is_valid(contract: Contract, source: tuple[str, ...]) -> None:
    contract("import", *source, "--output", "imported.yaml")
    folder: Path = contract.folder  # type: ignore[attr-defined]
    (table,) = yaml.safe_load((folder / "imported.yaml").read_text())["schema"]
    columns = {each["name"]: each["logicalType"] for each in table["properties"]}
    assert columns == {"order_id": "integer", "customer": "string", "amount": "number", "day": "date"}
    assert "Data contract is valid" in contract("lint", "imported.yaml")


@pytest.mark.parametrize(("file_format", "path"), [("csv", "orders.csv"), ("parquet", "orders/*")])
def test_the_data_is_tested_and_a_broken_promise_is_found(contract: Contract, file_format: str, path: str) -> None:
    kept = contract("test", write(contract, 2, file_format, path), "--server", "files")
    assert "has row_count = 2" in kept and "failed" not in kept
    with pytest.raises(tools.Failed, match="has row_count = 3"):
        contract("test", write(contract, 3, file_format, path), "--server", "files")


def test_a_contract_is_exported(contract: Contract) -> None:
    name = write(contract, 2, "csv", "orders.csv")
    assert "order_id" in contract("export", "dbt-models", name)
    assert "<html" in contract("export", "html", name)


def test_athena_itself_is_not_tested(contract: Contract) -> None:
    name = write(contract, 2, "csv", "orders.csv")
    with cannot(CLIENT, "test, with a server of type athena"):
        contract("test", name, "--server", "athena")
