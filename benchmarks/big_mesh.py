"""A mesh of a large company: 20 domains, 1,000 products of 20 columns, 100 personas, each with a grant by LF-tags.

Domains and personas are made by the portal itself; tables, their LF-tags and the grants are then written by the
endpoint's own modules in one transaction, while no process serves the folder.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.big_lake import ACCOUNT, opened, role_arn, root
from mesh_core.bootstrap import Portal, portal_from
from mesh_core.domain.glue_shapes import table_input
from mesh_core.domain.intents import CreateDomain, CreatePersona, PrepareMesh
from mesh_core.domain.world import Column, Table
from mesh_core.localaws.lakeformation import grants, tags, targets
from mesh_core.localaws.lakeformation.grants import Giving

_TYPES = ("bigint", "string", "double", "date", "decimal(12,2)")


@dataclass(frozen=True)
class MeshSize:
    """How many of each; columns are those of one table."""

    domains: int = 20
    tables: int = 1000
    columns: int = 20
    personas: int = 100


def domain_of(size: MeshSize, number: int) -> str:
    """The domain of a table by its number."""
    return f"domain{number % size.domains:02}"


def persona(number: int) -> str:
    """A persona by its number."""
    return f"persona{number:03}"


def make(home: Path, size: MeshSize = MeshSize()) -> Path:
    """A folder for MESH_HOME with that mesh in it, served by nobody yet."""
    portal = portal_from({"MESH_HOME": str(home), "MESH_DEMO": "0", "MESH_ACCOUNT": ACCOUNT})
    try:
        _people(portal, size)
    finally:
        portal.close()
    store, lake = opened(home / "localaws")
    with store.write() as db:
        for number in range(size.tables):
            table = _table(size, number)
            lake.catalog.create_table(table.database, json.loads(table_input(table)), root().arn)
            lake.table_created(root(), table.database, table.name)
            for column, tag in _tags(table, number):
                tags.assign(db, table.database, table.name, column, tag)
        for giving in _givings(size):
            grants.put(db, giving, lake.stamp(root()))
    store.fold()
    return home


def _people(portal: Portal, size: MeshSize) -> None:
    steward = portal.visitors.visitor("mesh-steward")
    portal.changes.apply_now(steward, PrepareMesh())
    for number in range(size.domains):
        portal.changes.apply_now(steward, CreateDomain(domain_of(size, number), "One of many"))
    for number in range(size.personas):
        portal.changes.apply_now(steward, CreatePersona(persona(number), "One of many"))


def _table(size: MeshSize, number: int) -> Table:
    domain, name = domain_of(size, number), f"product{number:04}"
    columns = tuple(Column(f"column_{i:02}", _TYPES[i % len(_TYPES)], "what it means") for i in range(size.columns))
    parameters = {
        "classification": "parquet",
        "mesh.managed": "true",
        "mesh.product": f"{domain}.{name}",
        "mesh.owner": f"{domain}-owner",
        "mesh.status": "active",
        "mesh.version": "1.0.0",
    }
    location = f"s3://mesh-{domain}-{ACCOUNT}-us-east-1/{name}/{name}/"
    return Table(domain, name, columns, (), location, "One of many", parameters=parameters)


def _tags(table: Table, number: int) -> Iterator[tuple[str, tuple[str, str]]]:
    """A third of the tables confidential, two columns of every table personal."""
    if number % 3 == 0:
        yield "", ("sensitivity", "confidential")
    for column in (table.columns[number % 7], table.columns[7 + number % 11]):
        yield column.name, ("pii", "true")
        yield column.name, ("sensitivity", "restricted")


def _givings(size: MeshSize) -> Iterator[Giving]:
    """Each persona reads three domains without what is personal, and a tenth of them two columns by name."""
    select = frozenset({"SELECT"})
    for number in range(size.personas):
        domains = sorted({domain_of(size, number), domain_of(size, number + 3), domain_of(size, number + 7)})
        pairs = [{"TagKey": "domain", "TagValues": domains}, {"TagKey": "pii", "TagValues": ["false"]}]
        policy = {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": pairs}}
        yield Giving(role_arn(persona(number)), targets.parse(policy), select)
        if number % 10 == 0:
            table = _table(size, number + 1)
            named = {"DatabaseName": table.database, "Name": table.name, "ColumnNames": ["column_01"]}
            yield Giving(role_arn(persona(number)), targets.parse({"TableWithColumns": named}), select)
