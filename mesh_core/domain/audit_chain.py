"""The chain of audit events: each carries the hash of the one before it, so that what is changed afterwards shows.

An event is one JSON object on one line, with flat fields, in an object of its own whose key is its number:
`mesh_system/audit/000000000042.json`. `hash` is SHA-256 over the canonical JSON (keys sorted, no spaces) of all other
fields, `prev` the hash of the event before. The head (`mesh_system/head.json`) names the last number and hash known.

What a check finds: a number that is missing, an event whose content is not what was hashed, one that stands at another
number, one that doesn't follow the one before it, and an end that differs from the head. What it can't find: a chain
whose events and head were all written anew by somebody who may write there, unless a seal was noted elsewhere or S3
still keeps the older versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from mesh_core.domain.audit import Event

PREFIX, HEAD_KEY = "mesh_system/audit/", "mesh_system/head.json"
FIELDS = (
    *("seq", "at", "kind", "action", "actor", "role", "subject", "outcome", "before", "after"),
    *("plan_hash", "query_id", "detail", "id", "prev", "hash"),
)
_KEY = re.compile(re.escape(PREFIX) + r"(\d{12})\.json")
_SEAL = re.compile(r"(\d+):([0-9a-f]{64})")

Trouble = Literal["missing", "altered", "unreadable", "misplaced", "broken", "cut off", "other end", "overwritten"]


@dataclass(frozen=True)
class Entry:
    """An event in its place. seq counts from 1; at is UTC, `YYYY-MM-DD HH:MM:SS.fff`; id tells equal events apart."""

    seq: int
    at: str
    event: Event
    id: str
    prev: str
    hash: str = ""

    @property
    def time(self) -> datetime:
        """When it was recorded."""
        return datetime.strptime(self.at, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)

    @property
    def role(self) -> str:
        """As which role it was done: the actor's own but for a run-as."""
        return str(self.event.detail.get("as_role") or self.event.actor)

    @property
    def query_id(self) -> str:
        """The execution at Athena that it is about, "" for none."""
        return str(self.event.detail.get("query_id") or "")


@dataclass(frozen=True)
class Head:
    """The end of the chain as last noted; seq 0 is the chain that has no event yet."""

    seq: int = 0
    hash: str = ""

    @property
    def seal(self) -> str:
        """`42:9f86…`: what somebody may keep elsewhere, to prove later that nothing up to there was changed."""
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the events `first` to `last`, in words."""

    trouble: Trouble
    first: int
    last: int
    words: str


@dataclass(frozen=True)
class Checked:
    """What a check saw: how many events, up to which end, and what is wrong with them."""

    count: int
    head: Head
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def key_of(seq: int) -> str:
    """The object's key."""
    return f"{PREFIX}{seq:012d}.json"


def number_of(key: str) -> int | None:
    """The event's number by its object's key, None for a key that is no event's."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found else None


def moment(at: datetime) -> str:
    """A time as it is written down."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


def sealed(entry: Entry) -> Entry:
    """The entry with its hash."""
    return replace(entry, hash=hash_of(document(entry)))


def document(entry: Entry) -> dict[str, Any]:
    """The flat object that is stored; `detail` is JSON text, so that the table over it has one column for it."""
    event = entry.event
    return {
        "seq": entry.seq,
        "at": entry.at,
        "kind": event.kind,
        "action": event.action,
        "actor": event.actor,
        "role": entry.role,
        "subject": event.subject,
        "outcome": event.outcome,
        "before": event.before,
        "after": event.after,
        "plan_hash": event.plan_hash,
        "query_id": entry.query_id,
        "detail": _canonical(dict(event.detail)),
        "id": entry.id,
        "prev": entry.prev,
        "hash": entry.hash,
    }


def line(entry: Entry) -> str:
    """The object's text: one line."""
    return _canonical(document(entry)) + "\n"


def entry_of(text: str) -> Entry:
    """The entry that `line` wrote; ValueError for anything else."""
    try:
        found = json.loads(text)
        names = ("kind", "action", "actor", "subject", "outcome", "before", "after", "plan_hash")
        event = Event(**{name: found[name] for name in names}, detail=json.loads(found["detail"]))
        place = (str(found[name]) for name in ("id", "prev", "hash"))
        return Entry(int(found["seq"]), str(found["at"]), event, *place)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError("this is no audit event") from error


