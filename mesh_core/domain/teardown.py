"""Decide, in order, what must go for a product, a domain or the whole mesh to be gone. Deletes nothing.

Order, and why: grants first (a grant that outlives its table would come back to life with a new table of that name),
then LF-tags, views before the tables that they read, the database, the location, people, the vocabulary, the settings;
objects last, since deleting them is the one thing that can't be taken back. Only what the portal marked is touched: a
table that somebody else put into a domain's database stays, and so does the database then (it is detached).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mesh_core.domain import steps as s
from mesh_core.domain.access import view_references
from mesh_core.domain.foundation import SETTINGS_KEY
from mesh_core.domain.glue_shapes import database_input
from mesh_core.domain.intents import Teardown
from mesh_core.domain.names import MANAGED, PORTAL, REGISTRATION, STEWARD, ProductName, split_s3_uri
from mesh_core.domain.plan import Plan, make_plan
from mesh_core.domain.tags import VOCABULARY
from mesh_core.domain.world import (
    ColumnsResource,
    Database,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    Grant,
    Table,
    TableResource,
    TagResource,
    Target,
    World,
)
from mesh_core.errors import NotFoundError


@dataclass(frozen=True)
class Holding:
    """What planning needs beyond the world: definitions that an undo restores, and what lies in S3.

    definitions   (database, table) -> (TableInput, PartitionInputs) as JSON
    purges        counted targets in S3, by s3 URI of the prefix
    roles         name -> (description, trust, policy)
    work_groups   name -> result location
    settings      DataLakeSettings (JSON) from before the mesh, "" when unknown
    """

    definitions: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]
    purges: tuple[s.PurgeTarget, ...]
    roles: Mapping[str, tuple[str, str, str]]
    work_groups: Mapping[str, str]
    settings: str = ""


def tables_in_scope(world: World, intent: Teardown) -> tuple[Table, ...]:
    """The marked tables and views that go, those that read others first."""
    match intent.scope:
        case "product":
            name = ProductName.parse(intent.name)
            found = world.ports(name)
        case "domain":
            found = tuple(t for t in world.tables if t.database == intent.name and t.is_managed)
        case "mesh":
            found = tuple(t for t in world.tables if t.is_managed and t.database in _domains(world, intent))
    return tuple(sorted(found, key=lambda t: (-_depth(world, t, ()), t.full_name)))


def _depth(world: World, table: Table, path: tuple[str, ...]) -> int:
    """How many layers of views lie under it; 0 for a table."""
    if table.view_sql is None or table.full_name in path:
        return 0
    bases = (world.find_table(r.database, r.table) for r in view_references(world, table))
    return 1 + max((_depth(world, b, (*path, table.full_name)) for b in bases if b), default=0)


def _domains(world: World, intent: Teardown) -> tuple[str, ...]:
    match intent.scope:
        case "product":
            return ()
        case "domain":
            return (intent.name,)
        case "mesh":
            return tuple(d.name for d in world.databases if d.is_managed)


def dependents(world: World, intent: Teardown) -> tuple[str, ...]:
    """Views outside of the scope that read something in it, by full name."""
    going = {t.full_name for t in tables_in_scope(world, intent)}
    views = (t for t in world.tables if t.view_sql is not None and t.full_name not in going)
    return tuple(sorted(v.full_name for v in views if any(r.full_name in going for r in view_references(world, v))))


def purge_targets(world: World, intent: Teardown) -> tuple[tuple[str, str], ...]:
    """(bucket, prefix) of everything in S3 that goes; data that was adopted is not among it."""
    naming = world.naming
    if intent.scope == "product":
        name = ProductName.parse(intent.name)
        bucket = naming.bucket(name.domain)
        prefixes = [(bucket, naming.documents_prefix(name))]
        home = (bucket, naming.product_prefix(name))
        if any(split_s3_uri(t.location)[0] == bucket for t in world.ports(name) if t.location):
            prefixes.insert(0, home)
        return tuple(prefixes)
    buckets = [naming.bucket(d) for d in _domains(world, intent)]
    if intent.scope == "mesh":
        buckets.append(naming.control_bucket)
    return tuple((b, "") for b in buckets if b in world.buckets)


def plan_teardown(world: World, intent: Teardown, holding: Holding) -> Plan:
    """The steps; none when nothing of it is left. NotFoundError for a scope that names nothing."""
    _check_scope(world, intent)
    domains = _domains(world, intent)
    tables = tuple(t for t in tables_in_scope(world, intent) if (t.database, t.name) in holding.definitions)
    foreign = tuple(d for d in domains if any(t.database == d and not t.is_managed for t in world.tables))
    steps = (
        *_revokes(world, intent, tables, domains),
        *_untag(world, tables, tuple(d for d in domains if d not in foreign)),
        *(s.DeleteTable(t.database, t.name, *holding.definitions[(t.database, t.name)]) for t in tables),
        *_drop_domains(world, domains, foreign),
        *_drop_people(world, intent, holding),
        *_drop_vocabulary(world, intent, domains, foreign),
        *_restore_settings(world, intent, holding),
        *_purge(holding, tuple(world.naming.bucket(d) for d in foreign)),
    )
    notes = (*_dependent_notes(world, intent), *_foreign_notes(world, foreign))
    return make_plan(title(intent), subject(intent), intent, steps, world, notes)


def title(intent: Teardown) -> str:
    """What the job is called."""
    return "Tear down the whole mesh" if intent.scope == "mesh" else f"Tear down the {intent.scope} {intent.name}"


def subject(intent: Teardown) -> str:
    """What the visitor types to confirm."""
    return intent.name or "mesh"


def _check_scope(world: World, intent: Teardown) -> None:
    if intent.scope == "domain" and not world.has_database(intent.name):
        bucket = world.naming.bucket(intent.name)
        if bucket not in world.buckets:
            raise NotFoundError(f"There is no domain '{intent.name}'. It may have been removed already. See Domains.")
    if intent.scope == "domain" and world.has_database(intent.name) and not world.database(intent.name).is_managed:
        raise NotFoundError(f"The portal did not make the database '{intent.name}', so it is not touched.")


def _revokes(
    world: World, intent: Teardown, tables: tuple[Table, ...], domains: tuple[str, ...]
) -> Iterable[s.RevokePermissions]:
    names = {(t.database, t.name) for t in tables}
    roles = {p.arn for p in world.principals if p.managed and p.name != PORTAL} if intent.scope == "mesh" else set()
    owners = {world.naming.role_arn(world.database(d).owner) for d in domains if world.has_database(d)}
    portal = world.naming.role_arn(PORTAL)
    for grant in world.grants:
        if grant.principal == portal:
            continue  # a creator's own rights go with what it created
        named = _names(grant, names, set(domains)) or grant.principal in roles | owners
        if named or (intent.scope == "mesh" and _uses_vocabulary(world, grant)):
            yield s.RevokePermissions(grant)


def _names(grant: Grant, tables: set[tuple[str, str]], domains: set[str]) -> bool:
    match grant.resource:
        case DatabaseResource(database):
            return database in domains
        case TableResource(database, table) | ColumnsResource(database, table) | FilterResource(database, table):
            return database in domains or (database, table) in tables
        case _:
            return False


def _uses_vocabulary(world: World, grant: Grant) -> bool:
    ours = {*VOCABULARY, "domain"}
    match grant.resource:
        case ExpressionResource(_, expression):
            return any(key in ours for key, _ in expression)
        case TagResource(key, _):
            return key in ours
        case _:
            return False


def _untag(world: World, tables: tuple[Table, ...], domains: tuple[str, ...]) -> Iterable[s.AssignTags]:
    names = {(t.database, t.name) for t in tables}
    going = [
        t
        for t in world.assigned
        if (t.table and (t.database, t.table) in names) or (not t.table and t.database in domains)
    ]
    for target in sorted(going, key=lambda t: (t.database, t.table or "", t.column or ""), reverse=True):
        if world.assigned[target]:
            yield s.AssignTags(target, dict(world.assigned[target]), {})


def _drop_domains(world: World, domains: tuple[str, ...], foreign: tuple[str, ...]) -> Iterable[s.Step]:
    for name in domains:
        if world.has_database(name):
            database = world.database(name)
            if name in foreign:
                kept = {k: v for k, v in database.parameters.items() if not k.startswith("mesh.")}
                after = Database(name, database.location, database.description, kept)
                yield s.UpdateDatabase(name, database_input(database), database_input(after))
                continue
            yield s.DeleteDatabase(name, database_input(database))
        uri = f"s3://{world.naming.bucket(name)}/"
        if uri in world.locations:
            yield s.DeregisterLocation(uri, world.naming.role_arn(REGISTRATION))


def _drop_people(world: World, intent: Teardown, holding: Holding) -> Iterable[s.Step]:
    for name in sorted(holding.work_groups):
        yield s.DeleteWorkGroup(name, holding.work_groups[name])
    for name in sorted(holding.roles):
        yield s.DeleteRole(name, *holding.roles[name])


def people_in_scope(world: World, intent: Teardown) -> tuple[str, ...]:
    """The roles that go: a domain's owner; with the mesh every marked role but the one that does the work."""
    match intent.scope:
        case "product":
            return ()
        case "domain":
            owner = world.database(intent.name).owner if world.has_database(intent.name) else ""
            others = {d.owner for d in world.databases if d.name != intent.name}
            return (owner,) if owner and owner not in others else ()
        case "mesh":
            return tuple(p.name for p in world.principals if p.managed and p.name != PORTAL)


