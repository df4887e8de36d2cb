"""What every mesh stands on, planned: Lake Formation mode, vocabulary, the steward, domains and personas."""

from __future__ import annotations

import json
from collections.abc import Iterable

from mesh_core.domain import piecewise
from mesh_core.domain import steps as s
from mesh_core.domain.delegation import lacking
from mesh_core.domain.glue_shapes import database_input
from mesh_core.domain.intents import CreateDomain, CreatePersona, PrepareMesh
from mesh_core.domain.names import MANAGED, REGISTRATION, STEWARD, Naming, check_domain, check_role, owner_role
from mesh_core.domain.plan import Plan, make_plan
from mesh_core.domain.system_tables import system_steps
from mesh_core.domain.tags import DATABASE_DEFAULTS, VOCABULARY
from mesh_core.domain.world import Database, DatabaseResource, Grant, TableResource, Target, World
from mesh_core.errors import NameTakenError

SETTINGS_KEY = "settings/before.json"


def plan_prepare(world: World, intent: PrepareMesh) -> Plan:
    """The parts of the foundation that are missing."""
    return make_plan("Prepare the mesh", "mesh", intent, prepare_steps(world), world, _mode_notes(world))


def prepare_steps(world: World) -> tuple[s.Step, ...]:
    """() when the foundation stands."""
    return (*_roles(world), *_settings(world), *_vocabulary(world), *system_steps(world))


def _roles(world: World) -> Iterable[s.Step]:
    naming, names = world.naming, {p.name for p in world.principals}
    if REGISTRATION not in names:
        yield s.CreateRole(
            REGISTRATION, "Reads and writes the domains' buckets for Lake Formation", _lake_trust(), _lake_policy()
        )
    if STEWARD not in names:
        yield _persona_role(naming, STEWARD, "Governance steward: administers Lake Formation and reads everything")
    if STEWARD not in world.work_groups:
        yield s.CreateWorkGroup(STEWARD, naming.results_location(STEWARD))


def _settings(world: World) -> Iterable[s.Step]:
    before = dict(world.settings)
    steward = world.naming.role_arn(STEWARD)
    admins = list(before.get("DataLakeAdmins") or [])  # type: ignore[call-overload]
    if all(one["DataLakePrincipalIdentifier"] != steward for one in admins):
        admins.append({"DataLakePrincipalIdentifier": steward})
    after = {
        **before,
        "DataLakeAdmins": admins,
        "CreateDatabaseDefaultPermissions": [],
        "CreateTableDefaultPermissions": [],
    }
    if _same_settings(before, after):
        return
    naming = world.naming
    text = json.dumps(before, sort_keys=True)
    yield s.PutObject(naming.control_bucket, SETTINGS_KEY, text)
    yield s.PutLakeSettings(text, json.dumps(after, sort_keys=True))


def _same_settings(before: dict[str, object], after: dict[str, object]) -> bool:
    return all((before.get(key) or []) == (after.get(key) or []) for key in after)


def _mode_notes(world: World) -> tuple[str, ...]:
    if world.settings.get("CreateTableDefaultPermissions"):
        return (
            "New databases and tables of this account will be governed by Lake Formation instead of IAM alone. "
            "What exists stays as it is; Teardown of the whole mesh puts the setting back.",
        )
    return ()


def _vocabulary(world: World) -> Iterable[s.Step]:
    for key, values in VOCABULARY.items():
        have = world.tags.get(key, ())
        missing = tuple(v for v in values if v not in have)
        if missing:
            yield s.SetTagValues(key, have, have + missing)


def plan_domain(world: World, intent: CreateDomain) -> Plan:
    """A new domain; nothing to do when it stands already. NameTakenError for a foreign database of that name."""
    name = check_domain(intent.name)
    if world.has_database(name) and not world.database(name).is_managed:
        raise NameTakenError(name, "a Glue database of that name exists that the portal did not make.")
    steps = (*prepare_steps(world), *_domain_steps(world, intent))
    return make_plan(f"Create the domain {name}", f"domain {name}", intent, steps, world, _mode_notes(world))


