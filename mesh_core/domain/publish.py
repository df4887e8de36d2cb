"""A draft becomes a data product: what is missing, what is in the way, which steps make it.

Order, and why: documents first (the table points at them), then the table, then its LF-tags, then the data: a reader
whom the tags will keep out never finds a row, not even between two steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mesh_core.domain import steps as s
from mesh_core.domain.glue_shapes import table_input, table_of
from mesh_core.domain.intents import Draft, EditProduct, PublishProduct
from mesh_core.domain.names import MANAGED, REGISTRATION, check_domain, check_product, split_s3_uri
from mesh_core.domain.plan import Plan, make_plan
from mesh_core.domain.world import Column, Table, Target, World
from mesh_core.errors import InvalidDraftError, InvalidNameError, NameTakenError, NotFoundError

CONTACT, RETENTION = "mesh.contact", "mesh.retention_days"
MAX_CONTACT, MAX_RETENTION_DAYS = 200, 36_500


@dataclass(frozen=True)
class Documents:
    """A product's documents: keys in the domain's bucket, texts, and the contract's SHA-256 in hex."""

    contract_key: str
    contract: str
    contract_sha256: str
    product_key: str
    product: str


def problems(world: World, draft: Draft) -> tuple[tuple[str, str], ...]:
    """What keeps a draft from being published, as (field, sentence); () when nothing does."""
    return (*_basic_problems(world, draft), *_data_problems(world, draft), *_tag_problems(world, draft))


def _basic_problems(world: World, draft: Draft) -> Iterable[tuple[str, str]]:
    for field_name, value, check in (("domain", draft.domain, check_domain), ("name", draft.name, check_product)):
        try:
            check(value)
        except InvalidNameError as error:
            yield field_name, f"{error.what} '{value}': {error.rule}"
    if draft.domain and not any(d.name == draft.domain and d.is_managed for d in world.databases):
        yield "domain", f"The domain '{draft.domain}' doesn't exist. Create it on Domains, or choose another."
    if not draft.description.strip():
        yield "description", "Say in a sentence what the product holds."
    yield from promise_problems(draft.contact, draft.retention_days)
    if not draft.owner.strip():
        yield "owner", "Name an owner: a role or a person whom readers can ask."


def days_kept(parameters: Mapping[str, str]) -> int:
    """The retention that a table's parameters tell, in days; 0 where it isn't said."""
    text = parameters.get(RETENTION, "")
    return int(text) if text.isdecimal() else 0


def promise_problems(contact: str, retention_days: int) -> Iterable[tuple[str, str]]:
    """What is wrong with a product's contact and its retention, as (field, sentence)."""
    if len(contact) > MAX_CONTACT or "\n" in contact:
        yield "contact", f"A contact is one line of at most {MAX_CONTACT} characters."
    if not 0 <= retention_days <= MAX_RETENTION_DAYS:
        yield "retention_days", f"Rows are kept from 1 to {MAX_RETENTION_DAYS:,} days; 0 says nothing about it."


def _data_problems(world: World, draft: Draft) -> Iterable[tuple[str, str]]:
    if not draft.columns:
        yield "columns", "The product has no columns."
    seen: set[str] = set()
    for column in draft.columns:
        if column.name in seen:
            yield "columns", f"The column '{column.name}' is there twice."
        seen.add(column.name)
    match draft.template:
        case "from-file":
            if not draft.files:
                yield "files", "No file has been uploaded."
        case "from-s3":
            problem = location_problem(world, draft)
            if problem:
                yield "location", problem
        case "cross-domain-view":
            if not draft.view_sql.strip():
                yield "view_sql", "The view has no SQL."


def location_problem(world: World, draft: Draft) -> str:
    """Why a table can't be laid over the draft's location, "" when it can.

    Only the domain's own bucket: a product over another's would hand out what its owner never granted.
    """
    try:
        bucket, key = split_s3_uri(draft.location)
    except InvalidNameError as error:
        return f"S3 location '{draft.location}': {error.rule}"
    own = world.naming.bucket(draft.domain)
    if bucket != own:
        return f"{draft.location} is not in the domain's own bucket. Choose a prefix of s3://{own}/."
    if not key.strip("/") or key.startswith("_"):
        return f"{draft.location} holds the mesh's own documents too. Choose a prefix under it."
    if key.startswith(f"{draft.name}/"):
        return (
            f"{draft.location} is where the product's own data would be, and go with it. Choose another product name."
        )
    return ""


