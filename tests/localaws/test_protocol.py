"""Answers on the wire: documents, and texts of JSON that stand in them as they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

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
