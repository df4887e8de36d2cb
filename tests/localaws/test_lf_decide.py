"""The decision rules, as tables of cases on the pure functions."""

from __future__ import annotations

import pytest

from mesh_core.localaws.lakeformation.access import Cells, TableAccess
from mesh_core.localaws.lakeformation.decide import (
    CellFilter,
    Expression,
    Held,
    Policy,
    Shape,
    decide,
    decide_database,
    matches,
)

CUSTOMERS = Shape(
    columns=("id", "name", "email", "country", "ltv"),
    database_tags={"domain": "sales", "sensitivity": "internal"},
    table_tags={"product": "customer360"},
    column_tags={
        "name": {"pii": "true", "sensitivity": "restricted"},
        "email": {"pii": "true", "sensitivity": "restricted"},
        "ltv": {"sensitivity": "confidential"},
    },
)
ORDERS = Shape(
    columns=("order_id", "status", "year"),
    partition_keys=frozenset({"year"}),
    database_tags={"domain": "sales", "sensitivity": "internal"},
    table_tags={"sensitivity": "public"},
)
NOBODY = Held()


def expression(**pairs: str) -> Expression:
    return tuple((key, frozenset(values.split("|"))) for key, values in pairs.items())


def by_tags(*permissions: str, **pairs: str) -> Policy:
    return Policy(expression(**pairs), frozenset(permissions))


def rows(predicate: str | None, *columns: str, but: tuple[str, ...] = ()) -> CellFilter:
    return CellFilter(frozenset(columns) if columns else None, frozenset(but), predicate)


@pytest.mark.parametrize(
    ("given", "tags", "expected"),
    [
        pytest.param(expression(domain="sales"), {"domain": "sales"}, True, id="the value is the one asked for"),
        pytest.param(expression(domain="sales|hr"), {"domain": "hr"}, True, id="OR over the values of a key"),
        pytest.param(expression(domain="sales", pii="true"), {"domain": "sales"}, False, id="AND over the keys"),
        pytest.param(expression(pii="false"), {}, False, id="a missing key never matches"),
        pytest.param(expression(domain="*"), {"domain": "hr"}, True, id="a star is any value of a key that is there"),
        pytest.param(expression(domain="*"), {"env": "prod"}, False, id="a star needs the key"),
        pytest.param((), {"domain": "sales"}, False, id="an empty expression matches nothing"),
    ],
)
def test_an_expression_is_and_over_keys_and_or_over_values(
    given: Expression, tags: dict[str, str], expected: bool
) -> None:
    assert matches(given, tags) is expected


@pytest.mark.parametrize(
    ("shape", "policies", "columns"),
    [
        pytest.param(CUSTOMERS, [by_tags("SELECT", domain="sales")], CUSTOMERS.columns, id="inherited by every column"),
        pytest.param(
            CUSTOMERS, [by_tags("SELECT", sensitivity="internal")], ("id", "country"), id="columns that override hide"
        ),
        pytest.param(
            CUSTOMERS, [by_tags("SELECT", sensitivity="restricted")], ("name", "email"), id="only the overriding ones"
        ),
        pytest.param(CUSTOMERS, [by_tags("SELECT", pii="false")], (), id="untagged is not pii=false"),
        pytest.param(
            CUSTOMERS,
            [by_tags("SELECT", sensitivity="internal"), by_tags("SELECT", pii="true")],
            ("id", "name", "email", "country"),
            id="two policies add up",
        ),
        pytest.param(
            CUSTOMERS,
            [by_tags("SELECT", domain="sales|hr", sensitivity="confidential")],
            ("ltv",),
            id="AND with OR, one column left",
        ),
        pytest.param(ORDERS, [by_tags("SELECT", sensitivity="public")], ORDERS.columns, id="the table overrides"),
        pytest.param(ORDERS, [by_tags("SELECT", sensitivity="internal")], (), id="the overridden value is gone"),
    ],
)
def test_tags_are_matched_column_by_column(shape: Shape, policies: list[Policy], columns: tuple[str, ...]) -> None:
    verdict = decide(shape, NOBODY, policies)
    assert verdict.columns == columns
    assert ("SELECT" in verdict.permissions) == bool(columns)


