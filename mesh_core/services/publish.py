"""The wizard: drafts begun, continued and discarded, and made a product once.

A draft is stored at every change, so a page switch, a reload or another browser loses nothing. Where its data comes
from is the business of services/publish_data.py.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast, get_args

from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.delegation import allowed_values
from mesh_core.domain.intents import Draft, EditProduct, PublishProduct, Status, Template
from mesh_core.domain.names import ProductName
from mesh_core.domain.plan import Plan
from mesh_core.domain.publish import CONTACT, days_kept
from mesh_core.domain.publish_wizard import CLASSES, OWN_KEYS, Intake, Problem, Stage, stage_problems
from mesh_core.domain.visitors import Visitor, check_may
from mesh_core.domain.world import Column, Target
from mesh_core.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from mesh_core.services.changes import Changes
from mesh_core.services.drafts import Drafts, SavedDraft
from mesh_core.services.publish_data import PublishData
from mesh_core.services.reading import Reading
from mesh_core.services.templates import template_named

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
_NOTE = "wizard.json"


@dataclass(frozen=True)
class WizardDraft:
    """A draft as the wizard has it open. actor is the role that began it."""

    id: str
    actor: str
    draft: Draft
    intake: Intake = Intake()


@dataclass(frozen=True)
class Editable:
    """What may change of a product after publishing, as it stands; tags are those assigned here, not inherited."""

    product: ProductName
    description: str
    purpose: str
    owner: str
    contact: str
    retention_days: int
    status: str
    columns: tuple[Column, ...]
    tags: Mapping[str, str]
    column_tags: Mapping[str, Mapping[str, str]]


class Wizard:
    """Drafts of one visitor at a time; every method that takes a visitor checks that the draft is theirs."""

    def __init__(self, drafts: Drafts, changes: Changes, reading: Reading, data: PublishData) -> None:
        self._drafts, self._changes, self._reading, self.data = drafts, changes, reading, data
        self._lock = threading.Lock()

    def domains(self, visitor: Visitor) -> tuple[str, ...]:
        """The domains in which the visitor may publish, by name."""
        world = self._reading.world()
        return tuple(sorted(d.name for d in world.databases if d.is_managed and visitor.may_change(d.name)))

    def owner_of(self, domain: str) -> str:
        """The role that owns a domain, "" when there is no such domain."""
        return next((d.owner for d in self._reading.world().databases if d.name == domain), "")

    def tag_keys(self, visitor: Visitor) -> dict[str, tuple[str, ...]]:
        """What the visitor may assign of the vocabulary: key -> values."""
        mine = allowed_values(self._reading.world(), visitor)
        return {key: values for key, values in mine.items() if key not in OWN_KEYS}

    def inherited_tags(self, domain: str) -> Mapping[str, str]:
        """The LF-tags that a domain's products inherit."""
        return self._reading.world().assigned.get(Target(domain), {})

    def editable(self, visitor: Visitor, name: str) -> Editable:
        """A product to edit. NotFoundError, PermissionDeniedError."""
        product = ProductName.parse(name)
        check_may(visitor, EditProduct(product))
        world = self._reading.world()
        ports = world.ports(product)
        if not ports:
            raise NotFoundError(f"There is no product '{name}'. It may have been torn down. See Catalog.")
        port, own = ports[0], world.assigned
        at = port.parameters
        return Editable(
            product=product,
            description=port.description,
            purpose=at.get("mesh.purpose", ""),
            owner=at.get("mesh.owner", ""),
            contact=at.get(CONTACT, ""),
            retention_days=days_kept(at),
            status=at.get("mesh.status", "active"),
            columns=port.columns,
            tags=own.get(Target(port.database, port.name), {}),
            column_tags={c: own.get(Target(port.database, port.name, c), {}) for c in port.column_names},
        )

    def is_published(self, name: str) -> bool:
        """Whether there is such a product."""
        return any(str(table.product) == name for table in self._reading.world().tables)

    def mine(self, visitor: Visitor) -> tuple[SavedDraft, ...]:
        """The visitor's drafts, newest first; uploads that no draft needs any more are deleted by the way."""
        self.data.sweep()
        return self._drafts.of_actor(visitor.role)

    def begin(self, visitor: Visitor, template: str, view_sql: str = "") -> WizardDraft:
        """A new draft with the template's defaults. PermissionDeniedError for who may publish nowhere."""
        offered = self.domains(visitor)
        if not offered:
            raise PermissionDeniedError(
                f"{visitor.role} owns no domain, so it can't create products. Nothing was created. "
                "Act as the owner of a domain or as mesh-steward."
            )
        chosen = template_named(template)
        if template not in get_args(Template):
            raise InvalidInputError(
                f"The template '{template}' is not known here. Nothing was created. Choose another."
            )
        defaults = chosen.defaults
        domain = defaults.get("domain", "")
        domain = domain if domain in offered else offered[0]
        draft = Draft(
            template=cast(Template, template),
            domain=domain,
            name="",
            purpose=defaults.get("purpose", ""),
            owner=defaults.get("owner") or self.owner_of(domain),
            status=cast(Status, defaults.get("status", "active")),
            version=defaults.get("version", "1.0.0"),
            view_sql=view_sql,
        )
        opened = WizardDraft(self._drafts.new_id(), visitor.role, draft)
        self.save(opened)
        return opened

    def open(self, visitor: Visitor, draft_id: str) -> WizardDraft:
        """A stored draft. NotFoundError; PermissionDeniedError when somebody else began it."""
        saved = self._drafts.load(draft_id) if _ID.fullmatch(draft_id) else None
        if saved is None:
            raise NotFoundError("There is no such draft any more. It was published or discarded. Start a new one.")
        if saved.actor != visitor.role and not visitor.is_steward:
            raise PermissionDeniedError(
                f"This draft was begun by {saved.actor}. Nothing was changed. Act as {saved.actor} to continue it."
            )
        text = self._drafts.note(draft_id, _NOTE)
        intake = from_json(text, CLASSES) if text else Intake()
        return WizardDraft(draft_id, saved.actor, saved.draft, intake)

    def save(self, opened: WizardDraft, before: WizardDraft | None = None) -> None:
        """Store what differs from `before`."""
        if before is None or before.draft != opened.draft:
            self._drafts.save(opened.id, opened.draft, opened.actor)
        if before is None or before.intake != opened.intake:
            self._drafts.put_note(opened.id, _NOTE, to_json(opened.intake))

    def discard(self, opened: WizardDraft) -> None:
        """Delete a draft with its files. Products that were made of it stay."""
        self._drafts.discard(opened.id)
        self.data.forget(opened.id)

    def problems(self, opened: WizardDraft, stage: Stage) -> tuple[Problem, ...]:
        """What keeps the visitor from leaving a step, as (field, sentence)."""
        return stage_problems(self._reading.world(), opened.draft, opened.intake, stage)

    def stage_left(self, visitor: Visitor, draft_id: str) -> Stage:
        """Where to continue a draft: the first step that lacks something, else governance, before the plan."""
        opened = self.open(visitor, draft_id)
        if opened.intake.job_id:
            return "plan"
        early: tuple[Stage, ...] = ("basics", "data")
        return next((stage for stage in early if self.problems(opened, stage)), "governance")

    def preview(self, visitor: Visitor, opened: WizardDraft) -> Plan:
        """Exactly what publishing would do."""
        return self._changes.preview(visitor, PublishProduct(opened.draft))

    def apply(self, visitor: Visitor, opened: WizardDraft, plan: Plan) -> WizardDraft:
        """Start applying once: a second call, from another tab too, joins the first one's job."""
        with self._lock:
            stored = self.open(visitor, opened.id)
            if stored.intake.job_id:
                return stored
            job_id = self._changes.apply(visitor, plan)
            begun = replace(stored, intake=replace(stored.intake, job_id=job_id))
            self.save(begun, stored)
            return begun

    def plan_again(self, opened: WizardDraft) -> WizardDraft:
        """Leave a job that failed or was undone, to plan anew."""
        fresh = replace(opened, intake=replace(opened.intake, job_id=""))
        self.save(fresh, opened)
        return fresh
