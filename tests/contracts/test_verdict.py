"""The portal's verdict and the endpoint's agree, for tags, grants and filters at random (VERDICT_EXAMPLES for more).

Compared is what Glue shows, and every cell that a query gives: which rows, and which of their values.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.access import Verdict, decide
from mesh_core.domain.cells import Cells
from mesh_core.domain.intents import CreateDomain, CreatePersona, Draft, PrepareMesh, PublishProduct
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    DataFilter,
    ExpressionResource,
    Grant,
    NamedExpressionResource,
    Resource,
    TableResource,
    Target,
)
from tests.builders import steward

EXAMPLES = int(os.environ.get("VERDICT_EXAMPLES", "25"))
NAMES = ("a", "b", "c")
ROWS = ((1, 1, 1), (1, 2, 3), (2, 2, 1), (3, 1, 2))
CONDITIONS: dict[str, Callable[[dict[str, int]], bool]] = {
    "": lambda _row: True,
    "a = 1": lambda row: row["a"] == 1,
    "b > 1": lambda row: row["b"] > 1,
    "c <> 3 AND a < 3": lambda row: row["c"] != 3 and row["a"] < 3,
    "a = 3 OR b = 2": lambda row: row["a"] == 3 or row["b"] == 2,
    "NOT (c IN (1, 2))": lambda row: row["c"] not in (1, 2),
}
TARGETS = (Target("verdicts"), Target("verdicts", "t"), *(Target("verdicts", "t", name) for name in NAMES))
VALUES = {"pii": ("true", "false"), "sensitivity": ("public", "internal", "confidential", "restricted")}
OWN_TAGS = st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in VALUES.items()})
SOME = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(lambda names: tuple(sorted(names)))
EXPRESSION = st.fixed_dictionaries(
    {}, optional={key: st.lists(st.sampled_from(v), min_size=1, unique=True) for key, v in VALUES.items()}
).filter(bool)
PAIRS = EXPRESSION.map(lambda e: tuple((k, tuple(sorted(v))) for k, v in sorted(e.items())))
BY_TAG = PAIRS.map(lambda pairs: ExpressionResource("TABLE", pairs))
BY_NAME = st.one_of(
    st.just(TableResource("verdicts", "t")),
    SOME.map(lambda names: ColumnsResource("verdicts", "t", names)),
    SOME.map(lambda names: ColumnsResource("verdicts", "t", (), names)),
)
CELLS = st.tuples(st.one_of(st.just(()), SOME), st.booleans(), st.sampled_from(sorted(CONDITIONS)))
FILTERS = st.lists(CELLS, max_size=2).map(
    lambda drawn: tuple(
        DataFilter(
            "verdicts",
            "t",
            f"f{number}",
            () if hides else names,
            names if hides and len(names) < len(NAMES) else (),
            condition,
        )
        for number, (names, hides, condition) in enumerate(drawn)
    )
)


@dataclass(frozen=True)
class Draw:
    """Tags of all targets, filters that are granted, other grants, and a saved expression that is granted.

    Lake Formation refuses a second grant by name on a table that narrows or widens the first, so there is one at most.
    """

    tags: tuple[dict[str, str], ...]
    filters: tuple[DataFilter, ...]
    by_name: tuple[Resource, ...]
    by_tags: tuple[Resource, ...]
    saved: tuple[tuple[str, tuple[str, ...]], ...]


DRAWS = st.builds(
    Draw,
    st.tuples(*[OWN_TAGS] * len(TARGETS)),
    FILTERS,
    st.lists(BY_NAME, max_size=1).map(tuple),
    st.lists(BY_TAG, max_size=2).map(tuple),
    st.one_of(st.just(()), PAIRS),
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

    def read(self) -> list[tuple[str | None, ...]]:
        """The rows that a query gives, [] where it is refused."""
        runner = self.outside.runners.as_role("judge")
        query_id = runner.start("SELECT * FROM verdicts.t")
        while not (status := runner.status(query_id)).is_over:
            pass
        return sorted(runner.results(query_id, 100).rows, key=str) if status.state == "SUCCEEDED" else []


@pytest.fixture(scope="module")
def lake(local: tuple[Portal, Outside], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """One domain, one table, one reader."""
    portal, outside = local
    for intent in (PrepareMesh(), CreateDomain("verdicts"), CreatePersona("judge")):
        portal.changes.apply_now(steward(portal), intent)
    path = tmp_path_factory.mktemp("verdicts") / "t.parquet"
    parquet.write_table(pyarrow.table({name: [row[n] for row in ROWS] for n, name in enumerate(NAMES)}), path)
    columns = tuple(Column(name, "bigint") for name in NAMES)
    draft = Draft("from-file", "verdicts", "t", "Numbers", owner="verdicts-owner", columns=columns)
    draft = portal.drafts.stage("verdicts", draft, path, len(ROWS))
    portal.changes.apply_now(steward(portal), PublishProduct(draft))
    client = outside.runners._client  # type: ignore[attr-defined]
    return Lake(portal, outside, client("judge", "glue"))


def _arrange(lake: Lake, draw: Draw) -> None:
    governance, judge = lake.outside.writers.governance, lake.portal.naming.role_arn("judge")
    for grant in governance.grants():
        if grant.principal == judge:
            governance.revoke(grant)
    for one in governance.filters():
        if one.database == "verdicts":
            governance.put_filter(one, None)
    table = lake.portal.reading.world().table("verdicts", "t")
    have = governance.assigned((table,), ("verdicts",))
    for target, own in zip(TARGETS, draw.tags, strict=True):
        before = have.get(target, {})
        kept = {key: value for key, value in before.items() if key not in VALUES}
        governance.assign(target, before, {**kept, **own})
    governance.put_expression("verdict", governance.expressions().get("verdict", ()), draw.saved)
    for one in draw.filters:
        governance.put_filter(None, one)
    named = (*draw.by_name, *draw.by_tags, *(one.resource for one in draw.filters))
    saved = (NamedExpressionResource("TABLE", "verdict"),) if draw.saved else ()
    for resource in (*named, *saved):
        governance.grant(Grant(judge, resource, ("SELECT",)))


def _expected(verdict: Verdict) -> list[tuple[str | None, ...]]:
    """The rows that the verdict says are shown, each with the values that it opens."""
    if not verdict.columns:
        return []
    cells = verdict.cells or (Cells(frozenset(verdict.columns)),)
    found = []
    for values in ROWS:
        row = dict(zip(NAMES, values, strict=True))
        open_here = [one for one in cells if CONDITIONS[one.row_filter](row)]
        if open_here:
            shown = {name for one in open_here for name in verdict.columns if one.covers(name)}
            found.append(tuple(str(row[name]) if name in shown else None for name in verdict.columns))
    return sorted(found, key=str)


@pytest.mark.timeout(7200)  # 5,000 draws take half an hour
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draw=DRAWS)
def test_the_portal_and_lake_formation_open_the_same_columns_rows_and_cells(lake: Lake, draw: Draw) -> None:
    _arrange(lake, draw)
    world = lake.portal.reading.world(max_age_s=0)
    verdict = decide(world, lake.portal.naming.role_arn("judge"), world.table("verdicts", "t"))
    assert verdict.columns == lake.shown()
    assert _expected(verdict) == lake.read()
