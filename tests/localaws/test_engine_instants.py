"""Times, timestamps and zones with digits of a second: rounded where they get fewer, kept where they do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localaws.engine_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("lake")) as made:
        yield made


CELLS = [
    ("SELECT CAST(TIMESTAMP '2024-01-01 23:59:59.9' AS timestamp(0))", "2024-01-02 00:00:00.000"),
    ("SELECT CAST(TIMESTAMP '1950-01-01 00:00:00.5' AS timestamp(0))", "1950-01-01 00:00:01.000"),
    ("SELECT CAST(TIMESTAMP '2024-01-01 10:00:00.123456 UTC' AS timestamp(3) with time zone)",
     "2024-01-01 10:00:00.123 UTC"),
    ("SELECT CAST('2024-01-01 10:00:00.1239' AS timestamp)", "2024-01-01 10:00:00.124"),
    ("SELECT CAST(TIME '23:59:59.999' AS time(1))", "00:00:00.000"),
    ("SELECT CAST(TIMESTAMP '2024-01-01 10:00:00.55' AS time(1))", "10:00:00.600"),
    ("SELECT TIMESTAMP '2024-01-01 00:00:00.9999' - TIMESTAMP '2024-01-01 00:00:00.1111'", "0 00:00:00.889"),
    ("SELECT date_add('millisecond', 1, TIMESTAMP '2024-01-01 00:00:00.1')", "2024-01-01 00:00:00.100"),
    ("SELECT date_add('second', 1, TIMESTAMP '2024-01-01 00:00:00.1')", "2024-01-01 00:00:01.100"),
    ("SELECT date_diff('minute', TIME '10:00:00', TIME '11:30:30')", "90"),
    ("SELECT date_trunc('millisecond', TIMESTAMP '2024-01-01 00:00:00.555999') = TIMESTAMP '2024-01-01 00:00:00.555'",
     "true"),
    ("SELECT hour(INTERVAL '27' HOUR)", "3"),
    ("SELECT to_iso8601(TIMESTAMP '2024-01-01 10:00:00')", "2024-01-01T10:00:00"),
    ("SELECT to_iso8601(TIMESTAMP '2024-01-01 10:00:00.12 +05:45')", "2024-01-01T10:00:00.12+05:45"),
    ("SELECT format_datetime(TIMESTAMP '2024-01-01 10:00:00 Asia/Kathmandu', 'HH:mm Z')", "10:00 +0545"),
    ("SELECT format_datetime(TIMESTAMP '2024-07-01 10:00:00 America/New_York', 'HH ZZ')", "10 -04:00"),
    ("SELECT format_datetime(TIMESTAMP '2024-01-01 10:00:00', 'HH:mm ZZ')", "10:00 +00:00"),
    ("SELECT date_format(TIMESTAMP '2024-01-01 10:00:00.55555', '%f')", "556000"),
    ("SELECT typeof(with_timezone(TIMESTAMP '2024-01-01 10:00:00.1234', '+13'))", "timestamp(4) with time zone"),
    ("SELECT typeof(TIMESTAMP '2024-01-01 10:00:00.1234' AT TIME ZONE 'Asia/Tokyo')", "timestamp(4) with time zone"),
    # texts and numbers
    ("SELECT levenshtein_distance('größe', 'grösse')", "2"),
    ("SELECT hamming_distance('größe', 'grööe')", "1"),
    ("SELECT regexp_replace('xx', '(x)', '$01y')", "xyxy"),
    ("SELECT regexp_split('ab', '')", "[, a, b, ]"),
    ("SELECT greatest(nan(), 5e0)", "5.0"),
    ("SELECT greatest(nan(), nan())", "NaN"),
    ("SELECT array_max(ARRAY[2e0, nan()])", "2.0"),
    ("SELECT array_max(ARRAY[2, 3])", "3"),
    ("SELECT array_position(ARRAY[1, NULL], NULL) IS NULL", "true"),
    ("SELECT combinations(CAST(NULL AS array(integer)), 2) IS NULL", "true"),
    ("SELECT CAST(REAL '1456213.432' AS decimal(18,3))", "1456213.400"),
    ("SELECT typeof('a' || 'bc')", "varchar"),
    ("SELECT typeof(CAST('a' AS char(2)) || CAST('b' AS char(3)))", "char(5)"),
    ("SELECT (CAST('a' AS char(2)) || CAST('b' AS char(3))) = 'a b'", "true"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "cell"), CELLS, ids=[sql for sql, _ in CELLS])
def test_instants_and_numbers_are_trinos(world: World, sql: str, cell: str) -> None:
    assert world.cell(sql) == cell


REFUSED = [
    (
        "SELECT TIMESTAMP '2024-01-01 10:00:00 UTC' AT TIME ZONE 'Mars/Base'",
        "INVALID_FUNCTION_ARGUMENT: 'Mars/Base' is not a",
    ),
    ("SELECT hamming_distance('a', 'bc')", "must have the same length"),
    ("SELECT parse_datetime('2024 +01:00', 'yyyy ZZ')", "NOT_SUPPORTED: line 1:8: parse_datetime with a time zone"),
]


@pytest.mark.parametrize(("sql", "text"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_what_has_no_answer_here_is_refused(world: World, sql: str, text: str) -> None:
    assert text in world.error(sql)
