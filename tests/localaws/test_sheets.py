"""Athena's answers, statement by statement: see sheets.py for how a sheet is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localaws.sheets import FOLDER, Entry, Runner, entries

ENTRIES = [each for path in sorted(FOLDER.glob("*.sql")) for each in entries(path.stem)]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    made = Runner(tmp_path_factory.mktemp("sheets"))
    yield made
    made.close()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.where)
def test_the_answer_is_athenas(runner: Runner, entry: Entry) -> None:
    if entry.error is not None:
        assert runner.error(entry.sql).startswith(entry.error)
        return
    kind, rows = runner.answer(entry.sql)
    assert rows == list(entry.rows)
    assert entry.type is None or kind == entry.type
