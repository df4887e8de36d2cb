"""One thread that makes random changes until the endpoint is gone, and the oracle that compares what is there then.

After every answer the thread reads what it changed and keeps it. So when the endpoint is killed there is for each thing
a last known state, and at most one change under way: sent and not answered, or answered and not yet read.

    answered                    its effect must be there
    not answered                its effect is there wholly, or not at all
    everything else             exactly as it was read last; what was deleted stays deleted
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tests.localaws.faults import athena_changes, glue_changes, iam_changes, lake_changes, s3_changes
from tests.localaws.faults.observers import observe
from tests.localaws.faults.requests import Change, Effect, Key, Person, Seen

Plan = Callable[[Person], Change | None]
PLANS: tuple[tuple[Plan, ...], ...] = (
    glue_changes.CHANGES,
    lake_changes.CHANGES,
    s3_changes.CHANGES,
    iam_changes.CHANGES,
    athena_changes.CHANGES,
)
BROKEN_OFF = (BotoCoreError, ResponseParserError, KeyError)
"""What botocore raises for an answer that did not come, or not to its end."""
FORGET_AFTER = 25
"""How many deleted things are looked at again after each kill."""


@dataclass
class UnderWay:
    """The change that a thread has sent; `answered` once its answer came."""

    change: Change
    effects: dict[Key, Effect]
    before: dict[Key, Seen]
    answer: Any = None
    answered: bool = False


class Writer(threading.Thread):
    """Makes a person's changes. `violations` is what must not be; `counts` the changes that were answered, by name.

    `favourite` are plans of which it makes more than of the others.
    """

    def __init__(self, person: Person, is_killed: Callable[[], bool], favourite: tuple[Plan, ...] | None) -> None:
        super().__init__(name=person.label)
        self.person, self._is_killed, self._favourite = person, is_killed, favourite
        self.under_way: UnderWay | None = None
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        self.met: str | None = None  # how the kill met the change under way

    def run(self) -> None:
        try:
            while not self._is_killed() and not self.violations:
                change = self._next()
                if change is not None:
                    self._make(change)
        except (*BROKEN_OFF, ClientError, AssertionError) as error:
            self._ended(error)

    def _ended(self, error: Exception) -> None:
        """An error is the kill's doing only when there was one, and it is not an answer of the endpoint's."""
        name = self.under_way.change.name if self.under_way else "a reading"
        if _is_broken_off(error) and self._dies():
            return
        self.violations.append(f"{self.name}: {name}: {type(error).__name__}: {error}")

    def _dies(self) -> bool:
        """A connection may break a moment before the process is seen to have ended."""
        until_s = time.monotonic() + 5
        while not self._is_killed() and time.monotonic() < until_s:
            time.sleep(0.01)
        return self._is_killed()

    def _next(self) -> Change | None:
        plans = self.person.dice.choice(PLANS)
        if self._favourite is not None and self.person.dice.random() < 0.7:
            plans = self._favourite
        if not s3_changes.ready(self.person):
            plans = (s3_changes.create_bucket,)
        return self.person.dice.choice(plans)(self.person)

    def _make(self, change: Change) -> None:
        known = self.person.known
        before = {key: known[key] if key in known else self._see(key) for key in change.effects}
        self.under_way = way = UnderWay(change, dict(change.effects), before)
        try:
            way.answer = change.send()
        except ClientError as error:
            if change.refused is None or error.response["Error"]["Code"] != change.refused:
                raise
        else:
            assert change.refused is None, f"not refused with {change.refused}"
            way.effects |= change.learned(way.answer)
        way.answered = True
        after = {key: self._see(key) for key in way.effects}
        self.violations += [f"{self.name}: {text}, at once" for text in _wrong(way, after)]
        known |= after
        self.under_way = None
        self.counts[change.name] += 1

    def _see(self, key: Key) -> Seen:
        return observe(self.person.clients, key)

    def compare(self) -> int:
        """After a restart: find what is not as it must be; how many things were looked at."""
        try:
            return self._compare()
        except (*BROKEN_OFF, ClientError, AssertionError) as error:
            self.violations.append(f"{self.name}: after the start: {type(error).__name__}: {error}")
            return 0

    def _compare(self) -> int:
        way, self.under_way = self.under_way, None
        after = {key: self._see(key) for key in self._looked_at(way)}
        if way is not None:
            settled = True if way.answered else way.change.settled()
            self.violations += [f"{self.name}: {text}" for text in judged(way, after, settled)]
            done = "done" if any(after[key] != way.before.get(key) for key in way.effects) else "not done"
            self.met = "answered" if way.answered else f"not answered and {done}"
        for key, seen in after.items():
            if (way is None or key not in way.effects) and self.person.known[key] != seen:
                self.violations.append(f"{self.name}: {key} was {self.person.known[key]} and is {seen}")
        self.person.known = after
        return len(after)

    def _looked_at(self, way: UnderWay | None) -> list[Key]:
        known = self.person.known
        deleted = [key for key, seen in known.items() if seen is None][-FORGET_AFTER:]
        there = [key for key, seen in known.items() if seen is not None]
        return list(dict.fromkeys([*deleted, *there, *(way.effects if way else ())]))


def _is_broken_off(error: Exception) -> bool:
    """No answer came, or one that broke off behind its headers."""
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Code", "")).isdigit()
    return isinstance(error, BROKEN_OFF)


def judged(way: UnderWay, after: Mapping[Key, Seen], settled: bool | None) -> list[str]:
    """What is wrong with a change that was under way, as its things are now."""
    untouched = [key for key in way.effects if after[key] == way.before.get(key)]
    if settled is not True and len(untouched) == len(way.effects):
        return []
    wrong = _wrong(way, after)
    if settled is False:
        return [f"{way.change.name} failed, but something of it is there: {dict(after)}"] if way.effects else []
    if settled is None and not way.change.atomic:
        return [text for key, text in zip(way.effects, _each(way, after), strict=True) if text and key not in untouched]
    return [f"{text} (half of it)" if len(wrong) < len(way.effects) else text for text in wrong]


def _wrong(way: UnderWay, after: Mapping[Key, Seen]) -> list[str]:
    return [text for text in _each(way, after) if text]


def _each(way: UnderWay, after: Mapping[Key, Seen]) -> list[str]:
    return [_verdict(way, key, after[key]) for key in way.effects]


def _verdict(way: UnderWay, key: Key, seen: Seen) -> str:
    """ "" when an effect is there."""
    before = way.before.get(key)
    try:
        done = way.effects[key](before, seen, way.answer)
    except (TypeError, KeyError, IndexError, ValueError):  # the thing, or a part of it, is not there
        done = False
    return "" if done else f"{way.change.name} of {key}: was {before}, is {seen}, answer {way.answer}"
