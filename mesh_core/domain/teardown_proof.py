"""The proof of a teardown: what of its scope a fresh reading still finds, looked up by name.

It doesn't ask the plan: a plan that forgets something would forget it in its proof as well. Creator's rights of the
portal's own role are no leftovers: they go with what it created.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mesh_core.domain import steps as s
from mesh_core.domain.intents import Teardown
from mesh_core.domain.names import PORTAL, STEWARD, SYSTEM, ProductName, owner_role, split_s3_uri
from mesh_core.domain.system_tables import is_ours, own_tables
from mesh_core.domain.teardown import marked
from mesh_core.domain.teardown_rights import created_tags
from mesh_core.domain.teardown_scope import foreign_tables
from mesh_core.domain.world import ColumnsResource, FilterResource, TableResource, Target, World


def leftovers(world: World, intent: Teardown) -> tuple[tuple[str, str], ...]:
    """What of a scope is still there, as (kind of inventory.KINDS, name), looked up by name; () is the proof."""
    match intent.scope:
        case "product":
            name = ProductName.parse(intent.name)
            return tuple(sorted(_left_of_tables(world, lambda d, t: (d, t) == (name.domain, name.name))))
        case "domain":
            return tuple(sorted(_left_of_domain(world, intent.name)))
        case "mesh":
            return tuple(sorted(_left_of_mesh(world)))


def proof_targets(world: World, intent: Teardown) -> tuple[tuple[str, str], ...]:
    """(bucket, prefix) that must hold nothing after a teardown; of a detached domain its products' are not known."""
    naming = world.naming
    match intent.scope:
        case "product":
            name = ProductName.parse(intent.name)
            bucket = naming.bucket(name.domain)
            theirs = tuple(t.location for t in foreign_tables(world, name.domain) if t.location)
            home = f"s3://{bucket}/{naming.product_prefix(name)}"
            shared = any(one.startswith(home) or home.startswith(one) for one in theirs)
            found = [
                (bucket, naming.documents_prefix(name)),
                *([] if shared else [(bucket, naming.product_prefix(name))]),
            ]
        case "domain":
            found = [] if foreign_tables(world, intent.name) else [(naming.bucket(intent.name), "")]
        case "mesh":
            found = [(naming.control_bucket, "")]
    return tuple((bucket, prefix) for bucket, prefix in found if bucket in world.buckets)


def _left_of_tables(world: World, is_meant: Callable[[str, str], bool]) -> Iterable[tuple[str, str]]:
    gone = {(t.database, t.name) for t in world.tables if not t.is_managed}
    for table in world.tables:
        if table.is_managed and is_meant(table.database, table.name):
            yield ("Tables" if table.view_sql is None else "Views"), table.full_name
    for target, own in world.assigned.items():
        key = (target.database, target.table or "")
        if own and target.table and key not in gone and is_meant(*key):
            yield "LF-tag assignments", f"on {target}"
    portal = world.naming.role_arn(PORTAL)
    for grant in (g for g in world.grants if g.principal != portal):
        match grant.resource:
            case TableResource(database, name) | ColumnsResource(database, name) | FilterResource(database, name):
                if name != "*" and (database, name) not in gone and is_meant(database, name):
                    yield "Grants", f"{s.short(grant.principal)} on {s.describe_resource(grant.resource)}"


def _left_of_domain(world: World, name: str) -> Iterable[tuple[str, str]]:
    yield from _left_of_tables(world, lambda database, _: database == name)
    detached = world.has_database(name) and not world.database(name).is_managed and bool(foreign_tables(world, name))
    owner, bucket = owner_role(name), world.naming.bucket(name)
    if world.has_database(name) and not detached:
        yield "Databases", name
    if world.assigned.get(Target(name)):
        yield "LF-tag assignments", f"on {name}"
    if name in world.tags.get("domain", ()) and not any(o.get("domain") == name for o in world.assigned.values()):
        yield "LF-tag values", f"domain={name}"
    if any(p.managed and p.name == owner for p in world.principals):
        yield "IAM roles", owner
    if owner in world.work_groups:
        yield "Work groups", owner
    if f"s3://{bucket}/" in world.locations and not detached:
        yield "Registered locations", f"s3://{bucket}/"
    if bucket in world.buckets and not detached:
        yield "Buckets", bucket


def _left_of_mesh(world: World) -> Iterable[tuple[str, str]]:
    managed = marked(world)
    yield from (("Databases", database.name) for database in managed.databases)
    yield from (("Views" if t.view_sql is not None else "Tables", t.full_name) for t in managed.tables)
    yield from (("IAM roles", p.name) for p in managed.principals)
    arns = {p.arn for p in managed.principals}
    yield from (
        ("Grants", f"{s.short(g.principal)} on {s.describe_resource(g.resource)}")
        for g in world.grants
        if g.principal in arns
    )
    if is_ours(world):
        yield "Databases", SYSTEM
    yield from (("Views" if t.view_sql is not None else "Tables", t.full_name) for t in own_tables(world))
    stay = {world.naming.bucket(d.name) for d in world.databases if foreign_tables(world, d.name)}
    end = f"-{world.naming.account_id}-{world.naming.region}"
    buckets = [b for b in world.buckets if b.endswith(end) and b not in stay]
    yield from (("Buckets", bucket) for bucket in buckets)
    yield from (("Registered locations", uri) for uri in world.locations if split_s3_uri(uri)[0] in buckets)
    carried = {key for own in world.assigned.values() for key in own}
    yield from (("LF-tag values", f"{key}={v}") for key in created_tags(world) - carried for v in world.tags[key])
    if world.naming.role_arn(STEWARD) in world.administrators:
        yield "Settings", f"{STEWARD} is an administrator"
