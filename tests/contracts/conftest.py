"""Where every gateway's promises are checked: in memory, on the local endpoint, on an account when asked for."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mesh_core.bootstrap import Outside, Portal, assemble, outside_of, target_of
from mesh_core.domain.names import Naming
from mesh_core.gateways.clients import Target
from mesh_core.services.ports import RoleDefinition, Writers
from mesh_core.settings import Settings
from tests.fakes import FakeAws, FakeRunners

PLACES = ["fakes", "localaws", *(["aws"] if os.environ.get("MESH_TEST_REAL_AWS") == "1" else [])]


@dataclass
class Place:
    """One account: its names, its gateways, and names that no other test uses."""

    kind: str
    naming: Naming
    outside: Outside
    made: int = 0

    @property
    def writers(self) -> Writers:
        """All ports."""
        return self.outside.writers

    def name(self, prefix: str = "t") -> str:
        """A name of the test's own."""
        self.made += 1
        return f"{prefix}{self.made}_{secrets.token_hex(3)}"


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Portal, Outside]]:
    """A portal and its gateways on one endpoint for all contract tests of a worker."""
    settings = Settings(home=tmp_path_factory.mktemp("mesh"))
    target, endpoint = target_of(settings)
    reached = outside_of(target, endpoint)
    portal = assemble(settings, reached.naming, reached.outside)
    yield portal, reached.outside
    portal.close()


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    """The same test runs on each of them."""
    match request.param:
        case "fakes":
            aws = FakeAws()
            return Place("fakes", aws.naming, Outside(aws.writers, FakeRunners()))
        case "localaws":
            portal, outside = request.getfixturevalue("local")
            return Place("localaws", portal.naming, outside)
        case _:
            reached = outside_of(Target(os.environ.get("AWS_REGION", "us-east-1")))
            return Place("aws", reached.naming, reached.outside)


@pytest.fixture
def database(place: Place) -> Iterator[str]:
    """An empty database, deleted with what is left in it."""
    name = place.name()
    place.writers.catalog.create_database(name, f'{{"Name": "{name}"}}')
    yield name
    for table in place.writers.catalog.tables(name):
        place.writers.catalog.delete_table(name, table.name)
    place.writers.catalog.delete_database(name)


@pytest.fixture
def bucket(place: Place) -> Iterator[str]:
    """An empty bucket, purged afterwards."""
    name = f"mesh-{place.name().replace('_', '-')}"
    place.writers.storage.create_bucket(name)
    yield name
    place.writers.storage.purge(name)


@pytest.fixture
def role(place: Place) -> Iterator[RoleDefinition]:
    """A role's definition; the role isn't made yet, and is deleted afterwards."""
    trust = _policy({"Action": "sts:AssumeRole", "Principal": {"AWS": place.naming.root_arn}})
    found = RoleDefinition(place.name(), "A role", trust, _policy({"Action": "glue:GetTable", "Resource": "*"}))
    yield found
    place.writers.people.delete_role(found.name)


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}, sort_keys=True)
