"""Which events of the audit log a visitor sees, and which of those he asked for."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mesh_core.domain.audit_chain import Entry
from mesh_core.domain.visitors import Visitor

COLUMNS = ("seq", "at", "kind", "action", "actor", "subject", "outcome", "before", "after", "plan_hash", "detail")
_FORMULA = re.compile(r"^[=+\-@\t\r]")


@dataclass(frozen=True)
class Wanted:
    """What is asked for; "" and () leave a part open. text is looked for in every word of an event, case ignored."""

    kinds: tuple[str, ...] = ()
    actor: str = ""
    text: str = ""


def sees(visitor: Visitor, entry: Entry) -> bool:
    """The steward sees everything, owners what is about their domains, everybody what he did himself."""
    event = entry.event
    if visitor.is_steward or visitor.role in (event.actor, entry.role, event.detail.get("role")):
        return True
    domains = set(re.findall(r"[a-z0-9_]+(?=\.[a-z0-9_])|(?<=domain )[a-z0-9_]+", event.subject))
    return bool(domains & visitor.owned)


def chosen(visitor: Visitor, entries: Iterable[Entry], wanted: Wanted) -> tuple[Entry, ...]:
    """Those that the visitor sees and asked for, in their order."""
    return tuple(one for one in entries if sees(visitor, one) and _fits(one, wanted))


def _fits(entry: Entry, wanted: Wanted) -> bool:
    event = entry.event
    if wanted.kinds and event.kind not in wanted.kinds:
        return False
    if wanted.actor and event.actor != wanted.actor:
        return False
    words = (event.action, event.actor, event.subject, event.outcome, event.before, event.after, *event.detail.values())
    return not wanted.text or wanted.text.casefold() in " ".join(words).casefold()


def as_csv(entries: Iterable[Entry]) -> str:
    """The events as CSV with a header; text that a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        event = entry.event
        detail = "; ".join(f"{name}={text}" for name, text in sorted(event.detail.items()))
        row = (event.kind, event.action, event.actor, event.subject, event.outcome, event.before, event.after)
        writer.writerow([entry.seq, entry.at, *map(_tame, row), event.plan_hash, _tame(detail)])
    return out.getvalue()


def _tame(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text
