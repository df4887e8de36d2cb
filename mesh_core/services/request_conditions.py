"""What owners ask of whoever asks for access: conditions of a domain, or of one product, in the owner's words.

One document a domain in the control bucket: product name ("" for all of the domain) -> sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mesh_core.domain.audit import Event
from mesh_core.domain.names import STEWARD
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import ConflictError, InvalidInputError, PermissionDeniedError
from mesh_core.services.request_store import RequestStore

MOST, LONGEST = 10, 300  # conditions of a product, characters of one


@dataclass(frozen=True)
class Conditions:
    """A domain's as they are kept; etag is None while there are none.

    broken  the text of a document that somebody wrote past the portal and that can't be read, "" for one that can
    """

    by_product: Mapping[str, tuple[str, ...]]
    etag: str | None = None
    broken: str = ""


class RequestConditions:
    """Everybody reads them, an owner writes those of a domain."""

    def __init__(self, store: RequestStore, record: Callable[[Event], None]) -> None:
        self._store, self._record = store, record

    def of(self, domain: str) -> Conditions:
        """A domain's."""
        found = self._store.text(_name(domain))
        if found is None:
            return Conditions({})
        try:
            lines = {str(name): _sentences(some) for name, some in json.loads(found.text).items()}
        except (ValueError, TypeError, AttributeError):
            return Conditions({}, found.etag, found.text or "nothing")
        return Conditions(lines, found.etag)

    def for_tables(self, tables: Iterable[str]) -> tuple[str, ...]:
        """What the owners of tables (`database.table`) ask for, each sentence once.

        InvalidInputError where a document can't be read: nobody gets access without the conditions that hold.
        """
        found: list[str] = []
        for table in tables:
            domain, _, product = table.partition(".")
            conditions = self.of(domain)
            if conditions.broken:
                raise InvalidInputError(
                    f"The conditions of {domain} can't be read: they were written past the portal. Nothing was asked "
                    f"for. The owner of {domain} or {STEWARD} saves them anew on Requests."
                )
            kept = conditions.by_product
            found += (*kept.get("", ()), *kept.get(product, ()))
        return tuple(dict.fromkeys(found))

    def save(self, visitor: Visitor, place: tuple[str, str], text: str, etag: str | None) -> Conditions:
        """Keep others, one a line, over the version that was read; place is (domain, product or "").

        InvalidInputError, PermissionDeniedError; ConflictError where somebody else was faster.
        """
        domain, product = place
        if not visitor.may_change(domain):
            raise PermissionDeniedError(
                f"{visitor.role} may not say what {domain} asks for. Nothing was saved. Its owner and {STEWARD} may."
            )
        lines = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        if len(lines) > MOST or any(len(line) > LONGEST for line in lines):
            raise InvalidInputError(
                f"At most {MOST} conditions of {LONGEST} characters each are kept: more is read by nobody. "
                "Nothing was saved. Shorten them."
            )
        before = self.of(domain)
        if before.etag != etag:
            raise ConflictError(f"the conditions of {domain}")
        after = {name: kept for name, kept in before.by_product.items() if name != product}
        if lines:
            after[product] = lines
        subject = f"{domain}.{product}" if product else domain
        old = before.broken or "\n".join(before.by_product.get(product, ()))
        self._record(Event("policy", "change the conditions", visitor.role, subject, "asked", old, "\n".join(lines)))
        self._store.put_text(_name(domain), json.dumps(after, sort_keys=True, ensure_ascii=False), etag)
        return self.of(domain)


def _sentences(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list of sentences")
    return tuple(str(one) for one in value)


def _name(domain: str) -> str:
    return f"conditions-{domain}.json"
