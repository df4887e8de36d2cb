"""Query executions over the API: start, states, cancel, limits, results, history."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.pool import WAITERS
from mesh_core.localaws.aws_error import AwsError
from tests.localaws.athena_world import OWNER, READER, RESULTS, WAIT_S, Named, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_short_query_is_finished_when_the_start_is_answered(world: World) -> None:
    done = world.execution(world.begin("SELECT 1"))

    assert done["Status"]["State"] == "SUCCEEDED"
    assert (done["StatementType"], done["SubstatementType"], done["WorkGroup"]) == ("DML", "SELECT", "primary")
    assert done["Statistics"]["DataScannedInBytes"] == 7


def test_a_select_leaves_a_csv_and_its_metadata_under_the_output_location(world: World) -> None:
    done = world.run("SELECT 1")
    name = f"s3://results/athena/{done['QueryExecutionId']}.csv"

    assert done["ResultConfiguration"] == {"OutputLocation": name}
    assert world.text(name) == '"n"\n"1"\n'
    assert done["QueryExecutionId"].encode() in world.objects.get(
        "results", name.removeprefix("s3://results/") + ".metadata"
    )


def test_ddl_leaves_a_text_file(world: World) -> None:
    done = world.run("SHOW DATABASES")

    assert done["ResultConfiguration"]["OutputLocation"].endswith(f"{done['QueryExecutionId']}.txt")


def test_rows_have_their_header_first_and_null_has_no_value(world: World) -> None:
    columns = (Named("a", "varchar"), Named("b", "varchar"))
    world.engine.answers["SELECT nulls"] = columns, '"a","b"\n"x""y",\n"","two\nlines"\n,\n'

    rows = world.lines("SELECT nulls")

    assert rows == [["a", "b"], ['x"y', None], ["", "two\nlines"], [None, None]]


def test_a_column_of_nulls_alone_keeps_its_rows(world: World) -> None:
    world.engine.answers["SELECT null"] = (Named("a", "varchar"),), '"a"\n\n""\n\n'
    execution = world.begin("SELECT null")

    assert world.rows(execution) == [["a"], [None], [""], [None]]


def test_results_come_in_pages_of_which_the_header_is_part(world: World) -> None:
    body = '"n"\n' + "".join(f'"{number}"\n' for number in range(2500))
    world.engine.answers["SELECT many"] = (Named("n", "integer"),), body
    execution = world.begin("SELECT many")
    sizes, seen, token = [], [], {}
    while token is not None:
        page = world.call("GetQueryResults", {"QueryExecutionId": execution, **token})
        rows = [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
        sizes.append(len(rows))
        seen += rows
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None

    assert sizes == [1000, 1000, 501]
    assert seen == ["n", *map(str, range(2500))]


def test_a_page_that_ends_with_the_last_row_has_no_next_token(world: World) -> None:
    execution = world.begin("SELECT 1")

    assert "NextToken" not in world.call("GetQueryResults", {"QueryExecutionId": execution, "MaxResults": 2})
    assert "NextToken" in world.call("GetQueryResults", {"QueryExecutionId": execution, "MaxResults": 1})


def test_rows_longer_than_a_read_are_whole(world: World) -> None:
    long = "x" * 200_000
    world.engine.answers["SELECT long"] = (Named("a", "varchar"),), f'"a"\n"{long}"\n"{long}"\n'

    assert world.lines("SELECT long") == ["a", long, long]


@pytest.mark.parametrize(
    ("written", "shown", "precision", "scale", "case"),
    [
        ("bigint", "bigint", 19, 0, False),
        ("integer", "integer", 10, 0, False),
        ("decimal(12,2)", "decimal", 12, 2, False),
        ("varchar", "varchar", 2147483647, 0, True),
        ("varchar(10)", "varchar", 10, 0, True),
        ("char(3)", "char", 3, 0, True),
        ("real", "float", 17, 0, False),
        ("timestamp(3)", "timestamp", 3, 0, False),
        ("timestamp(3) with time zone", "timestamp with time zone", 3, 0, False),
        ("array(integer)", "array", 0, 0, False),
        ("row(a integer, b varchar)", "row", 0, 0, False),
        ("varbinary", "varbinary", 1073741824, 0, False),
    ],
)
def test_columns_have_athenas_types(
    world: World, written: str, shown: str, precision: int, scale: int, case: bool
) -> None:
    world.engine.answers["SELECT typed"] = (Named("c", written),), '"c"\n'
    answer = world.call("GetQueryResults", {"QueryExecutionId": world.begin("SELECT typed")})

    assert answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"] == [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": "c",
            "Label": "c",
            "Type": shown,
            "Precision": precision,
            "Scale": scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": case,
        }
    ]


def test_a_failed_query_says_why_and_has_no_results(world: World) -> None:
    world.engine.error = failure("COLUMN_NOT_FOUND", "line 1:8: Column 'x' cannot be resolved")
    done = world.run("SELECT x")

    assert done["Status"]["State"] == "FAILED"
    assert done["Status"]["StateChangeReason"] == "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"
    assert done["Status"]["AthenaError"]["ErrorCategory"] == 2
    refusal = world.refusal("GetQueryResults", {"QueryExecutionId": done["QueryExecutionId"]})
    assert "Final query state: FAILED" in refusal.message
    assert world.keys("results") == []


def test_a_fault_of_the_engine_ends_the_query_instead_of_hanging(world: World) -> None:
    world.engine.error = RuntimeError("boom")

    assert world.failure("SELECT 1").startswith("GENERIC_INTERNAL_ERROR")


def test_a_syntax_error_is_refused_at_once(world: World) -> None:
    refusal = world.refusal("StartQueryExecution", {"QueryString": "SELEKT 1", "ResultConfiguration": RESULTS})

    assert refusal.code == "InvalidRequestException"
    assert refusal.fields["AthenaErrorCode"] == "MALFORMED_QUERY"
    assert "line 1:1: mismatched input 'SELEKT'" in refusal.message


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"ResultConfiguration": {}}, "No output location provided"),
        ({"ResultConfiguration": {"OutputLocation": "http://x"}}, "outputLocation is not a valid S3 path"),
        ({"ResultConfiguration": {"OutputLocation": "s3://nowhere/"}}, "Unable to verify/create output bucket nowhere"),
        ({"WorkGroup": "nobodys"}, "WorkGroup nobodys is not found"),
    ],
)
def test_a_start_that_can_not_work_is_refused(world: World, params: dict[str, Any], why: str) -> None:
    start = {"QueryString": "SELECT 1", "ResultConfiguration": RESULTS} | params

    assert why in world.refusal("StartQueryExecution", start).message


def test_the_same_request_token_gives_the_same_execution(world: World) -> None:
    token = str(uuid.uuid4())
    first = world.begin("SELECT 1", ClientRequestToken=token)

    assert world.begin("SELECT 1", ClientRequestToken=token) == first
    other = {"QueryString": "SELECT 2", "ResultConfiguration": RESULTS, "ClientRequestToken": token}
    assert world.refusal("StartQueryExecution", other).message == "Idempotent parameters do not match"
    assert world.begin("SELECT 1", READER, ClientRequestToken=token) != first


def test_two_queries_run_and_the_third_waits_its_turn(world: World) -> None:
    running = [world.begin("SELECT wait") for _ in range(2)]
    queued = world.begin("SELECT 1")

    assert [world.execution(each)["Status"]["State"] for each in running] == ["RUNNING", "RUNNING"]
    assert world.execution(queued)["Status"]["State"] == "QUEUED"
    assert "Current state: QUEUED" in world.refusal("GetQueryResults", {"QueryExecutionId": queued}).message
    world.engine.release.set()
    assert world.finished(queued)["Status"]["State"] == "SUCCEEDED"


def test_few_requests_wait_for_their_query_so_that_others_are_answered(tmp_path: Path) -> None:
    world = World(tmp_path, short_s=WAIT_S)
    waiting = [threading.Thread(target=world.begin, args=("SELECT wait",)) for _ in range(WAITERS)]
    for each in waiting:
        each.start()
    places = world.athena._pool._waiters
    while places._value:  # until all of them wait
        threading.Event().wait(0.01)

    last = world.begin("SELECT wait")
    assert all(each.is_alive() for each in waiting), "the last start waited as well"
    assert world.execution(last)["Status"]["State"] == "QUEUED"
    world.engine.release.set()
    assert world.finished(last)["Status"]["State"] == "SUCCEEDED"
    for each in waiting:
        each.join()


def test_a_running_query_is_cancelled_and_leaves_nothing(world: World) -> None:
    execution = world.begin("SELECT wait")
    world.call("StopQueryExecution", {"QueryExecutionId": execution})

    assert world.finished(execution)["Status"]["State"] == "CANCELLED"
    assert world.keys("results") == []


def test_a_queued_query_is_cancelled_without_having_run(world: World) -> None:
    running = [world.begin("SELECT wait") for _ in range(2)]
    queued = world.begin("SELECT never")
    world.call("StopQueryExecution", {"QueryExecutionId": queued})
    world.engine.release.set()
    for each in running:
        world.finished(each)

    assert world.finished(queued)["Status"]["State"] == "CANCELLED"
    assert "SELECT never" not in [sql for sql, _, _ in world.engine.asked]


def test_a_query_stops_when_its_time_is_up(tmp_path: Path) -> None:
    world = World(tmp_path, time_limit_s=0.05)
    done = world.run("SELECT wait")

    assert done["Status"]["State"] == "CANCELLED"
    assert "Query timeout" in done["Status"]["StateChangeReason"]


def test_stopping_a_finished_query_changes_nothing(world: World) -> None:
    execution = world.begin("SELECT 1")
    world.call("StopQueryExecution", {"QueryExecutionId": execution})

    assert world.execution(execution)["Status"]["State"] == "SUCCEEDED"


def test_an_unknown_execution_is_refused(world: World) -> None:
    for operation in ("GetQueryExecution", "GetQueryResults", "StopQueryExecution", "GetQueryRuntimeStatistics"):
        assert "was not found" in world.refusal(operation, {"QueryExecutionId": "x"}).message
    answer = world.call("BatchGetQueryExecution", {"QueryExecutionIds": [world.begin("SELECT 1"), "x"]})
    assert len(answer["QueryExecutions"]) == 1
    assert [each["QueryExecutionId"] for each in answer["UnprocessedQueryExecutionIds"]] == ["x"]


def test_history_lists_a_work_group_newest_first_in_pages(world: World) -> None:
    started = [world.begin(f"SELECT {number}") for number in range(5)]
    first = world.call("ListQueryExecutions", {"MaxResults": 3})
    second = world.call("ListQueryExecutions", {"MaxResults": 3, "NextToken": first["NextToken"]})

    assert first["QueryExecutionIds"] + second["QueryExecutionIds"] == started[::-1]
    assert "NextToken" not in second
    assert "Malformed" in world.refusal("ListQueryExecutions", {"NextToken": "zzz"}).message


def test_history_survives_a_restart_and_what_was_unfinished_has_failed(world: World) -> None:
    done, unfinished = world.begin("SELECT 1"), world.begin("SELECT wait")
    world.start()

    assert world.execution(done)["Status"]["State"] == "SUCCEEDED"
    assert world.rows(done) == [["n"], ["1"]]
    status = world.execution(unfinished)["Status"]
    assert status["State"] == "FAILED"
    assert "stopped while the query ran" in status["StateChangeReason"]
    assert status["AthenaError"]["Retryable"]


def test_results_are_read_with_the_readers_own_rights(world: World) -> None:
    execution = world.begin("SELECT 1")
    assert world.rows(execution, READER) == [["n"], ["1"]]

    world.policies.deny(READER, "s3:GetObject", "results/")
    assert world.refusal("GetQueryResults", {"QueryExecutionId": execution}, READER).code == "AccessDeniedException"


def test_an_execution_belongs_to_its_work_group(world: World) -> None:
    execution = world.begin("SELECT 1")
    world.policies.deny(READER, "athena:", f"{world.athena.groups.arn('primary')}")

    for operation in ("GetQueryExecution", "GetQueryResults", "StopQueryExecution"):
        refusal = world.refusal(operation, {"QueryExecutionId": execution}, READER)
        assert refusal.code == "AccessDeniedException"
        assert "workgroup/primary" in refusal.message


def test_who_may_not_write_the_result_gets_no_query(world: World) -> None:
    world.policies.deny(READER, "s3:PutObject", "results/")

    assert world.failure("SELECT 1", READER).startswith("Access denied when writing output to url: s3://results/")
    assert world.engine.asked == []


def test_parameters_reach_the_engine_and_are_counted(world: World) -> None:
    world.run("SELECT ? + ?", ExecutionParameters=["1", "2"])

    assert world.engine.asked == [("SELECT ? + ?", "default", ("1", "2"))]
    assert "expected 1 but found 2" in world.failure("SELECT ?", ExecutionParameters=["1", "2"])


def test_a_database_of_the_context_is_the_default(world: World) -> None:
    done = world.run("SELECT 1", QueryExecutionContext={"Database": "Sales", "Catalog": "AwsDataCatalog"})

    assert world.engine.asked[0][1] == "sales"
    assert done["QueryExecutionContext"] == {"Database": "sales", "Catalog": "AwsDataCatalog"}


def test_prepared_statements_run_with_their_values(world: World) -> None:
    world.run("PREPARE p FROM SELECT ?")
    world.run("EXECUTE p USING 'x'")
    world.run("EXECUTE p", ExecutionParameters=["3"])

    assert [asked[2] for asked in world.engine.asked] == [("'x'",), ("3",)]
    assert "expected 1 but found 0" in world.failure("EXECUTE p")
    world.run("DEALLOCATE PREPARE p")
    assert "Prepared statement not found: p" in world.failure("EXECUTE p USING 1")


def test_explain_is_text_with_a_header(world: World) -> None:
    assert world.lines("EXPLAIN SELECT 1") == ["Query Plan", "Fragment 0", "  - Output"]
    assert "EXPLAIN ANALYZE runs on Athena but not on the local engine" in world.failure("EXPLAIN ANALYZE SELECT 1")


def test_runtime_statistics_count_rows_and_bytes(world: World) -> None:
    execution = world.begin("SELECT 1")
    found = world.call("GetQueryRuntimeStatistics", {"QueryExecutionId": execution})["QueryRuntimeStatistics"]

    assert found["Rows"] == {"InputBytes": 7, "OutputRows": 1, "OutputBytes": 8}
    assert found["Timeline"]["TotalExecutionTimeInMillis"] >= 0


def test_more_than_a_thousand_rows_a_page_is_refused(world: World) -> None:
    execution = world.begin("SELECT 1")
    refusal = world.refusal("GetQueryResults", {"QueryExecutionId": execution, "MaxResults": 1001})

    assert refusal.message == "MaxResults is more than maximum allowed length 1000."


def test_a_result_that_was_deleted_is_named(world: World) -> None:
    execution = world.begin("SELECT 1")
    world.objects.delete("results", f"athena/{execution}.csv")

    assert "is not there any more" in world.refusal("GetQueryResults", {"QueryExecutionId": execution}).message


def test_every_operation_speaks_athenas_protocol(world: World) -> None:
    assert set(world.athena.api()._handlers) == set(world.athena.handlers())


def test_aws_errors_of_the_catalog_become_the_querys_failure(world: World) -> None:
    world.engine.error = AwsError("AccessDeniedException", "Insufficient Lake Formation permission(s)")

    assert "AccessDeniedException(message:Insufficient Lake Formation permission(s))" in world.failure(
        "SELECT 1", OWNER
    )


def test_an_end_that_can_not_be_recorded_is_a_failure_and_the_pool_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    begun = world.begin("SELECT wait")
    with monkeypatch.context() as patched:
        patched.setattr(world.athena._history, "save", full)
        world.engine.release.set()
        lost = world.finished(begun)
        with pytest.raises(sqlite3.OperationalError):  # not acknowledged, where it can't be recorded at all
            world.begin("SELECT 1")
    assert lost["Status"]["State"] == "FAILED"
    assert "disk is full" in lost["Status"]["StateChangeReason"] and world.keys("results") == []
    assert world.call("ListQueryExecutions")["QueryExecutionIds"] == [begun]
    for _ in range(3):
        assert world.run("SELECT 1")["Status"]["State"] == "SUCCEEDED"
