"""The mesh's policies: kept in the control bucket, held against every plan, and looked at again on schedule."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mesh_core.domain.audit import Event
from mesh_core.domain.intents import ChangeAssignments, Intent, Teardown
from mesh_core.domain.names import STEWARD, Naming
from mesh_core.domain.plan import Plan
from mesh_core.domain.policies import Policies, Rule, check_policies, read_policies
from mesh_core.domain.projection import after
from mesh_core.domain.violations import Choice, Violation, breaches, choice, mended_by, violations
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import World
from mesh_core.errors import (
    ConflictError,
    InvalidInputError,
    PermissionDeniedError,
    PolicyFileError,
    PolicyRefusedError,
)
from mesh_core.services.ports import StorageWriter
from mesh_core.services.reading import Reading
from mesh_core.services.run_as import plan_hash as hash_of

OF_MESH, OF_DOMAIN = "governance/policies.yaml", "governance/policies/"
SEEN = "governance/violations.json"
SHIPPED = Path(__file__).resolve().parent.parent / "templates" / "policies" / "mesh.yaml"
LONGEST = 200_000  # characters of a document
KEPT_S, EVERY_S = 5.0, 300.0
ACTOR, MANY_STEPS = "mesh-portal", 20


@dataclass(frozen=True)
class Document:
    """One document as it is kept. etag is None while nothing is: the mesh's text is then the one that ships."""

    text: str = ""
    etag: str | None = None


@dataclass(frozen=True)
class Seen:
    """A violation and since when the portal knows of it: UTC as ISO 8601, "" for one that is new."""

    violation: Violation
    since: str = ""


