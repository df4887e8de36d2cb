"""Decide, in order, what must go for a product, a domain or the whole mesh to be gone. Deletes nothing.

Order, and why: grants first (a grant that outlives its table would come back to life with a new table of that name),
then LF-tags, views before the tables that they read, the database, the location, people, the vocabulary, the settings;
objects last, since deleting them is the one thing that can't be taken back. Only what the portal marked is touched: a
table that somebody else put into a domain's database stays with the rights on it, and so do database and bucket then:
they are detached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mesh_core.domain import steps as s
from mesh_core.domain.access import view_references
from mesh_core.domain.foundation import SETTINGS_KEY
from mesh_core.domain.glue_shapes import database_input
from mesh_core.domain.intents import Teardown
from mesh_core.domain.names import MANAGED, PORTAL, REGISTRATION, STEWARD, SYSTEM, ProductName, split_s3_uri
from mesh_core.domain.plan import Plan, make_plan
from mesh_core.domain.system_tables import drop_steps
from mesh_core.domain.teardown_rights import (
    drop_expressions,
    drop_filters,
    drop_vocabulary,
    kept_tags,
    narrow,
    revokes,
    untag,
)
from mesh_core.domain.teardown_scope import domains_in_scope, foreign_tables, tables_in_scope
from mesh_core.domain.world import (
    Database,
    Table,
    World,
)
from mesh_core.errors import NotFoundError

DOCUMENTS = "_mesh/"


@dataclass(frozen=True)
class Holding:
    """What planning needs beyond the world: definitions that an undo restores, and what lies in S3.

    definitions   (database, table) -> (TableInput, PartitionInputs) as JSON
    purges        counted targets in S3, by s3 URI of the prefix
    roles         name -> (description, trust, policy)
    work_groups   name -> result location
    settings      DataLakeSettings (JSON) from before the mesh, "" when unknown
    foreign_objects  bucket -> objects in it that the portal did not make; such a bucket stays
    """

    definitions: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]
    purges: tuple[s.PurgeTarget, ...]
    roles: Mapping[str, tuple[str, str, str]]
    work_groups: Mapping[str, str]
    settings: str = ""
    foreign_objects: Mapping[str, int] = field(default_factory=dict)


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
    found: list[tuple[str, str]] = []
    for domain in domains_in_scope(world, intent):
        found += _shared_prefixes(world, domain) if foreign_tables(world, domain) else [(naming.bucket(domain), "")]
    if intent.scope == "mesh":
        found.append((naming.control_bucket, ""))
    return tuple((bucket, prefix) for bucket, prefix in found if bucket in world.buckets)


def own_prefixes(world: World, bucket: str, keys: Iterable[str]) -> tuple[str, ...]:
    """The key prefixes in a domain's bucket that are the portal's: documents, and each product documented there."""
    documented = {key.split("/")[1] for key in keys if key.startswith(DOCUMENTS) and key.count("/") >= 2}
    listed = {t.product.name for t in world.tables if t.product and world.naming.bucket(t.database) == bucket}
    return (DOCUMENTS, *(f"{name}/" for name in sorted(documented | listed)))


def foreign_keys(world: World, bucket: str, keys: Sequence[str]) -> tuple[str, ...]:
    """The keys in a domain's bucket that the portal did not make."""
    ours = own_prefixes(world, bucket, keys)
    return tuple(key for key in keys if not key.startswith(ours))


def _foreign_object_notes(holding: Holding) -> Iterable[str]:
    for bucket, count in holding.foreign_objects.items():
        yield f"The portal did not put {count:,} objects into s3://{bucket}/: they stay, and so does the bucket."


def _shared_prefixes(world: World, domain: str) -> Iterable[tuple[str, str]]:
    """What the portal's own products hold in a bucket that stays, but for prefixes that a foreign table reads."""
    bucket = world.naming.bucket(domain)
    theirs = tuple(t.location for t in foreign_tables(world, domain) if t.location)
    for name in sorted({t.product for t in world.tables if t.database == domain and t.is_managed and t.product}):
        yield bucket, world.naming.documents_prefix(name)
        home = f"s3://{bucket}/{world.naming.product_prefix(name)}"
        if not any(one.startswith(home) or home.startswith(one) for one in theirs):
            yield bucket, world.naming.product_prefix(name)


def plan_teardown(world: World, intent: Teardown, holding: Holding) -> Plan:
    """The steps; none when nothing of it is left. NotFoundError for a scope that names nothing."""
    _check_scope(world, intent)
    domains = domains_in_scope(world, intent)
    tables = tuple(t for t in tables_in_scope(world, intent) if (t.database, t.name) in holding.definitions)
    foreign = tuple(d for d in domains if foreign_tables(world, d))
    untags = tuple(untag(world, tables, domains))
    left = {target: own for target, own in world.assigned.items() if target not in {step.target for step in untags}}
    steps = (
        *revokes(world, intent, tables, (*domains, SYSTEM) if intent.scope == "mesh" else domains),
        *narrow(world, intent, domains),
        *drop_filters(world, tables),
        *drop_expressions(world, intent),
        *untags,
        *(s.DeleteTable(t.database, t.name, *holding.definitions[(t.database, t.name)]) for t in tables),
        *_drop_domains(world, domains, foreign),
        *(drop_steps(world) if intent.scope == "mesh" else ()),
        *_drop_people(world, intent, holding),
        *drop_vocabulary(world, intent, domains, left),
        *_restore_settings(world, intent, holding),
        *_purge(holding),
    )
    notes = (
        *_dependent_notes(world, intent),
        *kept(world, intent),
        *_foreign_object_notes(holding),
        *kept_tags(world, intent, left),
    )
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


def _purge(holding: Holding) -> Iterable[s.Purge]:
    """One step for all of it."""
    targets = tuple(t for t in holding.purges if t.object_count or not t.prefix)
    if targets:
        yield s.Purge(targets)


def _dependent_notes(world: World, intent: Teardown) -> Iterable[str]:
    for name in dependents(world, intent):
        yield f"The view {name} reads from it and will stop working."


def kept(world: World, intent: Teardown) -> tuple[str, ...]:
    """What stays because the portal did not make it: foreign tables with their home, data that was adopted."""
    domains = domains_in_scope(world, intent)
    return (*_foreign_notes(world, domains), *_adopted_notes(world, tables_in_scope(world, intent)))


def _foreign_notes(world: World, domains: tuple[str, ...]) -> Iterable[str]:
    for domain in domains:
        names = ", ".join(t.name for t in foreign_tables(world, domain))
        if names:
            yield (
                f"The portal did not make {names} in {domain}: they stay, with their database and bucket, "
                "which are detached from the mesh: its LF-tags and the rights of its roles go."
            )


def _adopted_notes(world: World, tables: tuple[Table, ...]) -> Iterable[str]:
    for table in tables:
        if table.location and split_s3_uri(table.location)[0] != world.naming.bucket(table.database):
            yield f"The data of {table.full_name} under {table.location} was adopted: it stays, only the table goes."


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
