"""Every intent becomes a plan here, on a fresh reading of the world: the one dispatch from intents to planners."""

from __future__ import annotations

from typing import assert_never

from mesh_core.domain import foundation, govern, teardown_scope
from mesh_core.domain import publish as publishing
from mesh_core.domain import teardown as tearing
from mesh_core.domain.intents import (
    ChangeAssignments,
    ChangeExpression,
    ChangeFilter,
    ChangeGrants,
    ChangeVocabulary,
    CreateDomain,
    CreatePersona,
    EditProduct,
    Intent,
    PrepareMesh,
    PublishProduct,
    Teardown,
)
from mesh_core.domain.plan import Plan
from mesh_core.domain.scope import domains_touched
from mesh_core.domain.steps import PurgeTarget
from mesh_core.domain.world import World
from mesh_core.errors import NotFoundError
from mesh_core.services.documents import Documenter
from mesh_core.services.ports import Readers
from mesh_core.services.reading import Reading


class Planner:
    """Plans any intent. Reads only; raises what the planners of `domain/` raise."""

    def __init__(self, readers: Readers, reading: Reading, documents: Documenter) -> None:
        self._readers, self._reading, self._documents = readers, reading, documents

    def plan(self, intent: Intent) -> Plan:
        """The plan on a fresh reading."""
        world = self._reading.fresh(domains_touched(intent))
        match intent:
            case PrepareMesh():
                return foundation.plan_prepare(world, intent)
            case CreateDomain():
                return foundation.plan_domain(world, intent)
            case CreatePersona():
                return foundation.plan_persona(world, intent)
            case PublishProduct(draft):
                publishing.require_complete(world, draft)
                return publishing.plan_publication(world, intent, self._documents.of_draft(world, draft))
            case EditProduct():
                return self._plan_edit(world, intent)
            case ChangeVocabulary():
                return govern.plan_vocabulary(world, intent)
            case ChangeAssignments():
                return govern.plan_assignments(world, intent)
            case ChangeGrants():
                return govern.plan_grants(world, intent)
            case ChangeFilter():
                return govern.plan_filter(world, intent)
            case ChangeExpression():
                return govern.plan_expression(world, intent)
            case Teardown():
                return tearing.plan_teardown(world, intent, self.holding(world, intent))
        assert_never(intent)

    def _plan_edit(self, world: World, intent: EditProduct) -> Plan:
        name = intent.product
        found = self._readers.catalog.table_definition(name.domain, name.name)
        if found is None:
            raise NotFoundError(f"There is no product '{name}'. It may have been torn down. See Catalog.")
        return publishing.plan_edit(world, intent, found.definition, self._documents.of_edit(world, intent))

    def holding(self, world: World, intent: Teardown) -> tearing.Holding:
        """What lies behind a teardown's scope: definitions, objects, roles; read live."""
        people, storage = self._readers.people, self._readers.storage
        definitions = {}
        for table in teardown_scope.tables_in_scope(world, intent):
            found = self._readers.catalog.table_definition(table.database, table.name)
            if found is not None:
                definitions[(table.database, table.name)] = (found.definition, found.partitions)
        purges, foreign = [], {}
        for bucket, prefix in tearing.purge_targets(world, intent):
            prefixes: tuple[str, ...] = (prefix,)
            if not prefix and bucket != world.naming.control_bucket:
                keys = [one.key for one in storage.objects(bucket)]
                foreign[bucket] = len(tearing.foreign_keys(world, bucket, keys))
                prefixes = tearing.own_prefixes(world, bucket, keys) if foreign[bucket] else prefixes
            for one in prefixes:
                listing = storage.listing(bucket, one)
                purges.append(PurgeTarget(bucket, one, listing.version_count, listing.size_bytes))
        names = teardown_scope.people_in_scope(world, intent)
        roles = {one: role for one in names if (role := people.role_definition(one))}
        groups = people.work_groups()
        settings = storage.get_text(world.naming.control_bucket, tearing.settings_key()) or ""
        return tearing.Holding(
            definitions,
            tuple(purges),
            {name: (role.description, role.trust, role.policy) for name, role in roles.items()},
            {name: groups[name] for name in names if name in groups},
            settings if intent.scope == "mesh" else "",
            {bucket: count for bucket, count in foreign.items() if count},
        )
