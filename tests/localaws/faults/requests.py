"""A change as the suite sends it: what it touches, and what must be true of that once it was answered."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from tests.localaws.conftest import EndpointProcess

Key = tuple[str, ...]
"""A thing: its kind (a name of `observers.OBSERVERS`), then its names."""
Seen = Any
"""All that clients can see of a thing, as plain data; None when it is not there."""
Effect = Callable[[Seen, Seen, Any], bool]
"""Whether (before, after, answer) is what a change asked for; the answer is None when none came."""


@dataclass(frozen=True)
class Change:
    """One request, or one statement.

    name      for messages
    send      sends it; returns the answer
    effects   for each thing that it touches what must be true afterwards
    atomic    whether AWS does it whole; else each thing alone may have changed when no answer came
    refused   the error code that it must be answered with; its effects are then that nothing changed
    learned   effects on things that only the answer names (an id, an access key)
    settled   after a kill: whether the change must be there (True), must not (False) or may be either (None)
    """

    name: str
    send: Callable[[], Any]
    effects: Mapping[Key, Effect]
    atomic: bool = True
    refused: str | None = None
    learned: Callable[[Any], Mapping[Key, Effect]] = field(default=lambda _: {})
    settled: Callable[[], bool | None] = field(default=lambda: None)


def gone(before: Seen, after: Seen, answer: Any) -> bool:
    """The effect of a deletion."""
    return after is None


def kept(before: Seen, after: Seen, answer: Any) -> bool:
    """Nothing changed."""
    return bool(before == after)


def now(check: Callable[[Seen], bool]) -> Effect:
    """An effect that shows in what is there afterwards."""

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return check(after)

    return effect


def versus(check: Callable[[Seen, Seen], bool]) -> Effect:
    """An effect that shows in the difference of before and after."""

    def effect(before: Seen, after: Seen, answer: Any) -> bool:
        return check(before, after)

    return effect


def has(**wanted: Any) -> Effect:
    """The effect of a change after which these members have these values."""
    return now(lambda after: after is not None and all(after[name] == wanted[name] for name in wanted))


@dataclass
class Person:
    """Who makes the changes of one thread: its dice, its clients, and what it knows to be there.

    Its names begin with its label, so that nobody else changes what it knows.
    """

    label: str
    dice: random.Random
    clients: Clients
    known: dict[Key, Seen] = field(default_factory=dict)
    made: int = 0

    def fresh(self, kind: str) -> str:
        """A name that was never used."""
        self.made += 1
        return f"{self.label}{kind}{self.made}"

    def there(self, *prefix: str) -> list[Key]:
        """The things of a kind (of a database, ...) that are there."""
        return [key for key, seen in self.known.items() if seen is not None and key[: len(prefix)] == prefix]

    def one(self, *prefix: str) -> Key | None:
        """Any of them."""
        found = self.there(*prefix)
        return self.dice.choice(found) if found else None


class Clients:
    """boto3 clients of one endpoint, without retries; valid across restarts, since the port stays the same."""

    def __init__(self, endpoint: EndpointProcess) -> None:
        self.endpoint = endpoint
        session = endpoint.session()
        self.glue, self.lake, self.s3, self.iam, self.sts, self.athena = (
            endpoint.client_of(session, service, max_pool_connections=32, read_timeout=30, connect_timeout=10)
            for service in ("glue", "lakeformation", "s3", "iam", "sts", "athena")
        )

    def identity(self, access_key_id: str, secret: str, token: str | None = None) -> str | None:
        """Who a key is; None when the endpoint does not know it."""
        config = Config(retries={"total_max_attempts": 1})
        key = {"aws_access_key_id": access_key_id, "aws_secret_access_key": secret, "aws_session_token": token}
        sts = boto3.client("sts", self.endpoint.region, endpoint_url=self.endpoint.url, config=config, **key)
        try:
            return str(sts.get_caller_identity()["Arn"])
        except sts.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "InvalidClientTokenId":
                return None
            raise
