"""The benchmarks' own arithmetic and tables; nothing is timed here."""

import math

import pytest

from benchmarks import catalog, crowd, governance, grants, one_row, peers, start, tpch
from benchmarks.__main__ import PARTS, main, report
from benchmarks.crowd import Done
from benchmarks.measure import Part, Row, geometric_mean, milliseconds, percentile
from benchmarks.tpch import QueryTimes


@pytest.mark.parametrize(
    ("numbers", "mean"),
    [([2.0], 2.0), ([1.0, 4.0], 2.0), ([0.5, 2.0], 1.0), ([1.0, 10.0, 100.0], 10.0)],
)
def test_a_ratio_and_its_inverse_cancel_out_in_the_mean(numbers: list[float], mean: float) -> None:
    assert math.isclose(geometric_mean(numbers), mean)


@pytest.mark.parametrize(
    ("percent", "found"), [(50, 5), (95, 10), (90, 9), (10, 1), (1, 1), (100, 10)], ids=lambda value: str(value)
)
def test_a_percentile_is_one_of_the_numbers_that_were_measured(percent: float, found: float) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == found


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.000321, "0.32 ms"), (0.00321, "3.2 ms"), (0.0321, "32 ms"), (3.21, "3,210 ms"), (0.025, "25 ms")],
)
def test_times_are_shown_with_the_digits_that_mean_something(seconds: float, shown: str) -> None:
    assert milliseconds(seconds) == shown


@pytest.mark.parametrize(("met", "verdict"), [(True, "yes"), (False, "**no**"), (None, "")])
def test_the_table_says_which_goals_are_missed(met: bool | None, verdict: str) -> None:
    assert Row("Speed", "2x", "1x", met).markdown() == f"| Speed | 2x | 1x | {verdict} |"


def _query(number: int, ratio: float) -> QueryTimes:
    return QueryTimes(number, raw_s=0.1, endpoint_s=0.1 * ratio, rows=3)


@pytest.mark.parametrize(
    ("ratios", "met"),
    [
        pytest.param([1.2, 1.2], [True, True], id="all fast"),
        pytest.param([1.0, 1.0, 2.1], [False, False], id="one drags the mean up"),
        pytest.param([0.7, 0.7, 2.1], [True, False], id="one too slow, the mean is good"),
        pytest.param([1.9, 1.9], [False, True], id="none too slow, the mean is bad"),
    ],
)
def test_tpch_has_a_goal_for_the_mean_and_one_for_the_slowest_query(ratios: list[float], met: list[bool]) -> None:
    found = tpch.rows([_query(number, ratio) for number, ratio in enumerate(ratios, 1)])
    assert [row.met for row in found] == met
    assert found[1].measured == f"{max(ratios):.2f}x (query {ratios.index(max(ratios)) + 1})"


def test_the_22_queries_are_there_and_compare_like_with_like() -> None:
    queries = tpch.queries()
    assert list(queries) == list(range(1, 23))
    # A DECIMAL without digits is another type in Athena than in DuckDB
    assert [number for number, sql in queries.items() if "AS DECIMAL)" in sql] == []


@pytest.mark.parametrize(("endpoint_s", "met"), [(0.025, True), (0.026, False)])
def test_one_row_is_judged_by_its_time_and_shown_with_its_floor(endpoint_s: float, met: bool) -> None:
    (row,) = one_row.rows(endpoint_s, raw_s=0.003, trip_s=0.002)
    assert (row.met, "of its floor (5.0 ms)" in row.measured) == (met, True)


@pytest.mark.parametrize(
    ("times", "met"),
    [
        ((1.6, 1.0, 1.2, 1.0), [True, True]),
        ((1.7, 1.0, 1.3, 1.0), [False, False]),
        ((1.5, 1.0, 1.3, 1.0), [True, False]),
    ],
)
def test_the_catalog_is_judged_by_ratios(times: tuple[float, float, float, float], met: list[bool]) -> None:
    assert [row.met for row in catalog.rows(catalog.Times(*times))] == met


@pytest.mark.parametrize(
    ("times", "met"),
    [
        pytest.param((0.009, 0.002, 0.003, 0.0009, 0.0001, 0.003, 0.003), [True, True], id="all good"),
        pytest.param((0.002, 0.011, 0.003, 0.0009, 0.0001, 0.003, 0.003), [False, True], id="one kind of page is slow"),
        pytest.param((0.002, 0.002, 0.003, 0.0011, 0.0001, 0.003, 0.003), [True, False], id="the first check is slow"),
        pytest.param((0.002, 0.002, 0.003, 0.0005, 0.0001, 0.005, 0.003), [True, False], id="GetTable grew"),
    ],
)
def test_grants_are_judged_by_the_slowest_page_and_the_slowest_check(times: tuple[float, ...], met: list[bool]) -> None:
    assert [row.met for row in grants.rows(grants.Times(*times))] == met


@pytest.mark.parametrize(
    ("slowest_s", "largest_bytes", "met"), [(1.5, 120e6, [True, True]), (1.51, 121e6, [False, False])]
)
def test_start_and_memory_are_judged_by_the_worst_case(slowest_s: float, largest_bytes: float, met: list[bool]) -> None:
    found = start.Figures(0.8, 0.9, slowest_s, (100_000_000, 0), (int(largest_bytes), 0))
    assert [row.met for row in start.rows(found)] == met


@pytest.mark.parametrize(
    ("times", "met"),
    [
        ((1.9, 0.5, 0.1, 1.9, 9.0, 0.1), [True, True]),
        ((0.5, 2.1, 0.1, 0.1, 0.1, 0.1), [False, True]),
        ((0.5, 0.5, 0.1, 2.1, 0.1, 0.1), [True, False]),
    ],
)
def test_governance_is_judged_by_its_slowest_page_and_by_the_radius(times: tuple[float, ...], met: list[bool]) -> None:
    assert [row.met for row in governance.rows(governance.Times(*times))] == met


def test_one_error_in_the_crowd_misses_the_goal_and_is_told() -> None:
    acts = [Done("GetTables", 0.1), Done("PutObject", 0.2, "PutObject: SlowDown")]
    (row,) = crowd.rows(acts)
    assert (row.met, row.measured) == (False, "1 of 2, the first: PutObject: SlowDown")
    assert crowd.rows(acts[:1])[0].met is True
    assert "| GetTables | 1 | 100 ms | 100 ms |" in crowd.text(acts, rounds=1, seconds=0.3)


def test_each_emulator_has_a_column_with_a_cell_in_every_row() -> None:
    columns = {"ours": [f"a{n}" for n in range(len(peers.ROWS))], "theirs": [f"b{n}" for n in range(len(peers.ROWS))]}
    lines = [line for line in peers.text(3, columns).splitlines() if line.startswith("|")]
    assert lines[0] == "| what | ours | theirs |"
    assert lines[2:] == [f"| {what} | a{n} | b{n} |" for n, what in enumerate(peers.ROWS)]


def test_the_report_holds_the_goals_of_every_part_in_one_table_and_their_sections_behind_it() -> None:
    parts = [Part([Row("One", "1", "1", True)], "## One\n\nfirst"), Part([Row("Two", "2", "1", False)])]
    written = report(parts, "a machine")
    assert "| One | 1 | 1 | yes |\n| Two | 2 | 1 | **no** |\n" in written
    assert written.endswith("## One\n\nfirst\n")


def test_a_part_that_does_not_exist_is_refused_with_the_names_of_those_that_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["tpc"])
    assert "no part tpc; there are " + ", ".join(PARTS) in capsys.readouterr().err