def _tag_problems(world: World, draft: Draft) -> Iterable[tuple[str, str]]:
    names = {c.name for c in draft.columns}
    for column, tags in draft.column_tags.items():
        if column not in names:
            yield "column_tags", f"There is no column '{column}' to tag."
        yield from _unknown_values(world, tags)
    yield from _unknown_values(world, draft.tags)


def _unknown_values(world: World, tags: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for key, value in tags.items():
        if value not in world.tags.get(key, ()):
            yield "tags", f"There is no LF-tag {key}={value}. Create the value on Tags, or choose another."


def require_complete(world: World, draft: Draft) -> None:
    """InvalidDraftError with all of a draft's problems."""
    found = problems(world, draft)
    if found:
        raise InvalidDraftError(found)


def plan_publication(world: World, intent: PublishProduct, documents: Documents) -> Plan:
    """The steps that are missing; none when the product stands as drafted.

    InvalidDraftError for a draft with problems, NameTakenError when something else bears the name.
    """
    draft = intent.draft
    require_complete(world, draft)
    table = port_table(world, draft, documents)
    existing = world.find_table(draft.domain, draft.name)
    title = f"Publish {draft.product}"
    if existing is not None:
        _require_same(existing, table)
        steps: tuple[s.Step, ...] = tuple(_tag_steps(world, draft))
    else:
        steps = tuple(_publish_steps(world, draft, documents, table))
    return make_plan(title, str(draft.product), intent, steps, world)


def _require_same(existing: Table, wanted: Table) -> None:
    name = wanted.full_name
    if not existing.is_managed:
        raise NameTakenError(name, "a table of that name exists that the portal did not make.")
    if existing.view_sql != wanted.view_sql:
        raise NameTakenError(name, "its SQL or its kind is another.")
    if existing.all_columns != wanted.all_columns:
        raise NameTakenError(name, "its columns are others.")
    key = "mesh.contract_sha256"
    if existing.parameters.get(key) != wanted.parameters.get(key):
        raise NameTakenError(name, "its contract is another.")


def port_table(world: World, draft: Draft, documents: Documents) -> Table:
    """The output port of a draft as the table that it will be."""
    naming, product = world.naming, draft.product
    is_view = draft.template == "cross-domain-view"
    location = "" if is_view else draft.location or naming.data_location(product, draft.name)
    storage = json.loads(draft.storage) if draft.storage else {}
    parameters = {
        **storage.get("Parameters", {}),
        MANAGED: "true",
        "mesh.product": str(product),
        "mesh.template": draft.template,
        "mesh.owner": draft.owner,
        **({CONTACT: draft.contact} if draft.contact else {}),
        **({RETENTION: str(draft.retention_days)} if draft.retention_days else {}),
        "mesh.status": draft.status,
        "mesh.version": draft.version,
        "mesh.purpose": draft.purpose,
        "mesh.labels": ",".join(draft.labels),
        "mesh.contract": f"s3://{naming.bucket(draft.domain)}/{documents.contract_key}",
        "mesh.contract_sha256": documents.contract_sha256,
    }
    if draft.files:
        parameters |= {"mesh.row_count": str(draft.row_count), "mesh.size_bytes": str(draft.size_bytes)}
    view_sql = draft.view_sql if is_view else None
    return Table(draft.domain, draft.name, draft.columns, (), location, draft.description, view_sql, parameters)


def _publish_steps(world: World, draft: Draft, documents: Documents, table: Table) -> Iterable[s.Step]:
    naming = world.naming
    bucket = naming.bucket(draft.domain)
    yield s.PutObject(bucket, documents.contract_key, documents.contract)
    yield s.PutObject(bucket, documents.product_key, documents.product)
    if draft.location and not any(draft.location.startswith(uri) for uri in world.locations):
        yield s.RegisterLocation(draft.location, naming.role_arn(REGISTRATION))
    storage = json.loads(draft.storage) if draft.storage else None
    yield s.CreateTable(table.database, table.name, table_input(table, storage))
    yield from _tag_steps(world, draft)
    prefix = f"{draft.name}/{draft.name}/"
    for number, one in enumerate(draft.files):
        key = f"{prefix}part-{number:05}.parquet"
        yield s.CopyObject(naming.control_bucket, one.key, bucket, key, one.size_bytes)


def _tag_steps(world: World, draft: Draft) -> Iterable[s.AssignTags]:
    targets = {Target(draft.domain, draft.name): draft.tags}
    for column in sorted(draft.column_tags):
        targets[Target(draft.domain, draft.name, column)] = draft.column_tags[column]
    for target, tags in targets.items():
        before = world.assigned.get(target, {})
        if tags and any(before.get(key) != value for key, value in tags.items()):
            yield s.AssignTags(target, dict(before), {**before, **tags})


def plan_edit(world: World, intent: EditProduct, definition: str, documents: Documents) -> Plan:
    """The steps that make a product as edited; `definition` is its table's TableInput as it stands."""
    existing = world.table(intent.product.domain, intent.product.name)
    if existing.product != intent.product:
        raise NotFoundError(f"There is no product '{intent.product}'. It may have been torn down. See Catalog.")
    wrong = tuple(promise_problems(intent.contact or "", intent.retention_days or 0))
    if wrong:
        raise InvalidDraftError(wrong)
    wanted = edited(existing, intent, documents)
    steps: list[s.Step] = []
    if wanted != existing:
        bucket = world.naming.bucket(intent.product.domain)
        steps.append(s.PutObject(bucket, documents.contract_key, documents.contract))
        steps.append(s.PutObject(bucket, documents.product_key, documents.product))
        steps.append(s.UpdateTable(existing.database, existing.name, definition, _redefined(definition, wanted)))
    steps += _retag_steps(world, intent, existing)
    return make_plan(f"Edit {intent.product}", str(intent.product), intent, steps, world)


def edited(existing: Table, intent: EditProduct, documents: Documents | None) -> Table:
    """The table with the edits; the contract's location and hash change only when something else does."""
    parameters = dict(existing.parameters)
    for key, value in (("mesh.owner", intent.owner), ("mesh.status", intent.status), ("mesh.purpose", intent.purpose)):
        if value is not None:
            parameters[key] = value
    days = None if intent.retention_days is None else str(intent.retention_days or "")
    for key, optional in ((CONTACT, intent.contact), (RETENTION, days)):
        if optional:
            parameters[key] = optional
        elif optional is not None:
            parameters.pop(key, None)
    columns = tuple(
        Column(c.name, c.type, intent.column_descriptions.get(c.name, c.description)) for c in existing.columns
    )
    description = existing.description if intent.description is None else intent.description
    changed = replace(existing, columns=columns, description=description, parameters=parameters)
    if changed == existing or documents is None:
        return changed
    bucket = split_s3_uri(parameters["mesh.contract"])[0]
    parameters |= {
        "mesh.version": next_version(existing.parameters.get("mesh.version", "1.0.0")),
        "mesh.contract": f"s3://{bucket}/{documents.contract_key}",
        "mesh.contract_sha256": documents.contract_sha256,
    }
    return replace(changed, parameters=parameters)


def next_version(version: str) -> str:
    """`1.0.3` -> `1.0.4`: an edit of words is a patch."""
    major, minor, patch = (version.split(".") + ["0", "0"])[:3]
    return f"{major}.{minor}.{int(patch) + 1}" if patch.isdigit() else f"{version}.1"


def _redefined(definition: str, wanted: Table) -> str:
    """The TableInput with what we changed, and everything else (SerDe, statistics of others) as it was."""
    document = json.loads(definition)
    ours = json.loads(table_input(wanted))
    document["Description"] = wanted.description
    document["Parameters"] = dict(wanted.parameters)
    document["StorageDescriptor"] = {
        **document["StorageDescriptor"],
        "Columns": ours["StorageDescriptor"]["Columns"],
    }
    if table_of(wanted.database, document) != wanted:
        document = {**document, **ours}
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def _retag_steps(world: World, intent: EditProduct, table: Table) -> Iterable[s.AssignTags]:
    wanted: dict[Target, Mapping[str, str]] = {}
    if intent.tags is not None:
        wanted[Target(table.database, table.name)] = intent.tags
    for column, tags in (intent.column_tags or {}).items():
        wanted[Target(table.database, table.name, column)] = tags
    for target, tags in wanted.items():
        before = dict(world.assigned.get(target, {}))
        if before != dict(tags):
            yield s.AssignTags(target, before, dict(tags))