def _drop_vocabulary(
    world: World, intent: Teardown, domains: tuple[str, ...], foreign: tuple[str, ...]
) -> Iterable[s.Step]:
    before = world.tags.get("domain", ())
    left = tuple(v for v in before if v not in domains or v in foreign)
    if before and left != before:
        yield s.SetTagValues("domain", before, left)
    if intent.scope == "mesh":
        for key in VOCABULARY:
            if key in world.tags:
                yield s.SetTagValues(key, world.tags[key], ())


def _restore_settings(world: World, intent: Teardown, holding: Holding) -> Iterable[s.Step]:
    if intent.scope != "mesh" or not holding.settings:
        return
    now = dict(world.settings)
    steward = world.naming.role_arn(STEWARD)
    admins = [a for a in now.get("DataLakeAdmins") or [] if a["DataLakePrincipalIdentifier"] != steward]  # type: ignore[attr-defined]
    then = json.loads(holding.settings)
    keys = ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions")
    after = {**now, "DataLakeAdmins": admins, **{key: then.get(key) or [] for key in keys}}
    if after != now:
        yield s.PutLakeSettings(json.dumps(now, sort_keys=True), json.dumps(after, sort_keys=True))


def _purge(holding: Holding, kept: tuple[str, ...]) -> Iterable[s.Purge]:
    """One step for all of it; a detached domain keeps its bucket."""
    targets = tuple(t for t in holding.purges if t.bucket not in kept and (t.object_count or not t.prefix))
    if targets:
        yield s.Purge(targets)


