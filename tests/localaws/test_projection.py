"""Partition projection: which partitions a table's properties mean, where they are, and what is wrong with others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mesh_core.localaws.athena import scan
from mesh_core.localaws.athena.projection_dates import DatePattern, DateRange, bound
from tests.localaws.engine_world import LAZY, World

FILES = {
    "days/2024/01/31/a.csv": "1",
    "days/2024/02/01/a.csv": "2",
    "days/2024/02/29/a.csv": "3",
    "days/2024/03/01/_hidden": "9",
    "days/2025/01/01/a.csv": "4",
    "folders/region=eu/hour=07/a.csv": "10",
    "folders/region=eu/hour=8/a.csv": "11",
    "folders/region=us/hour=23/a.csv": "12",
    "folders/region=us east/hour=01/a.csv": "13",
    "folders/region=mars/hour=01/a.csv": "14",
    "devices/x/1/a.csv": "20",
    "devices/x/2/a.csv": "21",
    "devices/y/1/a.csv": "22",
    "many/0000001/a.csv": "30",
    "many/0000500/a.csv": "31",
    "many/0900000/a.csv": "32",
    "many/9999999/a.csv": "33",
    "months/202401/a.csv": "40",
    "months/202403/a.csv": "41",
    "months/202404/a.csv": "42",
    "hours/2024-02-28-23/a.csv": "50",
    "hours/2024-02-29-02/a.csv": "51",
    "hours/2024-02-29-03/a.csv": "52",
}


def _made(world: World, name: str, keys: dict[str, str], **properties: str) -> None:
    parameters = {"projection.enabled": "true"}
    for key, value in properties.items():
        parameters["storage.location.template" if key == "template" else "projection." + key.replace("_", ".")] = value
    folder = properties.get("folder", name)
    world.table(name, {"n": "int"}, LAZY, keys=keys, parameters=parameters, location=f"s3://lake/{folder}/")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    for key, text in FILES.items():
        made.put(key, f"{text}\n".encode())
    _made(
        made,
        "days",
        {"dt": "string"},
        dt_type="date",
        dt_range="2024/01/31,2024/12/31",
        dt_format="yyyy/MM/dd",
        template="s3://lake/days/${dt}/",
    )
    _made(
        made,
        "dates",
        {"dt": "date"},
        dt_type="date",
        dt_range="2024/01/31,NOW",
        dt_format="yyyy/MM/dd",
        template="s3://lake/days/${dt}",
    )
    _made(
        made,
        "folders",
        {"region": "string", "hour": "int"},
        region_type="enum",
        region_values="eu,us,us east",
        hour_type="integer",
        hour_range="0,23",
        hour_digits="2",
    )
    _made(
        made,
        "devices",
        {"device": "string", "shard": "bigint"},
        device_type="injected",
        shard_type="integer",
        shard_range="1,10",
        template="s3://lake/devices/${device}/${shard}/",
    )
    _made(
        made,
        "many",
        {"id": "bigint"},
        id_type="integer",
        id_range="0,999999",
        id_digits="7",
        template="s3://lake/many/${id}/",
    )
    _made(
        made,
        "millions",
        {"id": "bigint"},
        id_type="integer",
        id_range="0,9999999",
        id_digits="7",
        template="s3://lake/many/${id}/",
    )
    _made(
        made,
        "quarters",
        {"m": "string"},
        m_type="date",
        m_range="202401,NOW",
        m_format="yyyyMM",
        m_interval="3",
        template="s3://lake/months/${m}/",
    )
    _made(
        made,
        "hours",
        {"h": "timestamp"},
        h_type="date",
        h_range="2024-02-28-23,2024-03-01-00",
        h_format="yyyy-MM-dd-HH",
        h_interval="3",
        **{"h_interval.unit": "hours"},
        template="s3://lake/hours/${h}/",
    )
    _made(
        made,
        "steps",
        {"id": "string"},
        id_type="integer",
        id_range="1,700000",
        id_interval="499",
        id_digits="7",
        template="s3://lake/many/${id}/",
    )
    yield made  # fmt: skip
    made.close()


CASES = [
    ("SELECT n, dt FROM days ORDER BY n", [["1", "2024/01/31"], ["2", "2024/02/01"], ["3", "2024/02/29"]]),
    ("SELECT n FROM days WHERE dt >= '2024/02/01' AND dt < '2024/02/29'", [["2"]]),
    ("SELECT n FROM days WHERE dt IN ('2024/02/29', '2025/01/01')", [["3"]]),
    ("SELECT n FROM days WHERE dt = '2025/01/01'", []),
    ("SELECT count(*) FROM days", [["3"]]),
    ("SELECT n, dt FROM dates WHERE dt > DATE '2024-02-29'", [["4", "2025-01-01"]]),
    ("SELECT n FROM dates WHERE dt = DATE '2024-02-29'", [["3"]]),
    ("SELECT max(dt) - min(dt) FROM dates", [["336 00:00:00.000"]]),
    ("SELECT n, region, hour FROM folders ORDER BY n",
     [["10", "eu", "7"], ["12", "us", "23"], ["13", "us east", "1"]]),
    ("SELECT n FROM folders WHERE region = 'us' AND hour BETWEEN 20 AND 30", [["12"]]),
    ("SELECT n FROM folders WHERE hour = 8", []),
    ("SELECT n FROM devices WHERE device = 'x' ORDER BY n", [["20"], ["21"]]),
    ("SELECT n, device FROM devices WHERE device IN ('x', 'y', 'z') AND shard = 1 ORDER BY n",
     [["20", "x"], ["22", "y"]]),
    ("SELECT n, id FROM many ORDER BY n", [["30", "1"], ["31", "500"], ["32", "900000"]]),
    ("SELECT n FROM many WHERE id > 500 AND id <= 900000", [["32"]]),
    ("SELECT n FROM millions WHERE id = 9999999", [["33"]]),
    ("SELECT n FROM millions WHERE id IN (1, 500, -1)", [["30"], ["31"]]),
    ("SELECT n, m FROM quarters ORDER BY n", [["40", "202401"], ["42", "202404"]]),
    ("SELECT n, h FROM hours ORDER BY n", [["50", "2024-02-28 23:00:00.000"], ["51", "2024-02-29 02:00:00.000"]]),
    ("SELECT n FROM steps ORDER BY n", [["30"], ["31"]]),
    ("SELECT n FROM steps WHERE id = '0000500'", [["31"]]),
    ("SELECT n FROM steps WHERE id = '500'", []),
    ("SELECT count(DISTINCT \"$path\") FROM days", [["3"]]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), CASES, ids=[sql for sql, _ in CASES])
def test_the_properties_say_which_partitions_there_are(world: World, sql: str, rows: list[list[str]]) -> None:
    assert world.rows(sql) == rows


def test_partitions_in_glue_are_ignored(world: World) -> None:
    _made(world, "ignoring", {"dt": "string"}, dt_type="enum", dt_values="2024/02/01", template="s3://lake/days/${dt}/")
    world.partition("ignoring", ["elsewhere"], "s3://lake/months/202401/")
    assert world.rows("SELECT n FROM ignoring") == [["2"]]


def test_many_partitions_cost_one_listing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    real = scan._listed
    monkeypatch.setattr(scan, "_listed", lambda ctx, use, bucket, prefix: listed.append(prefix) or real(
        ctx, use, bucket, prefix))  # fmt: skip
    assert world.rows("SELECT count(*) FROM many") == [["3"]]
    assert world.rows("SELECT n FROM days WHERE dt = '2024/02/01'") == [["2"]]
    assert listed == ["many/", "days/2024/02/01/"]


def test_now_moves(world: World) -> None:
    today = datetime.now(UTC)
    world.put(f"recent/{today:%Y-%m-%d}/a.csv", b"1\n")
    world.put(f"recent/{today - timedelta(400):%Y-%m-%d}/a.csv", b"2\n")
    _made(world, "recent", {"dt": "string"}, dt_type="date", dt_range="NOW-1YEARS,NOW + 1 DAY", dt_format="yyyy-MM-dd",
          template="s3://lake/recent/${dt}/")  # fmt: skip
    assert world.rows("SELECT n FROM recent") == [["1"]]


ERRORS = [
    ({}, "", "INVALID_TABLE_PROPERTY: Partition projection of column 'k' needs the table property 'projection.k.type'"),
    ({"k_type": "frob"}, "", "INVALID_TABLE_PROPERTY: The table property 'projection.k.type' must be enum, integer, "),
    ({"k_type": "enum"}, "", "needs the table property 'projection.k.values'"),
    ({"k_type": "integer", "k_range": "1"}, "", "'projection.k.range' must be two values with a comma between them"),
    ({"k_type": "integer", "k_range": "a,b"}, "", "'projection.k.range' must be two integers"),
    ({"k_type": "integer", "k_range": "1,2", "k_interval": "0"}, "", "'projection.k.interval' must be a positive"),
    ({"k_type": "integer", "k_range": "1,2", "k_digits": "x"}, "", "'projection.k.digits' must be a positive integer"),
    ({"k_type": "date", "k_range": "2020,2021"}, "", "needs the table property 'projection.k.format'"),
    ({"k_type": "date", "k_range": "2020-01-01,NOW", "k_format": "yyyy/MM/dd"}, "", "must be two dates of the format"),
    ({"k_type": "date", "k_range": "2020,NOW", "k_format": "yyyy"}, "", "needs the table property 'projection.k.int"),
    ({"k_type": "date", "k_range": "2020010100,NOW", "k_format": "yyyyMMddHH"}, "", "'projection.k.interval.unit'"),
    ({"k_type": "date", "k_range": "202001,NOW", "k_format": "yyyyMM", "k_interval.unit": "MOONS"}, "", "one of WEEKS"),
    ({"k_type": "date", "k_range": "2020-W01,NOW", "k_format": "YYYY-'W'ww"}, "", "NOT_SUPPORTED: The letter 'Y'"),
    ({"k_type": "injected"}, "", "CONSTRAINT_VIOLATION: For the injected projected partition column k, the WHERE clause"
     " must contain only static equality conditions, and at least one such condition must be present."),
    ({"k_type": "injected"}, "WHERE k > 'a'", "CONSTRAINT_VIOLATION: For the injected projected partition column k"),
    ({"k_type": "integer", "k_range": "0,1000000"}, "", "HIVE_EXCEEDED_PARTITION_LIMIT: Query over table 'shop."),
    ({"k_type": "enum", "k_values": "a", "template": "s3://lake/${j}/"}, "", "'${k}' is missing in 's3://lake/${j}/'"),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "where", "text"), ERRORS, ids=[text[:60] for _, _, text in ERRORS])
def test_what_makes_no_sense_is_said(world: World, properties: dict[str, str], where: str, text: str) -> None:
    name = f"wrong_{uuid4().hex}"
    _made(world, name, {"k": "string"}, **properties)
    assert text in world.error(f"SELECT n FROM {name} {where}")


def test_partitions_of_a_projection_are_no_metadata(world: World) -> None:
    assert world.error('SELECT * FROM "days$partitions"').startswith('NOT_SUPPORTED: line 1:15: "$partitions"')


BOUNDS = [
    ("NOW", "2024-02-29"),
    ("NOW-3YEARS", "2021-02-28"),
    ("NOW - 1 MONTH", "2024-01-29"),
    (" NOW+1WEEK ", "2024-03-07"),
    ("NOW+25HOURS", "2024-03-01"),
    ("2020-05-06", "2020-05-06"),
    ("NOW-3MOONS", None),
    ("2020-13-01", None),
    ("2020-02-30", None),
]


@pytest.mark.parametrize(("text", "wanted"), BOUNDS)
def test_bounds_are_dates_or_relative_to_now(text: str, wanted: str | None) -> None:
    found = bound(text, DatePattern("yyyy-MM-dd"), datetime(2024, 2, 29, 12, tzinfo=UTC))
    assert (found and f"{found:%Y-%m-%d %H}") == (wanted and f"{wanted} 00")


PATTERNS = [
    ("yyyy-MM-dd", "2024-02-09"),
    ("yyyyMMdd", "20240209"),
    ("d.M.yy", "9.2.24"),
    ("dd-MMM-yyyy", "09-Feb-2024"),
    ("MMMM d, uuuu", "February 9, 2024"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-02-09T05:06:07.089"),
    ("'year='yyyy'/day='DDD", "year=2024/day=040"),
]


@pytest.mark.parametrize(("pattern", "text"), PATTERNS)
def test_patterns_write_and_read(pattern: str, text: str) -> None:
    made = DatePattern(pattern)
    moment = datetime(2024, 2, 9, 5, 6, 7, 89000, tzinfo=UTC)
    assert made.write(moment) == text
    assert made.write(made.cut(moment)) == text
    assert made.read(text + "x") is None


def test_steps_of_months_begin_at_the_first() -> None:
    steps = DateRange(datetime(2023, 11, 30, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC), 3, "MONTHS")
    assert [f"{each:%Y-%m-%d}" for each in steps.moments()] == ["2023-11-30", "2024-02-29"]
    assert steps.has(datetime(2024, 2, 29, tzinfo=UTC)) and not steps.has(datetime(2024, 1, 30, tzinfo=UTC))
