"""The relation that DuckDB gets for a table shows the cells that were decided, and NULL for all others."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from mesh_core.localaws.athena.tables import Use, relation
from mesh_core.localaws.athena.type_texts import parse_type
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation.decide import CellFilter, Held, Shape, decide

ADDRESS = "struct<street:string,zip:string,geo:struct<lat:int,lon:int>>"
ROWS = """
SELECT 1 AS id, 'US' AS country, {'street': 'A', 'zip': 'z1', 'geo': {'lat': 1, 'lon': 2}} AS address, 'p1' AS "$path"
UNION ALL SELECT 2, 'FR', {'street': 'B', 'zip': 'z2', 'geo': {'lat': 3, 'lon': 4}}, 'p2'
UNION ALL SELECT 3, 'US', NULL, 'p3'
"""
A1 = {"street": "A", "zip": "z1", "geo": {"lat": 1, "lon": 2}}


def rows(predicate: str | None, *columns: str) -> CellFilter:
    return CellFilter(frozenset(columns), frozenset(), predicate)


def shown(*filters: CellFilter) -> list[tuple[Any, ...]]:
    access = decide(Shape(columns=("id", "country", "address")), Held(filters=filters), [])
    types = (("id", parse_type("int")), ("country", parse_type("string")), ("address", parse_type(ADDRESS)))
    use = Use("v1", {}, access, (Caller("0", "a", "a", ""),) * 2, types, ())
    with duckdb.connect() as connection:
        names, found = ", ".join(access.columns), relation(use, ROWS, narrow=False)
        return connection.execute(f"WITH {found} SELECT {names} FROM v1 ORDER BY {names}").fetchall()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param((rows(None, "id"),), [(1,), (2,), (3,)], id="a column, all rows"),
        pytest.param((rows("country = 'US'", "id"),), [(1,), (3,)], id="a column, some rows"),
        pytest.param(
            (rows("country = 'US'", "id"), rows("country = 'FR'", "country")),
            [(1, None), (3, None), (None, "FR")],
            id="what one filter shows the other hides",
        ),
        pytest.param(
            (rows(None, "id", "address.zip"),), [(1, {"zip": "z1"}), (2, {"zip": "z2"}), (3, None)], id="one field"
        ),
        pytest.param(
            (rows(None, "id", "address.geo.lat"),),
            [(1, {"geo": {"lat": 1}}), (2, {"geo": {"lat": 3}}), (3, None)],
            id="a field of a field",
        ),
        pytest.param(
            (rows(None, "id", "address.zip"), rows("id = 1", "address")),
            [(1, A1), (2, {"street": None, "zip": "z2", "geo": None}), (3, None)],
            id="a field for all rows, its struct for one",
        ),
        pytest.param(
            (rows("country = 'US'", "id", "address.zip"), rows("country = 'FR'", "id", "address.street")),
            [(1, {"street": None, "zip": "z1"}), (2, {"street": "B", "zip": None}), (3, None)],
            id="one field for some rows, another for others",
        ),
        pytest.param(
            (rows(None, "id"), rows("id = 2", "address.zip")),
            [(1, None), (2, {"zip": "z2"}), (3, None)],
            id="whether a hidden struct is NULL is hidden too",
        ),
        pytest.param((rows("country = 'US' and id > 1 or id = 2", "id"),), [(2,), (3,)], id="AND binds before OR"),
        pytest.param((rows("country <> 'US' or address.zip = 'z1'", "id"),), [(1,), (2,)], id="fields in a predicate"),
        pytest.param((rows("country like 'u%'", "id"),), [], id="LIKE is case-sensitive"),
        pytest.param((rows("not (country in ('US'))", "id"),), [(2,)], id="NOT IN"),
        pytest.param((rows("id between 2 and 3", "id"),), [(2,), (3,)], id="BETWEEN"),
        pytest.param((rows("address.zip is null", "id"),), [(3,)], id="IS NULL"),
        pytest.param((rows("FALSE", "id"),), [], id="nothing"),
    ],
)
def test_a_view_shows_the_union_of_rectangles(filters: tuple[CellFilter, ...], expected: list[Any]) -> None:
    assert sorted(shown(*filters), key=repr) == sorted(expected, key=repr)