def _dependent_notes(world: World, intent: Teardown) -> Iterable[str]:
    for name in dependents(world, intent):
        yield f"The view {name} reads from it and will stop working."


def _foreign_notes(world: World, foreign: tuple[str, ...]) -> Iterable[str]:
    for domain in foreign:
        names = [t.name for t in world.tables if t.database == domain and not t.is_managed]
        yield (
            f"The portal did not make {', '.join(names)} in {domain}: they stay, with their database and bucket, "
            "which are detached from the mesh."
        )


def marked(world: World) -> World:
    """The world without what the portal did not make: what a proof of teardown must find empty."""
    return replace(
        world,
        databases=tuple(d for d in world.databases if d.is_managed),
        tables=tuple(t for t in world.tables if t.parameters.get(MANAGED) == "true"),
        principals=tuple(p for p in world.principals if p.managed and p.name != PORTAL),
    )


def settings_key() -> str:
    """Where the settings from before the mesh are kept, in the control bucket."""
    return SETTINGS_KEY


def leftovers(world: World, intent: Teardown) -> tuple[str, ...]:
    """What of a scope is still there, by name; () is the proof."""
    tables = [f"table {t.full_name}" for t in tables_in_scope(world, intent)]
    domains = [
        f"database {d}" for d in _domains(world, intent) if world.has_database(d) and world.database(d).is_managed
    ]
    tagged = [f"LF-tags of {t}" for t in world.assigned if world.assigned[t] and _in_scope(t, intent)]
    return tuple(sorted([*tables, *domains, *tagged]))


def _in_scope(target: Target, intent: Teardown) -> bool:
    if intent.scope == "product":
        return f"{target.database}.{target.table}" == intent.name
    return intent.scope == "mesh" or target.database == intent.name
