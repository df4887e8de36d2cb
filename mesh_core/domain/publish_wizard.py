"""What the wizard knows of a draft's data besides the draft itself, and what each of its steps still lacks.

Shapes
    Intake.schema      the file as it was last read, None before; Intake.columns its columns as the visitor edits them
    Intake.written     fingerprint of what the staged Parquet (or the checked SQL) was made from, "" when there is none
    Intake.rejects     the first rejected rows as (line, text, reason)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mesh_core.domain import access, publish, tags
from mesh_core.domain.codec import to_json
from mesh_core.domain.intents import Draft
from mesh_core.domain.lineage import lineage_of
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.personal_data import suggest
from mesh_core.domain.query import Reference
from mesh_core.domain.schema import RESERVED_WORDS, ColumnSpec, InferredSchema, Question, column_problems
from mesh_core.domain.world import Column, Table, Target, World

Stage = Literal["basics", "data", "governance", "plan"]
STAGES: tuple[Stage, ...] = ("basics", "data", "governance", "plan")
PERSONAL: Mapping[str, str] = {"pii": "true", "sensitivity": "confidential"}
# Keys that the portal sets itself: the domain's own tag, and the one that a grant by product needs.
OWN_KEYS = frozenset({"domain", "product"})
_FIELDS: Mapping[Stage, frozenset[str]] = {
    "basics": frozenset({"domain", "name", "description", "owner", "contact", "retention_days"}),
    "data": frozenset({"columns", "files", "location", "view_sql"}),
    "governance": frozenset({"tags", "column_tags"}),
    "plan": frozenset(),
}
Problem = tuple[str, str]


@dataclass(frozen=True)
class Intake:
    """The data of a draft on its way in; see the module's docstring. `token` is new with each upload."""

    filename: str = ""
    size_bytes: int = 0
    token: str = ""
    schema: InferredSchema | None = None
    columns: tuple[ColumnSpec, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    written: str = ""
    rejected_count: int = 0
    rejects: tuple[tuple[int, str, str], ...] = ()
    accepts_rejects: bool = False
    job_id: str = ""

    @property
    def edited(self) -> InferredSchema:
        """The file's schema with the visitor's columns."""
        assert self.schema is not None
        return self.schema.with_columns(self.columns)


CLASSES = (Intake, InferredSchema, ColumnSpec, Question)


def fingerprint(intake: Intake) -> str:
    """What decides the Parquet's content: the upload, how it is read, names and types; not descriptions."""
    columns = [(c.name, c.hive_type, c.source_name) for c in intake.columns]
    options = dict(intake.schema.options) if intake.schema else {}
    return sql_fingerprint(to_json([intake.token, options, columns]))


def sql_fingerprint(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def carried_over(before: Intake, schema: InferredSchema) -> tuple[ColumnSpec, ...]:
    """The columns of a new reading of the file with what the visitor had changed in the last one."""
    if before.schema is None:
        return schema.columns
    inferred = {c.source_name: c for c in before.schema.columns}
    edited = {c.source_name: c for c in before.columns}
    return tuple(_carried(c, inferred.get(c.source_name), edited.get(c.source_name)) for c in schema.columns)


def _carried(new: ColumnSpec, inferred: ColumnSpec | None, edited: ColumnSpec | None) -> ColumnSpec:
    if inferred is None or edited is None:
        return new
    return replace(
        new,
        name=edited.name if edited.name != inferred.name else new.name,
        hive_type=edited.hive_type if edited.hive_type != inferred.hive_type else new.hive_type,
        description=edited.description,
    )


def with_columns(draft: Draft, columns: Iterable[ColumnSpec]) -> Draft:
    """The draft with a file's columns; tags of columns that are gone go with them."""
    found = tuple(Column(c.name, c.hive_type, c.description) for c in columns)
    names = {c.name for c in found}
    return replace(draft, columns=found, column_tags={k: v for k, v in draft.column_tags.items() if k in names})


def stage_problems(world: World, draft: Draft, intake: Intake, stage: Stage) -> tuple[Problem, ...]:
    """What keeps the visitor from leaving a step, as (field, sentence)."""
    found = [_named(p, draft) for p in publish.problems(world, draft) if p[0] in _FIELDS[stage]]
    match stage:
        case "basics":
            found += _name_problems(world, draft)
        case "data":
            found += _column_problems(draft, found)
            found += _reject_problems(intake)
        case "governance" | "plan":
            pass
    return tuple(dict.fromkeys(found))


def _named(problem: Problem, draft: Draft) -> Problem:
    return ("name", "Give the product a name.") if problem[0] == "name" and not draft.name else problem


def _name_problems(world: World, draft: Draft) -> Iterable[Problem]:
    if draft.name in RESERVED_WORDS:
        yield "name", f"'{draft.name}' is a reserved word of Athena: try '{draft.name}_data'."
    if world.find_table(draft.domain, draft.name) is not None:
        yield "name", f"'{draft.product}' exists already. Choose another name, or tear that one down first."


def _column_problems(draft: Draft, found: Iterable[Problem]) -> Iterable[Problem]:
    if draft.columns:
        known = {text for _, text in found}
        specs = [ColumnSpec(c.name, c.type, c.description) for c in draft.columns]
        twice = "is there twice." in " ".join(known)
        for _, text in column_problems(specs):
            if not (twice and text.startswith("Two columns")):
                yield "columns", text


def _reject_problems(intake: Intake) -> Iterable[Problem]:
    if intake.rejected_count and intake.written and not intake.accepts_rejects:
        yield "rejects", "Correct the types or the file, or tick that these rows are left out."


@dataclass(frozen=True)
class Hint:
    """A column that may hold personal data: of what kind, and why that is thought."""

    column: str
    kind: str
    reason: str


def suggestions(world: World, draft: Draft, rows: Sequence[Mapping[str, Any]]) -> tuple[Hint, ...]:
    """Which columns look personal: by names, by the sampled rows, for views by the tags of what they are read from."""
    inherited = _personal_sources(world, draft)
    looks = suggest([(c.name, c.type, [row.get(c.name) for row in rows]) for c in draft.columns])
    seen = {one.column: Hint(one.column, one.kind, one.reason) for one in looks}
    found = []
    for name in (c.name for c in draft.columns):
        hint = seen.get(name)
        if name in inherited:
            reason = f"It is read from {inherited[name]}, which is tagged pii=true."
            hint = Hint(name, hint.kind if hint else "at its source", f"{reason} {hint.reason if hint else ''}".strip())
        if hint:
            found.append(hint)
    return tuple(found)


def _personal_sources(world: World, draft: Draft) -> dict[str, str]:
    """Column of a view -> the first personal column (`customer.contacts.email`) that it is read from."""
    if draft.template != "cross-domain-view":
        return {}
    view = Table(draft.domain, draft.name, draft.columns, view_sql=draft.view_sql)
    others = tuple(t for t in world.tables if t.full_name != view.full_name)
    feeds: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for flow in lineage_of(replace(world, tables=(*others, view)), view).flows:
        feeds.setdefault((flow.target, flow.target_column), []).append((flow.source, flow.source_column))
    found = {c.name: _personal_source(world, feeds, (view.full_name, c.name)) for c in draft.columns}
    return {name: source for name, source in found.items() if source}


def _personal_source(
    world: World, feeds: Mapping[tuple[str, str], Sequence[tuple[str, str]]], column: tuple[str, str]
) -> str:
    for table, name in sorted(feeds.get(column, ())):
        database, _, own = table.partition(".")
        values = tags.effective_values(world, Target(database, own, name))
        if values.get("pii") == "true":
            return f"{table}.{name}"
        if deeper := _personal_source(world, feeds, (table, name)):
            return deeper
    return ""


def is_ticked(draft: Draft, column: str) -> bool:
    """Whether a column is tagged as personal data."""
    own = draft.column_tags.get(column, {})
    return all(own.get(key) == value for key, value in PERSONAL.items())


def retagged(draft: Draft, column: str, own: Mapping[str, str]) -> Draft:
    """The draft with exactly these LF-tags at a column."""
    others = {name: tags_of for name, tags_of in draft.column_tags.items() if name != column}
    return replace(draft, column_tags={**others, column: dict(own)} if own else others)


@dataclass(frozen=True)
class Lacking:
    """A role that could not read a view, and the bases (with their columns) that it may not read."""

    role: str
    bases: tuple[str, ...]


def lacking_readers(world: World, draft: Draft) -> tuple[Lacking, ...]:
    """Which roles lack which right on the tables under a view, by role."""
    view = Table(draft.domain, draft.name, draft.columns, view_sql=draft.view_sql)
    references = access.view_references(world, view)
    found = []
    for person in sorted(world.principals, key=lambda p: p.name):
        if person.name in NOT_PEOPLE:
            continue
        lacks = tuple(text for one in references if (text := _lacks(world, person.arn, one)))
        if lacks:
            found.append(Lacking(person.name, lacks))
    return tuple(found)


def _lacks(world: World, arn: str, reference: Reference) -> str:
    base = world.find_table(reference.database, reference.table)
    if base is None:
        return f"{reference.full_name} (doesn't exist)"
    verdict = access.decide(world, arn, base)
    closed = [c for c in reference.columns if c in verdict.denied]
    if not verdict.columns:
        return base.full_name
    return f"{base.full_name} ({', '.join(closed)})" if closed else ""
