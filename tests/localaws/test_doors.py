"""What Lake Formation forbids comes out of no door; what it allows does come out.

An example makes grants, tags, filters, expressions and opt-ins at random, as a steward; then somebody tries some doors
of the catalog's and some of Athena's and of S3's. All that he hears is searched for values and names that are not his,
and compared with the answer where there is one. What is his is decided by tests/localaws/door_model.py: it is written
from AWS's guides and docs/decisions/0004, and learns from the endpoint only which steps it acknowledged.

`make properties` tries MESH_EXAMPLES examples (20,000); without it a fixed few are tried. Every 250 have a seed and an
endpoint of their own, so that what a run finds is found again by `pytest -k seed-17` with the same MESH_EXAMPLES.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, currently_in_test_context, given, note, seed, settings

from tests.localaws import door_data as data
from tests.localaws import door_steps as steps
from tests.localaws import doors_athena, doors_catalog, doors_copies, doors_files
from tests.localaws.door_rules import Filter, Grant, Rules
from tests.localaws.door_strategies import Recipe, examples
from tests.localaws.door_visit import Aim, Visit
from tests.localaws.door_world import World

EXAMPLES = int(os.environ.get("MESH_EXAMPLES", "40"))
EACH = 250
SEEDS = [(number, min(EACH, EXAMPLES - number * EACH)) for number in range((EXAMPLES + EACH - 1) // EACH)]
QUERIES = doors_athena.DOORS | doors_copies.DOORS | doors_files.DOORS
DOORS = doors_catalog.DOORS | QUERIES
MEMORY = Path("/dev/shm")
FIRST_PARTITION, SECOND_ROW = ("=", "col_bk", data.text("b", 0, 9)), ("=", "col_b1", data.text("b", 1, 1))
SITUATIONS: dict[str, list[steps.Step]] = {
    "sees nothing": [],
    "sees all": [steps.Give(Grant("reader", "all_tables", database)) for database in data.DATABASES],
    "sees a part": [
        steps.Give(Grant("reader", "excluded", data.A.name, ("col_a1", "col_a3"))),
        steps.SetFilter(data.B.name, "fil_1", Filter(None, ("col_b2",), FIRST_PARTITION)),
        steps.SetFilter(data.B.name, "fil_2", Filter(("col_b2",), (), SECOND_ROW)),
        *(steps.Give(Grant("reader", "filter", data.B.name, (name,))) for name in ("fil_1", "fil_2")),
        steps.Give(Grant("reader", "table", data.PLAIN.name)),
    ],
}


@contextmanager
def _world() -> Iterator[World]:
    """In memory where there is such a place."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        world = World(Path(folder))
        yield world
        world.close()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The world of the fixed situations."""
    with _world() as world:
        yield world


def try_doors(world: World, recipe: list[Recipe], who: str, tried: list[tuple[str, Aim]]) -> None:
    """One example, from its steps to taking them back."""
    rules, person = Rules(data.TABLES), world.people[who]
    try:
        for step in (step for part in recipe for step in part):
            if currently_in_test_context():
                note(str(step))
            if isinstance(step, steps.Look):
                _try("star", Visit(world, rules, person, Aim(step.table, "", 0)))
            else:
                steps.take(world, rules, step)
        for name, aim in tried:
            person.heard.clear()
            _try(name, Visit(world, rules, person, aim))
    finally:
        doors_copies.clean_up(world, person)
        steps.undo(world, rules)


def _try(name: str, visit: Visit) -> None:
    try:
        DOORS[name](visit)
        visit.hear()
    except AssertionError as error:
        raise AssertionError(f"door {name} on {visit.aim}: {error}") from None


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("name", DOORS)
def test_no_door_shows_too_much_or_too_little_to_one_who(name: str, situation: str, world: World) -> None:
    aim = Aim(data.B.name, "col_b2", 2) if situation == "sees a part" else Aim(data.A.name, "col_a4.fld_a1", 1)
    try_doors(world, [SITUATIONS[situation]], "reader", [(name, aim)])


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("number", "count"), SEEDS, ids=[f"seed-{number}" for number, _ in SEEDS])
def test_nothing_forbidden_comes_out_and_everything_allowed_does(number: int, count: int) -> None:
    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(examples(doors_catalog.DOORS, QUERIES))
    def run(example: tuple[list[Recipe], str, list[tuple[str, Aim]]]) -> None:
        try_doors(world, *example)

    with _world() as world:
        run()
