"""The portal's verdict and the endpoint's agree, for tags and grants made at random (VERDICT_EXAMPLES for more)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.access import decide
from mesh_core.domain.glue_shapes import table_input
from mesh_core.domain.intents import CreateDomain, CreatePersona, PrepareMesh
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    ExpressionResource,
    Grant,
    Resource,
    Table,
    TableResource,
    Target,
)
from mesh_core.services.ports import TableDefinition
from tests.builders import steward

EXAMPLES = int(os.environ.get("VERDICT_EXAMPLES", "25"))
NAMES = ("a", "b", "c")
TABLE = Table("verdicts", "t", tuple(Column(name, "bigint") for name in NAMES))
TARGETS = (Target("verdicts"), Target("verdicts", "t"), *(Target("verdicts", "t", name) for name in NAMES))
VALUES = {"pii": ("true", "false"), "sensitivity": ("public", "internal", "confidential", "restricted")}
OWN_TAGS = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in VALUES.items()})
SOME = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(lambda names: tuple(sorted(names)))
EXPRESSION = st.fixed_dictionaries(
    {}, optional={key: st.lists(st.sampled_from(v), min_size=1, unique=True) for key, v in VALUES.items()}
).filter(bool)
BY_TAG = EXPRESSION.map(
    lambda e: ExpressionResource("TABLE", tuple((k, tuple(sorted(v))) for k, v in sorted(e.items())))
)
BY_NAME = st.one_of(
    st.just(TableResource("verdicts", "t")),
    SOME.map(lambda names: ColumnsResource("verdicts", "t", names)),
    SOME.map(lambda names: ColumnsResource("verdicts", "t", (), names)),
)
# Lake Formation refuses a second grant by name on a table that narrows or widens the first.
RESOURCES = st.tuples(st.lists(BY_NAME, max_size=1), st.lists(BY_TAG, max_size=2)).map(
    lambda both: [*both[0], *both[1]]
)


@dataclass(frozen=True)
class Lake:
    """A portal with one table, and the Glue client of somebody who holds nothing yet."""

    portal: Portal
    outside: Outside
    glue: Any

    def shown(self) -> tuple[str, ...]:
        """The columns that Glue shows."""
        try:
            found = self.glue.get_table(DatabaseName="verdicts", Name="t")["Table"]
        except ClientError:
            return ()
        return tuple(one["Name"] for one in found["StorageDescriptor"]["Columns"])


@pytest.fixture(scope="module")
def lake(local: tuple[Portal, Outside]) -> Lake:
    """One domain, one table, one reader."""
    portal, outside = local
    for intent in (PrepareMesh(), CreateDomain("verdicts"), CreatePersona("judge")):
        portal.changes.apply_now(steward(portal), intent)
    outside.writers.catalog.create_table("verdicts", "t", TableDefinition(table_input(TABLE)))
    client = outside.runners._client  # type: ignore[attr-defined]
    return Lake(portal, outside, client("judge", "glue"))


def _arrange(lake: Lake, tags: tuple[dict[str, str], ...], resources: list[Resource]) -> None:
    governance, judge = lake.outside.writers.governance, lake.portal.naming.role_arn("judge")
    for grant in governance.grants():
        if grant.principal == judge:
            governance.revoke(grant)
    have = governance.assigned((TABLE,), ("verdicts",))
    for target, own in zip(TARGETS, tags, strict=True):
        before = have.get(target, {})
        kept = {key: value for key, value in before.items() if key not in VALUES}
        governance.assign(target, before, {**kept, **own})
    for resource in resources:
        governance.grant(Grant(judge, resource, ("SELECT",)))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tags=st.tuples(*[OWN_TAGS] * len(TARGETS)), resources=RESOURCES)
def test_the_portal_and_lake_formation_open_the_same_columns(
    lake: Lake, tags: tuple[dict[str, str], ...], resources: list[Resource]
) -> None:
    _arrange(lake, tags, resources)
    world = lake.portal.reading.world(max_age_s=0)
    verdict = decide(world, lake.portal.naming.role_arn("judge"), world.table("verdicts", "t"))
    assert verdict.columns == lake.shown()
