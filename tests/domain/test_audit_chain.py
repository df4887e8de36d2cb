"""The chain of audit events: whatever is taken out, altered, moved or put in afterwards is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mesh_core.domain.audit import Event
from mesh_core.domain.audit_chain import (
    Checked,
    Entry,
    Head,
    check,
    document,
    entry_of,
    hash_of,
    head_of,
    head_text,
    key_of,
    line,
    number_of,
    runs,
    seal_of,
    sealed,
)

EVENT = Event("change", "apply", "sales-owner", "sales.orders", "done", "a", "b", "f" * 64, {"job": "j1"})


def chain(count: int) -> tuple[dict[int, str], Head]:
    """The texts of a whole chain, and its head."""
    texts, prev = {}, ""
    for seq in range(1, count + 1):
        entry = sealed(Entry(seq, "2026-01-01 00:00:00.000", replace(EVENT, subject=f"s{seq}"), f"id{seq}", prev))
        texts[seq], prev = line(entry), entry.hash
    return texts, Head(count, prev)


def changed(text: str, **fields: object) -> str:
    """An event with fields altered, its hash left as it was."""
    return json.dumps({**json.loads(text), **fields})


def resealed(text: str, **fields: object) -> str:
    """An event altered by somebody who knows how its hash is made."""
    stored = {**json.loads(text), **fields}
    return json.dumps({**stored, "hash": hash_of(stored)})


def told(found: Checked) -> list[tuple[str, int, int]]:
    return [(one.trouble, one.first, one.last) for one in found.findings]


def test_a_chain_that_nobody_touched_is_whole() -> None:
    texts, head = chain(5)
    found = check(texts, head, noted=head)
    assert (found.is_whole, found.count, found.head) == (True, 5, head)


def test_a_chain_without_events_is_whole() -> None:
    assert check({}, Head()).is_whole


def _without(*numbers: int):
    return lambda texts: [texts.pop(number) for number in numbers]


def _set(number: int, make):
    return lambda texts: texts.__setitem__(number, make(texts[number]))


def _swap(texts: dict[int, str]) -> None:
    texts[2], texts[4] = texts[4], texts[2]


def _rewritten_from(texts: dict[int, str], first: int) -> None:
    prev = json.loads(texts[first])["prev"]
    for seq in range(first, len(texts) + 1):
        texts[seq] = resealed(texts[seq], actor="somebody-else", prev=prev)
        prev = json.loads(texts[seq])["hash"]


TAMPERED = [
    pytest.param(_without(3), [("missing", 3, 3)], id="one is removed"),
    pytest.param(_without(2, 3), [("missing", 2, 3)], id="two in a row are removed"),
    pytest.param(_without(1), [("missing", 1, 1)], id="the first is removed"),
    pytest.param(_without(5), [("cut off", 5, 5)], id="the last is removed"),
    pytest.param(_without(3, 4, 5), [("cut off", 3, 5)], id="the end is cut off"),
    pytest.param(_set(3, lambda t: changed(t, actor="analyst")), [("altered", 3, 3)], id="a field is altered"),
    pytest.param(_set(3, lambda t: changed(t, note="x")), [("altered", 3, 3)], id="a field is added"),
    pytest.param(_set(3, lambda t: changed(t, at="2020-01-01 00:00:00.000")), [("altered", 3, 3)], id="its time"),
    pytest.param(_set(3, lambda _: "{}"), [("unreadable", 3, 3)], id="an empty object"),
    pytest.param(_set(3, lambda _: "no json"), [("unreadable", 3, 3)], id="no JSON"),
    pytest.param(
        _set(3, lambda t: resealed(t, actor="analyst")),
        [("broken", 3, 4)],
        id="altered and hashed again, in the middle",
    ),
    pytest.param(
        _set(5, lambda t: resealed(t, actor="analyst")),
        [("other end", 5, 5)],
        id="altered and hashed again, at the end",
    ),
    pytest.param(
        _swap,
        [
            ("broken", 1, 2),
            ("misplaced", 2, 2),
            ("broken", 2, 3),
            ("broken", 3, 4),
            ("misplaced", 4, 4),
            ("broken", 4, 5),
        ],
        id="two have changed places",
    ),
    pytest.param(lambda texts: _rewritten_from(texts, 3), [("other end", 5, 5)], id="the end is written anew"),
]


@pytest.mark.parametrize(("tamper", "expected"), TAMPERED)
def test_whatever_is_done_to_a_chain_is_found_with_its_number(tamper, expected: list) -> None:
    texts, head = chain(5)
    tamper(texts)
    assert sorted(told(check(texts, head))) == sorted(expected)


def test_a_chain_written_anew_with_its_head_is_found_by_a_seal_that_was_noted_elsewhere() -> None:
    texts, head = chain(5)
    _rewritten_from(texts, 2)
    forged = Head(5, json.loads(texts[5])["hash"])
    assert check(texts, forged).is_whole
    assert told(check(texts, forged, noted=head)) == [("other end", 5, 5)]


def test_a_chain_whose_head_was_taken_away_does_not_pass_for_whole() -> None:
    texts, _ = chain(3)
    assert told(check(texts, Head())) == [("other end", 3, 3)]


def test_an_event_is_one_flat_line_and_comes_back_as_it_was() -> None:
    event = replace(EVENT, detail={"query_id": "q1", "as_role": "analyst", "sql": "SELECT 'ä'\nFROM t"})
    entry = sealed(Entry(7, "2026-01-01 00:00:00.123", event, "id", "p"))
    text = line(entry)
    assert text.count("\n") == 1
    stored = json.loads(text)
    assert all(isinstance(value, str | int) for value in stored.values())
    assert (stored["role"], stored["query_id"], json.loads(stored["detail"])) == ("analyst", "q1", event.detail)
    assert entry_of(text) == entry
    assert hash_of(document(entry)) == entry.hash


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"seq": 1}'])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no audit event"):
        entry_of(text)


def test_keys_and_heads_and_seals_come_back_as_they_were() -> None:
    assert key_of(42) == "mesh_system/audit/000000000042.json"
    assert [number_of(k) for k in (key_of(42), "mesh_system/audit/42.json", "mesh_system/audit/x")] == [42, None, None]
    head = Head(42, "a" * 64)
    assert (head_of(head_text(head)), seal_of(f" {head.seal} "), head_of(None), head_of("?")) == (
        head,
        head,
        Head(),
        Head(),
    )


@pytest.mark.parametrize("noted", ["", "42", "42:abc", "x:" + "a" * 64])
def test_what_is_no_seal_is_refused(noted: str) -> None:
    with pytest.raises(ValueError):
        seal_of(noted)


def test_numbers_are_told_as_runs() -> None:
    assert list(runs([1, 2, 4, 7, 8, 9])) == [(1, 2), (4, 4), (7, 9)]
    assert list(runs([])) == []