class PolicyBook:
    """Reads, saves and applies policies. All may read; the steward writes the mesh's, an owner a domain's."""

    def __init__(
        self,
        storage: StorageWriter,
        naming: Naming,
        reading: Reading,
        record: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage, self._bucket = storage, naming.control_bucket
        self._reading, self._record, self._clock = reading, record, clock
        self._lock = threading.Lock()
        self._kept: tuple[float, Policies] | None = None
        self._decided: tuple[World, Policies, tuple[Violation, ...]] | None = None
        self._held: tuple[Plan, World, Policies, tuple[Violation, ...]] | None = None

    def document(self, domain: str = "") -> Document:
        """The mesh's document, or a domain's."""
        found = self._storage.get_versioned(self._bucket, _key(domain))
        if found is not None:
            return Document(found.text, found.etag)
        return Document("" if domain else shipped())

    def policies(self) -> Policies:
        """What holds, at most KEPT_S old. InvalidInputError for a document that somebody broke by hand."""
        with self._lock:
            if self._kept is None or self._clock() - self._kept[0] > KEPT_S:
                rules = {name: self._rules(name) for name in ("", *self._domains())}
                self._kept = (self._clock(), Policies(rules.pop(""), rules))
            return self._kept[1]

    def _domains(self) -> tuple[str, ...]:
        """The domains that have a document."""
        keys = sorted(one.key for one in self._storage.objects(self._bucket, OF_DOMAIN))
        return tuple(key.removeprefix(OF_DOMAIN).removesuffix(".yaml") for key in keys)

    def _rules(self, domain: str) -> tuple[Rule, ...]:
        try:
            return read_policies(self.document(domain).text, domain)
        except PolicyFileError as error:
            whose = f"the domain {domain}" if domain else "the mesh"
            raise InvalidInputError(
                f"The policies of {whose} can't be read, line {error.line}: {error.reason} Until they can, no "
                "change is applied. They were written past the portal: save them anew on Policies."
            ) from error

    def try_text(self, domain: str, text: str) -> Policies:
        """What would hold with another document. PolicyFileError, with the line."""
        if len(text) > LONGEST:
            raise PolicyFileError(1, f"it has {len(text):,} characters, at most {LONGEST:,} are read.")
        rules = read_policies(text, domain)
        mesh = self._rules("") if domain else rules
        check_policies(self._reading.world(), rules, mesh if domain else ())
        others = {name: self._rules(name) for name in self._domains() if name != domain}
        return Policies(mesh, {**others, domain: rules} if domain else others)

    def save(self, visitor: Visitor, domain: str, text: str, etag: str | None) -> Document:
        """Keep another document, over the version that was read.

        PolicyFileError, with the line; PermissionDeniedError; ConflictError where somebody else was faster.
        """
        if not (visitor.may_change(domain) if domain else visitor.is_steward):
            whose = f"the policies of {domain}: its owner and {STEWARD} may" if domain else f"the mesh's: {STEWARD} may"
            raise PermissionDeniedError(f"{visitor.role} may not change {whose}. Nothing was saved.")
        if domain:
            self._reading.world().database(domain)
        self.try_text(domain, text)
        before = self.document(domain)
        if before.etag != etag:
            raise ConflictError("the policies")
        subject = f"policies of {domain}" if domain else "policies of the mesh"
        self._record(Event("policy", "change the policies", visitor.role, subject, "asked", before.text, text))
        kept = Document(text, self._storage.put_if(self._bucket, _key(domain), text, etag))
        with self._lock:
            self._kept = None
        return kept

    def violations(self, text: str | None = None, domain: str = "") -> tuple[Violation, ...]:
        """What breaks a rule now; with a text, what would if that were the document."""
        world = self._reading.world()
        return violations(world, self.try_text(domain, text)) if text is not None else self._of(world)

    def fresh(self, text: str | None = None) -> tuple[Violation, ...]:
        """The same on a new reading; with a text, held against that document of the mesh instead."""
        self._reading.fresh(None)
        self._reading.forget()
        return self.violations(text)

    def _of(self, world: World) -> tuple[Violation, ...]:
        policies = self.policies()
        kept = self._decided
        if kept is None or kept[0] is not world or kept[1] != policies:
            kept = self._decided = (world, policies, violations(world, policies))
        return kept[2]

    def of(self, plan: Plan) -> tuple[Violation, ...]:
        """What a plan would break that isn't broken yet; a teardown breaks nothing."""
        if plan.is_empty or isinstance(plan.intent, Teardown):
            return ()
        before, policies = self._reading.world(), self.policies()
        kept = self._held
        if kept is None or kept[0] is not plan or kept[1] is not before or kept[2] != policies:
            found = breaches(self._of(before), violations(after(before, plan.steps), policies))
            kept = self._held = (plan, before, policies, found)
        return kept[3]

    def check(self, visitor: Visitor, plan: Plan) -> None:
        """PolicyRefusedError where a plan would break a rule that refuses; that is written down."""
        refused = [one.sentence for one in self.of(plan) if one.action == "refuse"]
        if refused:
            words = f"refused: {refused[0]}"
            done = {"plan": "; ".join(plan.lines[:MANY_STEPS])}
            what = Event("policy", "refuse a change", visitor.role, plan.subject, words, plan_hash=hash_of(plan.steps))
            self._record(replace(what, detail=done))
            raise PolicyRefusedError(plan.title, refused)

    def choice(self, one: Violation) -> Choice | None:
        """What must be said before a violation can be mended."""
        return choice(self._reading.world(), self.policies(), one)

    def mended_by(self, chosen: Sequence[Violation], answer: str) -> Intent:
        """The one change that mends violations: several only of the rules about columns. InvalidInputError."""
        world = self._reading.world()
        intents = [mended_by(world, one, answer) for one in chosen]
        if len(intents) == 1:
            return intents[0]
        changes = [one.changes for one in intents if isinstance(one, ChangeAssignments)]
        if len(changes) < len(intents):
            raise InvalidInputError("These can't be mended by one plan. Nothing was changed. Choose one of them.")
        return ChangeAssignments(tuple(change for some in changes for change in some))

    def seen(self) -> tuple[Seen, ...]:
        """What breaks a rule now, with since when the portal knows."""
        known = self._known()[0]
        return tuple(Seen(one, known.get(_name(one), "")) for one in self._of(self._reading.world()))

    def look(self) -> None:
        """Write down what breaks a rule since the last look, and what no longer does: the scheduled check."""
        found = {_name(one): one for one in self._of(self._reading.world())}
        known, etag = self._known()
        if not found and not known or set(found) == set(known):
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        kept = {name: known.get(name, now) for name in found}
        self._storage.put_if(self._bucket, SEEN, json.dumps(kept, indent=1, sort_keys=True), etag)
        for name in sorted(set(found) - set(known)):
            one = found[name]
            self._record(Event("policy", "find a violation", ACTOR, one.subject, one.words, detail={"rule": one.text}))
        for name in sorted(set(known) - set(found)):
            self._record(Event("policy", "see a violation end", ACTOR, name.partition(" ")[2], "holds again"))

    def _known(self) -> tuple[dict[str, str], str | None]:
        found = self._storage.get_versioned(self._bucket, SEEN)
        if found is None:
            return {}, None
        try:
            document = json.loads(found.text)
        except ValueError:
            document = {}
        return {str(k): str(v) for k, v in document.items()} if isinstance(document, dict) else {}, found.etag


@cache
def shipped() -> str:
    """The mesh's document until somebody saves another."""
    return SHIPPED.read_text("utf-8")


def _key(domain: str) -> str:
    return f"{OF_DOMAIN}{domain}.yaml" if domain else OF_MESH


def _name(one: Violation) -> str:
    return f"{one.kind} {one.subject}"