@pytest.mark.parametrize(
    ("permission", "partly", "wholly"),
    [
        ("INSERT", {"DESCRIBE"}, {"DESCRIBE", "INSERT"}),
        ("DROP", {"DESCRIBE"}, {"DESCRIBE", "DROP"}),
        ("DESCRIBE", {"DESCRIBE"}, {"DESCRIBE"}),
        ("ALL", {"DESCRIBE", "SELECT"}, {"SELECT", "INSERT", "DELETE", "ALTER", "DROP", "DESCRIBE"}),
    ],
)
def test_a_partial_match_downgrades_all_but_select_to_describe(
    permission: str, partly: set[str], wholly: set[str]
) -> None:
    assert decide(CUSTOMERS, NOBODY, [by_tags(permission, sensitivity="internal")]).permissions == partly
    assert decide(CUSTOMERS, NOBODY, [by_tags(permission, domain="sales")]).permissions == wholly


@pytest.mark.parametrize(
    ("held", "columns"),
    [
        pytest.param(Held(frozenset({"SELECT"})), CUSTOMERS.columns, id="SELECT on the table"),
        pytest.param(Held(frozenset({"ALL"})), CUSTOMERS.columns, id="ALL contains SELECT"),
        pytest.param(Held(frozenset({"DESCRIBE", "INSERT"})), (), id="other permissions read nothing"),
        pytest.param(Held(included=frozenset({"id", "ltv"})), ("id", "ltv"), id="an include list"),
        pytest.param(Held(excluded=(frozenset({"email"}),)), ("id", "name", "country", "ltv"), id="an exclude list"),
        pytest.param(
            Held(excluded=(frozenset({"email", "name"}), frozenset({"email", "id"}))),
            ("id", "name", "country", "ltv"),
            id="two exclude lists hide what both hide",
        ),
        pytest.param(Held(included=frozenset({"gone"})), (), id="a column that is no more"),
    ],
)
def test_named_grants_add_up_to_columns(held: Held, columns: tuple[str, ...]) -> None:
    assert decide(CUSTOMERS, held, []).columns == columns


def test_partition_keys_cannot_be_filtered_away_but_are_no_way_in() -> None:
    assert decide(ORDERS, Held(included=frozenset({"status"})), []).columns == ("status", "year")
    assert decide(ORDERS, Held(filters=(rows(None, "status"),)), []).columns == ("status", "year")
    assert decide(ORDERS, Held(included=frozenset({"gone"})), []).permissions == frozenset()


def test_no_grant_at_all_makes_the_table_invisible() -> None:
    nothing = TableAccess(frozenset(), (), (), (), governed=True)
    assert decide(CUSTOMERS, NOBODY, []) == nothing


def test_an_administrator_describes_everything_and_reads_nothing() -> None:
    verdict = decide(CUSTOMERS, NOBODY, [], sees_metadata=True)
    assert (verdict.permissions, verdict.columns, verdict.metadata_columns) == ({"DESCRIBE"}, (), CUSTOMERS.columns)


@pytest.mark.parametrize(
    ("held", "policies", "metadata"),
    [
        pytest.param(Held(frozenset({"DESCRIBE"})), [], CUSTOMERS.columns, id="DESCRIBE shows the whole schema"),
        pytest.param(Held(frozenset({"INSERT"})), [], CUSTOMERS.columns, id="any permission implies DESCRIBE"),
        pytest.param(Held(included=frozenset({"id"})), [], ("id",), id="partial SELECT restricts the schema"),
        pytest.param(
            NOBODY, [by_tags("INSERT", sensitivity="internal")], ("id", "country"), id="a partial match shows its part"
        ),
        pytest.param(Held(filters=(rows("id = 1", "id"),)), [], ("id",), id="a filter shows its columns"),
    ],
)
def test_metadata_follows_describe_or_the_readable_columns(
    held: Held, policies: list[Policy], metadata: tuple[str, ...]
) -> None:
    assert decide(CUSTOMERS, held, policies).metadata_columns == metadata


