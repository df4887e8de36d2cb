"""Connections are made and closed behind the queries' backs, and no query waits for that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena import connections
from mesh_core.localaws.athena.connections import SPARES, Connections

WAIT_S = 20


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Connections]:
    found = Connections(tmp_path)
    yield found
    found.close()


def ended() -> None:
    """Wait for the work in the background to end."""
    for thread in threading.enumerate():
        if thread.name == "athena-spares":
            thread.join(WAIT_S)
            assert not thread.is_alive()


def held_back(made: Connections, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, threading.Event]:
    """A used connection whose closing waits for the event; the stock is full."""
    made.refill()
    ended()
    waiting, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(connections.time, "sleep", lambda _: (waiting.set(), go_on.wait(WAIT_S)))
    with made.one() as used:
        pass
    assert waiting.wait(WAIT_S)
    return used, go_on


def test_every_statement_has_a_connection_of_its_own(made: Connections) -> None:
    with made.one() as first:
        first.execute("CREATE TABLE left_behind (x INTEGER)")
    for _ in range(SPARES + 2):
        with made.one() as other:
            assert other is not first
            assert other.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
    ended()


def test_after_a_query_the_used_connection_is_closed_and_the_stock_is_full(made: Connections) -> None:
    with made.one() as used:
        pass
    ended()
    assert made._spares.qsize() == SPARES
    with pytest.raises(Exception, match="[Cc]losed"):
        used.execute("SELECT 1")


def test_the_next_query_takes_a_spare_connection_while_the_last_one_is_not_closed_yet(
    made: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, go_on = held_back(made, monkeypatch)
    with made.one() as other:
        assert other.execute("SELECT 1").fetchone() == (1,) and used.execute("SELECT 1").fetchone() == (1,)
    go_on.set()
    ended()
    assert made._spares.qsize() == SPARES


def test_connections_that_wait_to_be_closed_are_closed_when_the_endpoint_ends(
    made: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, go_on = held_back(made, monkeypatch)
    made.close()
    with pytest.raises(Exception, match="[Cc]losed"):
        used.execute("SELECT 1")
    go_on.set()
    ended()
    assert made._spares.empty() and made._used.empty()
