"""A catalog of 10,000 tables with 20 columns each: GetTables in pages, and GetTable beside a catalog of ten tables.

The floor of GetTables is botocore itself: its parser over the very bytes that the endpoint sent.
"""

import random
from dataclasses import dataclass
from typing import Any

import botocore.parsers

from benchmarks.big_lake import COLUMNS, DATABASE, LARGE, SMALL, made_once, table_name
from benchmarks.endpoint import endpoint
from benchmarks.measure import Part, Room, Row, in_turns_s, milliseconds

PAGES_GOAL, ONE_GOAL = 1.6, 1.2
PAGE = 100
TEXT = """## A catalog of {tables:,} tables

{columns} columns each; GetTables in pages of {page}, turn by turn with botocore's parser over the recorded answers (no
server, no signature, no connection), rounds: {rounds}. GetTable turn by turn on this catalog and on one of ten tables.

| what | median |
|---|---|
| GetTables, all pages through boto3 | {pages} |
| botocore's parser alone over the same {megabytes:.1f} MB | {parsing} |
| GetTable of {tables:,} tables | {large} |
| GetTable of {few} tables | {small} |"""


@dataclass(frozen=True)
class Times:
    """Median seconds: every page, parsing what came, one table of many, one table of few."""

    pages_s: float
    parsing_s: float
    large_s: float
    small_s: float


def run(room: Room) -> Part:
    """The part of the report."""
    rounds = room.rounds(5)
    with endpoint(made_once(room, LARGE)) as large, endpoint(made_once(room, SMALL)) as small:
        glue, bodies = large.client("glue"), _recorded(large.client("glue"))
        shape = glue.meta.service_model.operation_model("GetTables").output_shape
        parser = botocore.parsers.create_parser(glue.meta.service_model.metadata["protocol"])
        pages = in_turns_s([lambda: _pages(glue), lambda: [parser.parse(body, shape) for body in bodies]], rounds)
        ones = in_turns_s([_one_of(glue, LARGE.tables), _one_of(small.client("glue"), SMALL.tables)], rounds * 60)
    found = Times(*pages, *ones)
    return Part(rows(found), text(rounds, sum(len(body["body"]) for body in bodies), found))


def rows(found: Times) -> list[Row]:
    """The two goals."""
    pages, one = found.pages_s / found.parsing_s, found.large_s / found.small_s
    apart = f"({milliseconds(found.pages_s)} against {milliseconds(found.parsing_s)})"
    beside = f"({milliseconds(found.large_s)} against {milliseconds(found.small_s)})"
    return [
        Row(
            "GetTables over 10,000 tables, against botocore's parsing of the same bytes",
            f"{pages:.2f}x {apart}",
            f"{PAGES_GOAL}x",
            pages <= PAGES_GOAL,
        ),
        Row("GetTable among 10,000 tables, against ten", f"{one:.2f}x {beside}", f"{ONE_GOAL}x", one <= ONE_GOAL),
    ]


def text(rounds: int, size_bytes: int, found: Times) -> str:
    """The section of the report."""
    times = {
        "pages": found.pages_s,
        "parsing": found.parsing_s,
        "large": found.large_s,
        "small": found.small_s,
    }
    shown = {name: milliseconds(seconds) for name, seconds in times.items()}
    sizes = {"tables": LARGE.tables, "few": SMALL.tables, "columns": COLUMNS, "page": PAGE}
    return TEXT.format(rounds=rounds, megabytes=size_bytes / 1e6, **sizes, **shown)


def _pages(glue: Any) -> int:
    found = glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE, PaginationConfig={"PageSize": PAGE})
    count = sum(len(page["TableList"]) for page in found)
    assert count == LARGE.tables, count
    return count


def _recorded(glue: Any) -> list[dict[str, Any]]:
    """The answers of all pages as the parser takes them: status, headers, bytes."""
    bodies: list[dict[str, Any]] = []

    def keep(response_dict: dict[str, Any], **_: Any) -> None:
        bodies.append(response_dict)

    glue.meta.events.register("before-parse.glue.GetTables", keep)
    _pages(glue)
    glue.meta.events.unregister("before-parse.glue.GetTables", keep)
    return bodies


def _one_of(glue: Any, tables: int) -> Any:
    """One GetTable of a table that changes from call to call."""
    chance = random.Random(7)
    return lambda: glue.get_table(DatabaseName=DATABASE, Name=table_name(chance.randrange(tables)))