@pytest.mark.parametrize(
    ("held", "columns", "cells"),
    [
        pytest.param(
            Held(filters=(rows("country = 'US'"),)),
            CUSTOMERS.columns,
            {Cells(frozenset(CUSTOMERS.columns), "country = 'US'")},
            id="a row filter",
        ),
        pytest.param(Held(filters=(rows(None, "id", "name"),)), ("id", "name"), set(), id="a filter over all rows"),
        pytest.param(
            Held(filters=(rows("country = 'US'", "id"), rows("country = 'FR'", "id", "ltv"))),
            ("id", "ltv"),
            {Cells(frozenset({"id"}), "country = 'US'"), Cells(frozenset({"id", "ltv"}), "country = 'FR'")},
            id="different columns: a union of cells",
        ),
        pytest.param(
            Held(filters=(rows("id = 1", "id"), rows("id = 1", "ltv"))),
            ("id", "ltv"),
            {Cells(frozenset({"id", "ltv"}), "id = 1")},
            id="the same rows are one rectangle",
        ),
        pytest.param(
            Held(filters=(rows("country = 'US'"), rows(None))), CUSTOMERS.columns, set(), id="all rows prevail"
        ),
        pytest.param(
            Held(frozenset({"SELECT"}), filters=(rows("country = 'US'"),)),
            CUSTOMERS.columns,
            set(),
            id="a grant on the table prevails",
        ),
        pytest.param(
            Held(included=frozenset({"id"}), filters=(rows("country = 'US'", "id", "email"),)),
            ("id", "email"),
            {Cells(frozenset({"id"}), None), Cells(frozenset({"id", "email"}), "country = 'US'")},
            id="a column for all rows, another for some",
        ),
        pytest.param(
            Held(filters=(rows("id = 1", but=("email", "name")),)),
            ("id", "country", "ltv"),
            {Cells(frozenset({"id", "country", "ltv"}), "id = 1")},
            id="excluded columns",
        ),
    ],
)
def test_cells_are_the_union_of_rectangles(held: Held, columns: tuple[str, ...], cells: set[Cells]) -> None:
    verdict = decide(CUSTOMERS, held, [])
    assert verdict.columns == columns
    assert set(verdict.cells) == cells


def test_a_tag_grant_reads_all_rows_whatever_filters_say() -> None:
    held = Held(filters=(rows("country = 'US'"),))
    assert decide(CUSTOMERS, held, [by_tags("SELECT", domain="sales")]).cells == ()


def test_a_filter_on_a_field_shows_that_field_of_the_struct() -> None:
    people = Shape(columns=("id", "address"))
    partly = decide(people, Held(filters=(rows(None, "id", "address.zip"),)), [])
    assert (partly.columns, partly.fields) == (("id", "address"), {"address": frozenset({"zip"})})
    wholly = decide(people, Held(included=frozenset({"address"}), filters=(rows(None, "address.zip"),)), [])
    assert (wholly.columns, wholly.fields, wholly.cells) == (("address",), {}, ())


def test_a_field_for_all_rows_and_its_struct_for_some_stay_two_rectangles() -> None:
    people = Shape(columns=("id", "address"))
    held = Held(filters=(rows(None, "address.zip"), rows("id = 1", "address")))
    verdict = decide(people, held, [])
    assert set(verdict.cells) == {Cells(frozenset({"address.zip"}), None), Cells(frozenset({"address"}), "id = 1")}
    assert verdict.fields == {}


def test_a_database_policy_looks_at_the_databases_own_tags() -> None:
    tags = {"domain": "sales"}
    assert decide_database(tags, [], [by_tags("CREATE_TABLE", domain="sales")]) == {"CREATE_TABLE", "DESCRIBE"}
    assert decide_database(tags, [], [by_tags("CREATE_TABLE", sensitivity="public")]) == frozenset()
    assert decide_database({}, ["ALL"], []) == {"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"}


def test_a_table_without_columns_follows_its_own_tags() -> None:
    bare = Shape(columns=(), table_tags={"domain": "sales"})
    assert decide(bare, NOBODY, [by_tags("DROP", domain="sales")]).permissions == {"DROP", "DESCRIBE"}
    assert decide(bare, NOBODY, [by_tags("DROP", domain="hr")]).permissions == frozenset()
