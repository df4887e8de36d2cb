"""Answers on the wire: documents, and texts of JSON that stand in them as they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.protocol import Json, JsonApi, plain

TEXT = Json('{"Name":"a\\u00e4 \\"x\\""}')
TABLE = {"Name": 'a\u00e4 "x"'}


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param(
            {"TableList": [TEXT, {"Name": "b"}, TEXT], "NextToken": "t"},
            {"TableList": [TABLE, {"Name": "b"}, TABLE], "NextToken": "t"},
            id="a list of both kinds",
        ),
        pytest.param({"TableList": []}, {"TableList": []}, id="an empty list"),
        pytest.param({"Table": TEXT}, {"Table": TABLE}, id="a member"),
        pytest.param(
            {"At": datetime(2026, 1, 2, tzinfo=UTC), "Blob": b"\x00", "No": None, "Yes": True},
            {"At": 1767312000.0, "Blob": "AA==", "No": None, "Yes": True},
            id="times and bytes",
        ),
        pytest.param({'a"b': {"deep": [1, [2]]}}, {'a"b': {"deep": [1, [2]]}}, id="odd names, nested values"),
    ],
)
def test_an_answer_is_the_same_json_whether_its_parts_are_documents_or_texts(
    answer: dict[str, Any], sent: dict[str, Any]
) -> None:
    body = JsonApi("glue", {}, lambda *_: None)._reply(200, answer).body
    assert isinstance(body, bytes) and json.loads(body) == sent


def test_who_reads_an_answer_in_this_process_gets_documents() -> None:
    assert plain({"TableList": [TEXT, {"Name": "b"}], "Table": TEXT, "NextToken": "t"}) == {
        "TableList": [TABLE, {"Name": "b"}],
        "Table": TABLE,
        "NextToken": "t",
    }


BROKEN = [
    ("ListQueryExecutions", {"MaxResults": 51}, "Value '51' at 'maxResults' failed to satisfy constraint: Member must "
     "have value less than or equal to 50"),
    ("CreateWorkGroup", {"Name": "a b"}, "Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy "
     "regular expression pattern: [a-zA-Z0-9._-]{1,128}"),
    ("BatchGetNamedQuery", {"NamedQueryIds": ["q"] * 51}, "Member must have length less than or equal to 50"),
    ("StartQueryExecution", {"QueryString": "SELECT 1", "QueryExecutionContext": {"Database": "d" * 256}},
     "at 'queryExecutionContext.database' failed to satisfy constraint: Member must have length"),
    ("StartQueryExecution", {"QueryString": "x" * 262145}, "Member must have length less than or equal to 262144"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "text"), BROKEN)
def test_what_athenas_model_forbids_is_refused_in_its_words(operation: str, params: dict[str, Any], text: str) -> None:
    api = JsonApi("athena", {operation: lambda *_: {}}, lambda *_: None)
    with pytest.raises(AwsError, match="^1 validation error detected: ") as refused:
        api._input(operation, json.dumps(params).encode())
    assert refused.value.code == "InvalidRequestException" and text in refused.value.message


def test_what_athenas_model_allows_is_taken() -> None:
    params = {"Name": "a.b-c_1", "Tags": [{"Key": "k", "Value": ""}], "Description": "d" * 1024}
    api = JsonApi("athena", {"CreateWorkGroup": lambda *_: {}}, lambda *_: None)
    assert api._input("CreateWorkGroup", json.dumps(params).encode()) == params