def hash_of(stored: Mapping[str, Any]) -> str:
    """SHA-256 over all fields of a stored object but `hash`, those that don't belong there as well."""
    return hashlib.sha256(_canonical({k: v for k, v in stored.items() if k != "hash"}).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def head_text(head: Head) -> str:
    """The head's document."""
    return _canonical({"seq": head.seq, "hash": head.hash}) + "\n"


def head_of(text: str | None) -> Head:
    """The head that `head_text` wrote; one that can't be read counts as none, which a check then tells."""
    try:
        found = json.loads(text or "{}")
        return Head(int(found.get("seq", 0)), str(found.get("hash", "")))
    except (ValueError, TypeError, AttributeError):
        return Head()


def seal_of(text: str) -> Head:
    """A seal as somebody noted it; ValueError when it is none."""
    found = _SEAL.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return Head(int(found[1]), found[2])


def check(texts: Mapping[int, str], head: Head, noted: Head = Head()) -> Checked:
    """What is wrong with a chain: texts by number as they are stored, the head, and a seal noted elsewhere."""
    last = max(texts, default=0)
    stored = {seq: _parsed(text) for seq, text in texts.items()}
    findings = [
        *_gaps(texts, last),
        *_contents(stored),
        *_links(stored),
        *_end(stored, last, head),
        *_noted(stored, noted),
    ]
    ending = stored.get(last) or {}
    return Checked(len(texts), Head(last, str(ending.get("hash", ""))), tuple(sorted(findings, key=lambda f: f.first)))


def _parsed(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
        return found if isinstance(found, dict) and all(name in found for name in FIELDS) else None
    except ValueError:
        return None


def _gaps(texts: Mapping[int, str], last: int) -> Iterator[Finding]:
    for first, end in runs(seq for seq in range(1, last + 1) if seq not in texts):
        one = first == end
        what = f"Event {first} is" if one else f"Events {first} to {end} are"
        yield Finding("missing", first, end, f"{what} missing: {'it was' if one else 'they were'} removed.")


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as (first, last) of each unbroken run."""
    first = last = None
    for number in numbers:
        if last is not None and first is not None and number != last + 1:
            yield first, last
            first = None
        first, last = number if first is None else first, number
    if first is not None and last is not None:
        yield first, last


def _contents(stored: Mapping[int, Mapping[str, Any] | None]) -> Iterator[Finding]:
    for seq, found in stored.items():
        if found is None:
            yield Finding("unreadable", seq, seq, f"Event {seq} was replaced by something that is no event.")
        elif hash_of(found) != found["hash"]:
            yield Finding("altered", seq, seq, f"Event {seq} was altered: its content is not what was recorded.")
        elif found["seq"] != seq:
            words = f"At number {seq} stands event {found['seq']}: the order was changed."
            yield Finding("misplaced", seq, seq, words)


def _links(stored: Mapping[int, Mapping[str, Any] | None]) -> Iterator[Finding]:
    for seq, found in stored.items():
        before = stored.get(seq - 1)
        if found is None or (before is None and seq > 1):
            continue  # told already: missing, or no event
        expected = str(before.get("hash", "")) if before else ""
        if seq == 1 and found.get("prev"):
            yield Finding("broken", 1, 1, "Event 1 is not the first of its chain: what came before it was removed.")
        elif before is not None and found.get("prev") != expected:
            words = f"Event {seq} does not follow event {seq - 1}: one of them was put in another's place."
            yield Finding("broken", seq - 1, seq, words)


def _end(stored: Mapping[int, Mapping[str, Any] | None], last: int, head: Head) -> Iterator[Finding]:
    if head.seq > last:
        words = f"The chain ends at event {last}, but {head.seq} were recorded: its end was cut off."
        yield Finding("cut off", last + 1, head.seq, words)
        return
    if last and not head.seq:
        yield Finding("other end", last, last, "The record of the chain's end is gone: a cut-off end would not show.")
    found = stored.get(head.seq)
    if head.seq and found is not None and found.get("hash") != head.hash:
        words = f"Event {head.seq} is not the one that was the chain's end: what leads there was written anew."
        yield Finding("other end", head.seq, head.seq, words)


def _noted(stored: Mapping[int, Mapping[str, Any] | None], noted: Head) -> Iterator[Finding]:
    found = stored.get(noted.seq)
    if noted.seq and (found is None or found.get("hash") != noted.hash):
        words = f"Event {noted.seq} is not the one of the seal that you noted: the chain up to it was written anew."
        yield Finding("other end", noted.seq, noted.seq, words)
