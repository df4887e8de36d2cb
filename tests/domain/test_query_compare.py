"""Two roles' answers side by side."""

from __future__ import annotations

import pytest

from mesh_core.domain.query_compare import ONLY_HERE, Answer, compare

BASE = Answer(("id", "city"), (("1", "A"), ("2", "B")))


def test_the_same_rows_in_another_order_are_equal() -> None:
    assert compare(BASE, Answer(("id", "city"), (("2", "B"), ("1", "A")))).is_equal


def test_a_column_that_one_role_may_not_read_is_named_and_rows_still_match() -> None:
    found = compare(Answer(("id", "email", "city"), (("1", "a@x", "A"), ("2", "b@x", "B"))), BASE)
    assert found.left.extra == ("email",)
    assert not found.is_equal
    assert not any(found.left.marks + found.right.marks)


ROWS = [
    pytest.param((("1", "A"),), ("", ONLY_HERE), ("",), id="a row that a filter hides"),
    pytest.param((), (ONLY_HERE, ONLY_HERE), (), id="no rows on the other side"),
    pytest.param((("1", "A"), ("2", "X")), ("", "differs: city"), ("", "differs: city"), id="another value"),
    pytest.param((("1", "A"), ("3", "B")), ("", ONLY_HERE), ("", ONLY_HERE), id="another row"),
    pytest.param((("1", "A"), ("2", None)), ("", "differs: city"), ("", "differs: city"), id="NULL is a value too"),
]


@pytest.mark.parametrize(("rows", "left", "right"), ROWS)
def test_rows_are_marked(rows: tuple[tuple[str, str], ...], left: tuple[str, ...], right: tuple[str, ...]) -> None:
    found = compare(BASE, Answer(("id", "city"), rows))
    assert (found.left.marks, found.right.marks) == (left, right)


def test_equal_rows_are_counted_not_just_found() -> None:
    found = compare(Answer(("x",), (("1",), ("1",))), Answer(("x",), (("1",),)))
    assert found.left.marks == ("", ONLY_HERE)


def test_answers_without_a_common_column_differ_in_columns_alone() -> None:
    found = compare(Answer(("a",), (("1",),)), Answer(("b",), (("1",),)))
    assert (found.left.extra, found.right.extra) == (("a",), ("b",))
