"""What the preview says a role will get is what the endpoint gives it once the change is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.intents import (
    ChangeAssignments,
    ChangeGrants,
    CreateDomain,
    CreatePersona,
    Draft,
    Intent,
    PrepareMesh,
    PublishProduct,
)
from mesh_core.domain.run_as import Comparison
from mesh_core.domain.steps import GrantPermissions, Step
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    DataFilter,
    ExpressionResource,
    Grant,
    TableResource,
    Target,
)
from tests.builders import steward, view_draft

DOMAIN, ROLE, NAME = "runas", "runas-reader", "runas.people"
COLUMNS = (Column("id", "bigint"), Column("email", "string"), Column("country", "string"), Column("born", "date"))
ROWS = {
    "id": [1, 2, 3, 4],
    "email": ["a@example.com", "b@example.com", None, "d@example.com"],
    "country": ["DE", "FR", "DE", None],
    "born": pyarrow.array([1, 2, 3, 4], pyarrow.int32()).cast(pyarrow.date32()),
}
EXPRESSION = ExpressionResource("TABLE", (("domain", (DOMAIN,)), ("pii", ("false",))))


@dataclass(frozen=True)
class Stage:
    """A portal with one product, its owner and a reader who holds nothing yet."""

    portal: Portal
    outside: Outside

    @property
    def owner(self) -> Visitor:
        return self.portal.visitors.visitor(f"{DOMAIN}-owner")

    @property
    def reader(self) -> str:
        return self.portal.naming.role_arn(ROLE)

    def grant(self, resource: object) -> Grant:
        return Grant(self.reader, resource, ("SELECT",))  # type: ignore[arg-type]

    def preview(self, planned: tuple[Step, ...] | Intent = (), product: str = NAME) -> Comparison:
        self.portal.reading.forget()
        return self.portal.run_as.preview(self.owner, ROLE, product, planned)


@pytest.fixture(scope="module")
def stage(local: tuple[Portal, Outside], tmp_path_factory: pytest.TempPathFactory) -> Stage:
    portal, outside = local
    who = steward(portal)
    for intent in (PrepareMesh(), CreateDomain(DOMAIN), CreatePersona(ROLE)):
        portal.changes.apply_now(who, intent)
    portal.changes.apply_now(who, PublishProduct(_people(portal, tmp_path_factory.mktemp("data") / "people.parquet")))
    sql = f"SELECT country, count(*) AS people FROM {NAME} GROUP BY country"
    view = view_draft("countries", DOMAIN, sql)
    columns = (Column("country", "string"), Column("people", "bigint"))
    portal.changes.apply_now(who, PublishProduct(replace(view, owner=f"{DOMAIN}-owner", columns=columns)))
    return Stage(portal, outside)


def _people(portal: Portal, path: Path) -> Draft:
    parquet.write_table(pyarrow.table(ROWS), path)
    whole = Draft(
        template="from-file",
        domain=DOMAIN,
        name="people",
        description="People",
        owner=f"{DOMAIN}-owner",
        columns=COLUMNS,
        column_tags={"email": {"pii": "true", "sensitivity": "confidential"}},
    )
    return portal.drafts.stage("runas", whole, path, 4)


@pytest.fixture(autouse=True)
def clean(stage: Stage) -> Iterator[None]:
    """Each test begins with a reader who holds nothing and the tags as published."""
    yield
    governance = stage.outside.writers.governance
    for grant in governance.grants():
        if grant.principal == stage.reader:
            governance.revoke(grant)
    target = Target(DOMAIN, "people", "email")
    table = stage.portal.reading.world(max_age_s=0).table(DOMAIN, "people")
    own = dict(governance.assigned((table,), (DOMAIN,)).get(target, {}))
    governance.assign(target, own, {"pii": "true", "sensitivity": "confidential"})


def got(comparison: Comparison, half: str) -> tuple[tuple[str, ...], list[tuple[str | None, ...]], str]:
    one = comparison.now if half == "now" else comparison.after
    assert one is not None
    return one.names, sorted(one.rows, key=str), one.state


def agrees(stage: Stage, held: list[Grant], intent: Intent) -> Comparison:
    """Preview a change from a state, make it, and compare with what the role gets then."""
    for grant in held:
        stage.outside.writers.governance.grant(grant)
    foreseen = stage.preview(intent)
    stage.portal.reading.forget()
    assert stage.portal.changes.apply_now(steward(stage.portal), intent) is not None
    assert got(foreseen, "after") == got(stage.preview(), "now")
    return foreseen


def test_a_grant_on_columns_opens_what_was_foreseen(stage: Stage) -> None:
    grant = stage.grant(ColumnsResource(DOMAIN, "people", ("country", "id")))
    foreseen = agrees(stage, [], ChangeGrants(grants=(grant,)))
    assert foreseen.now.state == "refused"
    assert foreseen.columns == (("id", "appears"), ("country", "appears"))
    assert foreseen.count("appears") == 4


def test_a_change_of_a_tag_opens_what_was_foreseen(stage: Stage) -> None:
    target = Target(DOMAIN, "people", "email")
    foreseen = agrees(stage, [stage.grant(EXPRESSION)], ChangeAssignments(((target, {"pii": "false"}),)))
    assert dict(foreseen.columns)["email"] == "appears"
    assert [line.mark for line in foreseen.lines] == ["same"] * 4


def test_a_revoke_closes_what_was_foreseen(stage: Stage) -> None:
    grant = stage.grant(TableResource(DOMAIN, "people"))
    foreseen = agrees(stage, [grant], ChangeGrants(revokes=(grant,)))
    assert {mark for _, mark in foreseen.columns} == {"disappears"}
    assert foreseen.count("disappears") == 4


def test_one_of_two_grants_taken_back_leaves_what_the_other_opens(stage: Stage) -> None:
    grant = stage.grant(ColumnsResource(DOMAIN, "people", ("email", "id")))
    foreseen = agrees(stage, [grant, stage.grant(EXPRESSION)], ChangeGrants(revokes=(grant,)))
    assert dict(foreseen.columns) == {"id": "same", "email": "disappears", "country": "same", "born": "same"}
    assert foreseen.count("same") == 4


GERMAN = DataFilter(DOMAIN, "people", "german", ("country", "email", "id"), row_filter="country = 'DE'")


@pytest.fixture
def filtered(stage: Stage) -> Iterator[Stage]:
    """A data cells filter on German rows without the date of birth."""
    stage.outside.writers.governance.put_filter(None, GERMAN)
    yield stage
    stage.outside.writers.governance.put_filter(GERMAN, None)


def test_a_row_filter_opens_the_rows_that_were_foreseen(filtered: Stage) -> None:
    foreseen = agrees(filtered, [], ChangeGrants(grants=(filtered.grant(GERMAN.resource),)))
    assert got(foreseen, "after")[1] == [("1", "a@example.com", "DE"), ("3", None, "DE")]


def test_a_row_filter_in_place_of_a_whole_table_takes_rows_away(filtered: Stage) -> None:
    whole = filtered.grant(TableResource(DOMAIN, "people"))
    narrow = filtered.grant(GERMAN.resource)
    foreseen = agrees(filtered, [whole], ChangeGrants(grants=(narrow,), revokes=(whole,)))
    assert [(line.mark, line.now and line.now[0]) for line in foreseen.lines] == [
        ("same", "1"),
        ("disappears", "2"),
        ("same", "3"),
        ("disappears", "4"),
    ]


def test_cells_that_a_filter_hides_turn_null(filtered: Stage) -> None:
    whole = filtered.grant(ColumnsResource(DOMAIN, "people", ("email",)))
    narrow = filtered.grant(GERMAN.resource)
    foreseen = agrees(filtered, [filtered.grant(EXPRESSION), whole], ChangeGrants(grants=(narrow,), revokes=(whole,)))
    assert [(line.mark, line.cells) for line in foreseen.lines] == [
        ("same", ()),
        ("changed", ("email",)),
        ("same", ()),
        ("changed", ("email",)),
    ]


def test_a_view_is_foreseen_through_the_filters_of_what_it_reads(filtered: Stage) -> None:
    grants = (
        filtered.grant(TableResource(DOMAIN, "countries")),
        filtered.grant(GERMAN.resource),
    )
    foreseen = filtered.preview(tuple(GrantPermissions(grant) for grant in grants), f"{DOMAIN}.countries")
    filtered.portal.changes.apply_now(steward(filtered.portal), ChangeGrants(grants=grants))
    real = filtered.preview(product=f"{DOMAIN}.countries")
    assert got(foreseen, "after") == got(real, "now")
    assert got(real, "now")[1] == [("DE", "2")]


def test_a_filter_that_is_made_with_its_grant_is_foreseen_before_it_exists(stage: Stage) -> None:
    change = ChangeGrants(grants=(stage.grant(GERMAN.resource),), filters=(GERMAN,))
    foreseen = agrees(stage, [], change)
    stage.outside.writers.governance.put_filter(GERMAN, None)
    assert foreseen.count("appears") == 2


def test_every_look_stands_in_the_history_of_who_read_and_in_the_record(stage: Stage) -> None:
    stage.outside.writers.governance.grant(stage.grant(EXPRESSION))
    found = stage.preview()
    reader = stage.portal.visitors.visitor(ROLE)
    sql = stage.portal.queries.status(reader, found.now.query_id).sql
    assert sql.startswith(f"/* run-as {ROLE}, asked for by {DOMAIN}-owner */")
    event = next(one for one in stage.portal.audit.events() if one.kind == "run-as")
    assert (event.actor, event.detail["now_query"]) == (f"{DOMAIN}-owner", found.now.query_id)
