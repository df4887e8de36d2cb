"""SELECT of one row end to end through boto3, against a floor of the same run: raw DuckDB and one round trip."""

from typing import Any

from benchmarks.endpoint import Running, ask, endpoint
from benchmarks.measure import Part, Room, Row, in_turns_s, milliseconds
from benchmarks.tpch import BUCKET, DATABASE, OUTPUT, generate, raw_connection, table_input

SQL = "SELECT n_name FROM nation WHERE n_nationkey = 7"
GOAL_S = 0.025
TEXT = """## One row

`{sql}` through boto3 (start, get state, get results), turn by turn with its floors, rounds: {rounds}.

| what | median |
|---|---|
| the endpoint, end to end | {endpoint} |
| raw DuckDB on the same file | {raw} |
| one round trip to the same server (GetCallerIdentity) | {trip} |
| the same statement on the endpoint with a new literal each time (never planned before) | {unplanned} |"""


def run(room: Room) -> Part:
    """The part of the report."""
    data, rounds = generate(room.kept / "tpch-sf1"), room.rounds(100)
    raw = raw_connection(data)
    with endpoint(room.fresh("one-row")) as running:
        athena, sts = _loaded(running, data), running.client("sts")
        fresh = iter(range(10_000))
        acts = [
            lambda: ask(athena, SQL, DATABASE, OUTPUT),
            lambda: raw.execute(SQL).fetchall(),
            sts.get_caller_identity,
            lambda: ask(athena, f"{SQL} OR n_nationkey = {1000 + next(fresh)}", DATABASE, OUTPUT),
        ]
        in_turns_s(acts, 5)  # to warm up
        found = in_turns_s(acts, rounds)
    raw.close()
    return Part(rows(*found[:3]), text(rounds, found))


def rows(endpoint_s: float, raw_s: float, trip_s: float) -> list[Row]:
    """The goal, and how far the floor is away."""
    floor_s = raw_s + trip_s
    measured = f"{milliseconds(endpoint_s)}, {endpoint_s / floor_s:.1f}x of its floor ({milliseconds(floor_s)})"
    return [Row("SELECT of one row through boto3", measured, milliseconds(GOAL_S), endpoint_s <= GOAL_S)]


def text(rounds: int, found: list[float]) -> str:
    """The section of the report."""
    names = ("endpoint", "raw", "trip", "unplanned")
    return TEXT.format(sql=SQL, rounds=rounds, **dict(zip(names, map(milliseconds, found), strict=True)))


def _loaded(running: Running, data: Any) -> Any:
    s3, glue, file = running.client("s3"), running.client("glue"), data / "nation.parquet"
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(file), BUCKET, "nation/nation.parquet")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    glue.create_table(DatabaseName=DATABASE, TableInput=table_input("nation", "nation/", file))
    return running.client("athena")
