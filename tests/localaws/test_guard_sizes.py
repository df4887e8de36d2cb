"""A short statement that means too much is refused before it takes the memory of everybody else."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from itertools import pairwise
from threading import Event

import pytest

from mesh_core.localaws.athena import macros
from mesh_core.localaws.athena.engine import Cancel, QueryColumn, QueryEngine
from mesh_core.localaws.athena.failures import EXHAUSTED, QueryFailure, runtime_failure
from mesh_core.localaws.athena.size import COLUMNS, RELATIONS, TEXT_CHARS, Expansion
from mesh_core.localaws.athena.views import encode
from mesh_core.localaws.memory import MemoryWatch, cap_growth, resident_bytes
from tests.localaws.engine_world import World, arn, caller

VIEWS = 11  # each reads the one before twice: 2 ** 11 relations


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    made.table("people", {"id": "bigint", "name": "string"})
    made.parquet("people/p.parquet", "SELECT 1::BIGINT AS id, 'ann' AS name")
    names = ["people", *(f"v{level}" for level in range(VIEWS))]
    for base, name in pairwise(names):
        view = encode(
            name, f"SELECT a.id FROM {base} a JOIN {base} b ON a.id = b.id", "shop", (QueryColumn("id", "bigint"),)
        )
        made.catalog.create_table("shop", view, arn("admin"))
        made.ctx.lake.table_created(caller("admin"), "shop", name)
    yield made
    made.close()


def nested(call: str, depth: int, inner: str) -> str:
    for _ in range(depth):
        inner = call.replace("?", inner)
    return inner


GROWING = {
    "views of views, each named twice": f"SELECT * FROM v{VIEWS - 1}",
    "a number made text made number, again and again": "SELECT "
    + nested("CAST(CAST(? AS varchar) AS double)", 12, "0e0"),
    "a row shown as JSON, again and again": "SELECT " + nested("json_format(CAST(ARRAY[?] AS json))", 10, "'a'"),
    "more columns than a query may have": "SELECT " + ", ".join(["1"] * (COLUMNS + 1)),
    "stars that double the columns": "WITH a0 AS (SELECT id, name FROM people)"
    + "".join(f", a{n + 1} AS (SELECT p.*, q.* FROM a{n} p CROSS JOIN a{n} q)" for n in range(13))
    + " SELECT count(*) FROM a13",
}


@pytest.mark.parametrize("what", GROWING)
def test_what_grows_beyond_measure_is_refused_in_athenas_words(world: World, what: str) -> None:
    with pytest.raises(QueryFailure, match=EXHAUSTED) as refusal:
        world.run(GROWING[what])
    assert (refusal.value.category, refusal.value.type) == (2, 1)
    assert not world.out.exists()


def test_views_of_views_within_the_limit_answer(world: World) -> None:
    assert RELATIONS > 2**5
    assert world.rows("SELECT id FROM v4") == [["1"]]


DEEP = {
    "operators": "SELECT " + "1 + " * 20_000 + "1",
    "unions": " UNION ALL ".join(["SELECT 1"] * 5_000),
}


@pytest.mark.parametrize("what", DEEP)
def test_a_statement_of_too_many_levels_overflows_as_on_athena(world: World, what: str) -> None:
    with pytest.raises(QueryFailure, match="STACK_OVERFLOW: statement is too large"):
        world.run(DEEP[what])


def test_memory_that_runs_out_beside_filtered_rows_is_told_as_such(world: World) -> None:
    world.grant_cells("reader", "people", "some", [], "id = 1")
    with pytest.raises(QueryFailure, match=EXHAUSTED):
        world.run("SELECT max(cardinality(split(rpad(name, 1000000000, ','), ','))) FROM people", "reader")


@pytest.mark.parametrize(
    "text",
    [
        "Out of Memory Error: could not allocate block of size 256.0 KiB (1.0 GiB/1.0 GiB used)",
        "Out of Memory Error: Allocation failure",
        "Out of Memory Error: failed to offload data block: max_temp_directory_size exceeded",
        "std::bad_alloc",
    ],
)
def test_the_engines_words_for_no_memory_become_athenas(text: str) -> None:
    found = runtime_failure(RuntimeError(text))
    assert found.message.startswith(EXHAUSTED) and found.category == 2


# how long a text gets: (macros, text, its length with each macro's meaning in its place)
TWICE = {"twice": "twice(x) AS x + x", "four": "four(x) AS twice(twice(x))"}
LENGTHS = [
    ("abc", 3),
    ("twice(1234567890)", 22),
    ("twice(twice(1234567890))", 46),
    ("four(1234567890)", 46),
    ("'twice(' || \"four(\"", 18),
    ("other(twice(12345))", 18),
]


@pytest.mark.parametrize(("text", "chars"), LENGTHS)
def test_a_text_is_measured_with_the_meaning_of_its_calls(text: str, chars: int) -> None:
    measured = Expansion(TWICE).measure(text)
    assert chars - 4 <= measured <= chars + 4


def test_every_macro_can_be_measured() -> None:
    for macro in macros.MACROS:
        assert macros.expansion().measure(f"{macro.partition('(')[0]}(1, 2, 3)") > 0
    with pytest.raises(QueryFailure, match=EXHAUSTED):
        macros.expansion().check("'" + "a" * TEXT_CHARS + "'")


class Held:
    """A process that holds what the test says; notes when its growth is capped and freed."""

    def __init__(self, *held_bytes: int) -> None:
        self._held_bytes, self.capped = list(held_bytes), Event()
        self.calls: list[bool] = []

    def bytes(self) -> int:
        return self._held_bytes.pop(0) if len(self._held_bytes) > 1 else self._held_bytes[0]

    def now(self, held_bytes: int) -> None:
        self._held_bytes[:] = [held_bytes]

    def cap(self, on: bool) -> None:
        self.calls.append(on)
        self.capped.set()


LONG = "SELECT count(*) FROM " + ", ".join(f"UNNEST(sequence(1, 10000)) AS t{n}(x{n})" for n in range(5))


def test_a_query_with_which_the_process_holds_too_much_is_stopped_and_the_next_one_answers(world: World) -> None:
    held = Held(0, 11)
    engine = QueryEngine(world.ctx, memory=MemoryWatch(10, held.bytes, held.cap))
    with pytest.raises(QueryFailure, match=EXHAUSTED):
        engine.select(caller("admin"), LONG, "shop", world.out, Cancel())
    engine.close()
    assert held.calls == []
    held = Held(9)
    engine = QueryEngine(world.ctx, memory=MemoryWatch(10, held.bytes, held.cap))
    assert engine.select(caller("admin"), "SELECT id FROM people", "shop", world.out, Cancel()).row_count == 1
    engine.close()


def test_of_two_queries_the_later_one_is_stopped() -> None:
    held, stopped, ended = Held(0), [], Event()
    watch = MemoryWatch(10, held.bytes, held.cap)
    with watch.over(lambda: stopped.append("first")) as first, watch.over(ended.set) as second:
        held.now(11)
        assert ended.wait(10)
        assert (first.stopped, second.stopped) == (False, True)
    assert stopped == []


def test_a_query_that_hears_no_interrupt_is_kept_from_growing_until_it_ends() -> None:
    held = Held(11, 21)
    with MemoryWatch(10, held.bytes, held.cap).over(lambda: None) as running:
        assert held.capped.wait(10)
        assert running.stopped and held.calls == [True]
    assert held.calls == [True, False]


def test_the_cap_on_growth_is_taken_back_whole() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        cap_growth(True)
        capped = resource.getrlimit(resource.RLIMIT_DATA)
    finally:
        cap_growth(False)
    assert capped[1] == before[1] and (capped[0] != before[0] or not sys.platform.startswith("linux"))
    assert resource.getrlimit(resource.RLIMIT_DATA)[1] == before[1]
    assert resident_bytes() > 0 or not sys.platform.startswith("linux")
