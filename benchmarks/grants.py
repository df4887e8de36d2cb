"""5,000 grants: pages of ListPermissions, and what a permission check costs.

A check is the decision about one principal and one table, as GetTable and every query ask for it: in process on the
state folder itself, right after a change (nothing is cached) and again (cached); and as the difference that the grants
make to GetTable through boto3.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import big_lake
from benchmarks.big_lake import DATABASE, LARGE, ROLES, SMALL, caller, made_once, table_name
from benchmarks.endpoint import endpoint
from benchmarks.measure import Part, Room, Row, in_turns_s, milliseconds, once_s

PAGE_GOAL_S, CHECK_GOAL_S = 0.010, 0.001
PAGE, OWN_TABLES = 100, LARGE.grants // len(ROLES)
TEXT = """## {grants:,} grants

50 roles with a hundred tables each, besides what the creator of {tables:,} tables holds on them. Pages of {page}
entries through boto3, in order of their tokens. A check decides about one role and one table.

| what | median |
|---|---|
| ListPermissions, a page, as an administrator | {everything} |
| ListPermissions of one table, as an administrator | {table} |
| ListPermissions, a page of one's own grants, as a role | {own} |
| a check in process, nothing cached | {cold} |
| a check in process, cached | {warm} |
| GetTable as a role, {grants:,} grants | {many} |
| GetTable as a role, {few} grants | {one} |"""


@dataclass(frozen=True)
class Times:
    """Medians in seconds, as the table of the report has them."""

    everything_s: float
    table_s: float
    own_s: float
    cold_s: float
    warm_s: float
    many_s: float
    one_s: float

    @property
    def worst_page_s(self) -> float:
        """The slowest kind of page."""
        return max(self.everything_s, self.table_s, self.own_s)

    @property
    def worst_check_s(self) -> float:
        """The slowest way to look at a check."""
        return max(self.cold_s, self.warm_s, self.many_s - self.one_s)


def run(room: Room) -> Part:
    """The part of the report."""
    rounds = room.rounds(100)
    many, few = made_once(room, LARGE), made_once(room, SMALL)
    with endpoint(many) as large, endpoint(few) as small:
        admin, role = large.client("lakeformation", "admin"), large.client("lakeformation", ROLES[0])
        everything_s, own_s = _page_s(admin, rounds), _page_s(role, rounds)
        on_one = {"Table": {"DatabaseName": DATABASE, "Name": table_name(0)}}
        table_s = statistics.median(once_s(lambda: admin.list_permissions(Resource=on_one)) for _ in range(rounds))
        gets = [_get(large.client("glue", ROLES[0]), OWN_TABLES), _get(small.client("glue", ROLES[0]), 1)]
        many_s, one_s = in_turns_s(gets, rounds * 3)
    found = Times(everything_s, table_s, own_s, *_checks_s(many, rounds), many_s, one_s)
    return Part(rows(found), text(found))


def rows(found: Times) -> list[Row]:
    """The two goals."""
    page_s, check_s = found.worst_page_s, found.worst_check_s
    return [
        Row(
            "ListPermissions with 5,000 grants, a page",
            milliseconds(page_s),
            milliseconds(PAGE_GOAL_S),
            page_s <= PAGE_GOAL_S,
        ),
        Row(
            "A permission check with 5,000 grants",
            milliseconds(check_s),
            milliseconds(CHECK_GOAL_S),
            check_s <= CHECK_GOAL_S,
        ),
    ]


def text(found: Times) -> str:
    """The section of the report."""
    names = ("everything", "table", "own", "cold", "warm", "many", "one")
    shown = {name: milliseconds(getattr(found, f"{name}_s")) for name in names}
    return TEXT.format(grants=LARGE.grants, tables=LARGE.tables, few=SMALL.grants, page=PAGE, **shown)


def _page_s(lake: Any, rounds: int) -> float:
    """Median seconds of one page after the other, from the beginning again after the last."""
    took: list[float] = []
    token: dict[str, str] = {}
    while len(took) < rounds:
        began = time.perf_counter()
        found = lake.list_permissions(MaxResults=PAGE, **token)
        took.append(time.perf_counter() - began)
        assert found["PrincipalResourcePermissions"]
        token = {"NextToken": found["NextToken"]} if "NextToken" in found else {}
    return statistics.median(took)


def _get(glue: Any, tables: int) -> Callable[[], Any]:
    numbers = iter(range(1_000_000))
    return lambda: glue.get_table(DatabaseName=DATABASE, Name=table_name(next(numbers) % tables))


def _checks_s(folder: Path, rounds: int) -> tuple[float, float]:
    """Median seconds of a check after a change of the grants, and of the same check again."""
    store, lake = big_lake.opened(folder)
    cold, warm = [], []
    for number in range(rounds):
        with lake.changes.write():
            pass  # every change empties the cache
        check = partial(
            lake.table_access, caller(ROLES[number % len(ROLES)]), DATABASE, table_name(number % OWN_TABLES)
        )
        cold.append(once_s(check))
        warm.append(once_s(check))
    assert lake.table_access(caller(ROLES[0]), DATABASE, table_name(0)).columns
    store.fold()
    return statistics.median(cold), statistics.median(warm)