def _domain_steps(world: World, intent: CreateDomain) -> Iterable[s.Step]:
    naming, name, owner = world.naming, intent.name, owner_role(intent.name)
    bucket = naming.bucket(name)
    uri = f"s3://{bucket}/"
    if bucket not in world.buckets:
        yield s.CreateBucket(bucket)
    if uri not in world.locations:
        yield s.RegisterLocation(uri, naming.role_arn(REGISTRATION))
    yield from persona_steps(world, owner, f"Owns the domain {name}")
    domains = world.tags.get("domain", ())
    if name not in domains:
        yield s.SetTagValues("domain", domains, (*domains, name))
    if not world.has_database(name):
        database = Database(name, uri, intent.description, {MANAGED: "true", "mesh.owner": owner})
        yield s.CreateDatabase(name, database_input(database))
    have, want = world.assigned.get(Target(name), {}), {"domain": name, **DATABASE_DEFAULTS}
    if any(key not in have for key in want):
        yield s.AssignTags(Target(name), have, {**want, **have})
    yield from _domain_grants(world, name, owner)
    yield from map(s.GrantPermissions, lacking(world, owner, name))


def _domain_grants(world: World, name: str, owner: str) -> Iterable[s.Step]:
    owner_arn, steward = world.naming.role_arn(owner), world.naming.role_arn(STEWARD)
    wanted = (
        Grant(owner_arn, DatabaseResource(name), ("CREATE_TABLE", "DESCRIBE")),
        Grant(owner_arn, TableResource(name, "*"), ("SELECT",)),
        Grant(steward, TableResource(name, "*"), ("SELECT",)),
    )
    for grant in wanted:
        missing = missing_permissions(world, grant)
        if missing:
            yield s.GrantPermissions(missing)


def missing_permissions(world: World, wanted: Grant) -> Grant | None:
    """The part of a grant that is not held yet, None when all of it is."""
    if piecewise.is_piecewise(wanted.resource):
        return piecewise.missing(world.grants, wanted)
    held = [g for g in world.grants if g.principal == wanted.principal and g.resource == wanted.resource]
    have = {p for g in held for p in g.permissions}
    have_option = {p for g in held for p in g.grantable}
    permissions = tuple(sorted(p for p in wanted.permissions if p not in have))
    grantable = tuple(sorted(p for p in wanted.grantable if p not in have_option))
    if not permissions and not grantable:
        return None
    return Grant(wanted.principal, wanted.resource, tuple(sorted({*permissions, *grantable})), grantable)


def plan_persona(world: World, intent: CreatePersona) -> Plan:
    """A role with a work group of its own; nothing to do when both stand."""
    name = check_role(intent.name)
    steps = (*prepare_steps(world), *persona_steps(world, name, intent.description))
    return make_plan(f"Create the role {name}", f"role {name}", intent, steps, world)


def persona_steps(world: World, name: str, description: str) -> Iterable[s.Step]:
    """The role and the work group, as far as they are missing."""
    if all(p.name != name for p in world.principals):
        yield _persona_role(world.naming, name, description)
    if name not in world.work_groups:
        yield s.CreateWorkGroup(name, world.naming.results_location(name))


def _persona_role(naming: Naming, name: str, description: str) -> s.CreateRole:
    return s.CreateRole(name, description, _account_trust(naming), _persona_policy(naming, name))


def _account_trust(naming: Naming) -> str:
    return _trust({"AWS": naming.root_arn})


def _lake_trust() -> str:
    return _trust({"Service": "lakeformation.amazonaws.com"})


def _trust(principal: dict[str, str]) -> str:
    return _policy([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])


def _lake_policy() -> str:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetBucketLocation"]
    return _policy([{"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::mesh-*"}])


def _persona_policy(naming: Naming, role: str) -> str:
    """The catalog (Lake Formation narrows it), one's own work group and one's own results; no data in S3."""
    control = f"arn:aws:s3:::{naming.control_bucket}"
    work_group = f"arn:aws:athena:{naming.region}:{naming.account_id}:workgroup/{role}"
    catalog = ["glue:Get*", "glue:BatchGet*", "glue:SearchTables", "lakeformation:GetDataAccess"]
    athena_lists = ["athena:ListWorkGroups", "athena:ListDataCatalogs", "athena:ListEngineVersions"]
    metadata = ["athena:GetDataCatalog", "athena:*Database*", "athena:*TableMetadata*"]
    return _policy(
        [
            {"Effect": "Allow", "Action": [*catalog, *athena_lists, *metadata], "Resource": "*"},
            {"Effect": "Allow", "Action": "athena:*", "Resource": work_group},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
                "Resource": f"{control}/results/{role}/*",
            },
            {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": control},
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": control,
                "Condition": {"StringLike": {"s3:prefix": [f"results/{role}/*"]}},
            },
        ]
    )


def _policy(statements: list[dict[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)
