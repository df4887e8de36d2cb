"""Changes through Athena: statements that write data or definitions, and what is saved in a work group.

A statement's effect and the record of its success come together: after a kill each execution is SUCCEEDED and its
effect is there, or FAILED, with the reason, and nothing of it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.localaws.faults.requests import Change, Clients, Effect, Key, Person, Seen, gone, has, now, versus

RESULTS = "fault-results"
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
WAIT_S = 30
STOPPED = ("The endpoint was stopped while the query ran; nothing was written.", "The endpoint was stopped.")
"""The reasons of a statement that a kill and a clean end met."""


def group_of(person: Person) -> str:
    return f"{person.label}-group"


def database_of(person: Person) -> str:
    return f"{person.label}ath"


def run(clients: Clients, sql: str, group: str, started: Callable[[str], Any] = str) -> dict[str, Any]:
    """Run a statement to its end; the execution."""
    began = clients.athena.start_query_execution(QueryString=sql, WorkGroup=group)
    started(began["QueryExecutionId"])
    deadline_s = time.monotonic() + WAIT_S
    while True:
        found: dict[str, Any] = clients.athena.get_query_execution(QueryExecutionId=began["QueryExecutionId"])
        if found["QueryExecution"]["Status"]["State"] in FINAL:
            return found["QueryExecution"]  # type: ignore[no-any-return]
        assert time.monotonic() < deadline_s, f"{sql} did not end within {WAIT_S} s"
        time.sleep(0.02)


def rows(clients: Clients, label: str, database: str, table: str) -> Seen:
    """What a table holds, read through Athena, and how many files it has; None when there is neither table nor file.

    The rows are None when there is no table: a CTAS that left files without one has left half of itself.
    """
    listed = clients.s3.list_objects_v2(Bucket=RESULTS, Prefix=f"{label}/tables/{table}/")
    try:
        clients.glue.get_table(DatabaseName=database, Name=table)
    except clients.glue.exceptions.EntityNotFoundException:
        return {"rows": None, "files": listed["KeyCount"]} if listed["KeyCount"] else None
    return {"rows": _selected(clients, label, database, table), "files": listed["KeyCount"]}


def _selected(clients: Clients, label: str, database: str, table: str) -> list[tuple[str, ...]]:
    done = run(clients, f"SELECT id, day FROM {database}.{table} ORDER BY 1, 2", f"{label}-group")
    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    found = clients.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"])["ResultSet"]["Rows"]
    return [tuple(cell["VarCharValue"] for cell in row["Data"]) for row in found[1:]]


class Statement:
    """One statement, and what became of it when the endpoint was killed meanwhile."""

    def __init__(self, person: Person, sql: str) -> None:
        self.person, self.sql = person, sql
        self.known = set(_executions(person))
        self.execution_id: str | None = None

    def send(self) -> Any:
        done = run(self.person.clients, self.sql, group_of(self.person), self._started)
        assert done["Status"]["State"] == "SUCCEEDED", (self.sql, done["Status"])
        return done

    def _started(self, execution_id: str) -> None:
        self.execution_id = execution_id

    def settled(self) -> bool:
        """Whether its effect must be there: just when an execution of it succeeded."""
        found = [one for one in _executions(self.person) if one not in self.known]
        if self.execution_id is not None and self.execution_id not in found:
            raise AssertionError(f"execution {self.execution_id} was acknowledged and is lost")
        states = [
            self.person.clients.athena.get_query_execution(QueryExecutionId=one)["QueryExecution"] for one in found
        ]
        mine = [one["Status"] for one in states if one["Query"] == self.sql]
        assert len(mine) <= 1, f"{self.sql} ran {len(mine)} times"
        for status in mine:
            assert status["State"] in FINAL, f"{self.sql} is {status['State']} for ever"
            assert status["State"] == "SUCCEEDED" or status["StateChangeReason"].startswith(STOPPED), status
        return any(status["State"] == "SUCCEEDED" for status in mine)


def _executions(person: Person) -> list[str]:
    pages = person.clients.athena.get_paginator("list_query_executions").paginate(WorkGroup=group_of(person))
    return [one for page in pages for one in page["QueryExecutionIds"]]


def statement(person: Person, name: str, sql: str, effects: dict[Key, Effect]) -> Change:
    made = Statement(person, sql)

    def learned(answer: Any) -> dict[Key, Effect]:
        return {("execution", answer["QueryExecutionId"]): now(lambda after: after["execution"] == answer)}

    return Change(name, made.send, effects, learned=learned, settled=made.settled)


def prepare(person: Person) -> Change | None:
    """A work group with its place for results, then a database."""
    group, name = group_of(person), database_of(person)
    if not person.there("group"):
        place = {"OutputLocation": f"s3://{RESULTS}/{person.label}/"}
        return Change(
            "CreateWorkGroup",
            lambda: person.clients.athena.create_work_group(
                Name=group,
                Configuration={"ResultConfiguration": place, "EnforceWorkGroupConfiguration": False},
                Description="first",
            ),
            {("group", group): has(Description="first")},
        )
    if ("schema", name) not in person.known:
        return statement(person, "CREATE DATABASE", f"CREATE DATABASE {name}", {("schema", name): has(Name=name)})
    text = person.fresh("text")
    return Change(
        "UpdateWorkGroup",
        lambda: person.clients.athena.update_work_group(WorkGroup=group, Description=text),
        {("group", group): has(Description=text)},
    )


def ready(person: Person) -> bool:
    return bool(person.there("schema", database_of(person)))


def key_of(person: Person, table: str) -> Key:
    return ("rows", person.label, database_of(person), table)


def values(person: Person) -> list[tuple[str, str]]:
    return sorted((str(person.dice.randint(1, 10**6)), f"d{number}") for number in range(3))


def filled(person: Person) -> list[Key]:
    """The tables that are there (files of dropped ones stay)."""
    return [key for key in person.there("rows") if person.known[key]["rows"] is not None]


def ctas(person: Person) -> Change | None:
    """Three partitions, so at least three files and four entries of the catalog: all of them or none."""
    if not ready(person) or len(filled(person)) >= 2:
        return None
    name, wanted = person.fresh("made"), values(person)
    place = f"s3://{RESULTS}/{person.label}/tables/{name}/"
    listed = ", ".join(f"({number}, '{day}')" for number, day in wanted)
    sql = (
        f"CREATE TABLE {database_of(person)}.{name} WITH (external_location='{place}', partitioned_by=ARRAY['day'])"
        f" AS SELECT * FROM (VALUES {listed}) AS t (id, day)"
    )
    made = now(lambda after: sorted(after["rows"]) == wanted and after["files"] == 3)
    return statement(person, "CTAS", sql, {key_of(person, name): made})


def insert(person: Person) -> Change | None:
    keys = [key for key in filled(person) if len(person.known[key]["rows"]) <= 30]
    if not keys:
        return None
    key = person.dice.choice(keys)
    wanted = values(person)
    listed = ", ".join(f"({number}, '{day}')" for number, day in wanted)
    sql = f"INSERT INTO {key[2]}.{key[3]} VALUES {listed}"

    def added(before: Seen, after: Seen) -> bool:
        return sorted(after["rows"]) == sorted([*before["rows"], *wanted]) and after["files"] == before["files"] + 3

    return statement(person, "INSERT", sql, {key: versus(added)})


def drop(person: Person) -> Change | None:
    keys = filled(person)
    if not keys or person.dice.random() < 0.5:
        return None
    key = person.dice.choice(keys)
    dropped = versus(lambda before, after: after == {"rows": None, "files": before["files"]})
    return statement(person, "DROP TABLE", f"DROP TABLE {key[2]}.{key[3]}", {key: dropped})


def select(person: Person) -> Change | None:
    if not ready(person):
        return None
    return statement(person, "SELECT", f"SELECT {person.dice.randint(1, 10**9)} AS n", {})


def change_named(person: Person) -> Change | None:
    key, group = person.one("named"), group_of(person)
    if not ready(person):
        return None
    athena, text = person.clients.athena, f"SELECT {person.dice.randint(1, 10**9)}"
    if key is not None and person.dice.random() < 0.3:
        return Change("DeleteNamedQuery", lambda: athena.delete_named_query(NamedQueryId=key[1]), {key: gone})
    if key is not None:
        return Change(
            "UpdateNamedQuery",
            lambda: athena.update_named_query(NamedQueryId=key[1], Name="renamed", QueryString=text),
            {key: has(QueryString=text, Name="renamed")},
        )
    return Change(
        "CreateNamedQuery",
        lambda: athena.create_named_query(Name="saved", Database="default", QueryString=text, WorkGroup=group),
        {},
        learned=lambda answer: {("named", answer["NamedQueryId"]): has(QueryString=text, Name="saved")},
    )


def change_prepared(person: Person) -> Change | None:
    key, group = person.one("prepared"), group_of(person)
    if not ready(person):
        return None
    athena, text = person.clients.athena, f"SELECT {person.dice.randint(1, 10**9)} + ?"
    if key is None:
        name = person.fresh("p")
        return Change(
            "CreatePreparedStatement",
            lambda: athena.create_prepared_statement(StatementName=name, WorkGroup=group, QueryStatement=text),
            {("prepared", group, name): has(QueryStatement=text)},
        )
    where = {"StatementName": key[2], "WorkGroup": group}
    if person.dice.random() < 0.3:
        return Change("DeletePreparedStatement", lambda: athena.delete_prepared_statement(**where), {key: gone})
    return Change(
        "UpdatePreparedStatement",
        lambda: athena.update_prepared_statement(**where, QueryStatement=text),
        {key: has(QueryStatement=text)},
    )


CHANGES = (prepare, ctas, insert, insert, drop, select, change_named, change_prepared)
