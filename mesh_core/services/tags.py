"""The LF-tags as the Tags page needs them: the picture, the vocabulary with its uses, assignments with provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh_core.domain import tags
from mesh_core.domain.coverage import DomainCoverage, Gap, coverage, gaps
from mesh_core.domain.delegation import GRANT_BY, allowed_values, lacking, taking_back
from mesh_core.domain.governance_map import GovernanceMap, governance_map
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.names import SYSTEM
from mesh_core.domain.reach import Policy, index_of
from mesh_core.domain.steps import short
from mesh_core.domain.tags import EffectiveTag, Expression
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.words import in_words
from mesh_core.domain.world import ExpressionResource, Grant, NamedExpressionResource, Target, World
from mesh_core.services.reading import Reading


@dataclass(frozen=True)
class ValueUse:
    """One value of the vocabulary: the targets that it is assigned at, the roles whose expressions name it."""

    key: str
    value: str
    targets: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One grant by expression, and how much it opens now."""

    role: str
    expression: str
    columns: int
    tables: int


@dataclass(frozen=True)
class SavedExpression:
    """A saved LF-tag expression: what it matches now, and the roles that are granted by its name."""

    name: str
    pairs: Expression
    columns: int
    tables: int
    roles: tuple[str, ...]

    @property
    def words(self) -> str:
        """`domain=sales AND pii=false`."""
        return in_words(self.pairs)


@dataclass(frozen=True)
class OwnerRights:
    """What the steward handed on to one owner. lacking: the part of the usual rights that it doesn't hold."""

    role: str
    domains: tuple[str, ...]
    assign: Mapping[str, tuple[str, ...]]
    grant_by: Mapping[str, tuple[str, ...]]
    lacking: tuple[Grant, ...]


@dataclass(frozen=True)
class Assignment:
    """A database, table or column with the tags that hold for it."""

    target: Target
    effective: tuple[EffectiveTag, ...]


class TagsView:
    """The reading side of tags; they are changed through Changes."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._kept: tuple[World, GovernanceMap, tuple[Rule, ...]] | None = None

    def model(self) -> tuple[GovernanceMap, tuple[Rule, ...]]:
        """The picture and the rules in it; kept while the world is the same."""
        world = self._reading.world()
        if self._kept is None or self._kept[0] is not world:
            self._kept = (world, governance_map(world), _rules(world))
        return self._kept[1], self._kept[2]

    def coverage(self) -> tuple[tuple[DomainCoverage, ...], tuple[Gap, ...]]:
        """By domain how far tags cover it, and every gap."""
        world = self._reading.world()
        found = gaps(world)
        return coverage(world, found), found

    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """Keys with their allowed values."""
        return dict(sorted(self._reading.world().tags.items()))

    def uses(self) -> tuple[ValueUse, ...]:
        """Every value of the vocabulary with where it is used."""
        world = self._reading.world()
        return tuple(
            ValueUse(key, value, _targets(world, key, value), _roles(world, key, value))
            for key in sorted(world.tags)
            for value in world.tags[key]
        )

    def assignable(self, visitor: Visitor) -> Mapping[str, tuple[str, ...]]:
        """Key -> the values that a visitor may assign; keys without any are left out."""
        return dict(sorted(allowed_values(self._reading.world(), visitor).items()))

    def rights(self) -> tuple[OwnerRights, ...]:
        """Every owner's, by name."""
        world = self._reading.world()
        domains: dict[str, list[str]] = {}
        for database in world.databases:
            if database.is_managed and database.owner:
                domains.setdefault(database.owner, []).append(database.name)
        return tuple(_rights_of(world, role, tuple(sorted(domains[role]))) for role in sorted(domains))

    def taking_back(self, grant: Grant) -> ChangeGrants:
        """The change that takes a right on values of an LF-tag from somebody; see `delegation.taking_back`."""
        return taking_back(self._reading.world(), grant)

    def expressions(self) -> tuple[SavedExpression, ...]:
        """All saved LF-tag expressions, by name."""
        world = self._reading.world()
        return tuple(_saved(world, name) for name in sorted(world.expressions))

    def domains(self) -> tuple[str, ...]:
        """The databases that can carry tags, adopted ones too."""
        return tuple(sorted(d.name for d in self._reading.world().databases if d.name != SYSTEM))

    def tables(self, domain: str) -> tuple[str, ...]:
        """The tables and views of a domain."""
        return tuple(sorted(t.name for t in self._reading.world().tables if t.database == domain))

    def assignments(self, domain: str, table: str = "") -> tuple[Assignment, ...]:
        """A database with its tables, or one table with its columns, each with provenance. NotFoundError."""
        world = self._reading.world()
        if table:
            found = world.table(domain, table)
            targets = [Target(domain, table), *(Target(domain, table, c) for c in found.column_names)]
        else:
            world.database(domain)
            targets = [Target(domain), *(Target(domain, name) for name in self.tables(domain))]
        return tuple(Assignment(target, tags.effective(world, target)) for target in targets)

    def changed(
        self, targets: tuple[Target, ...], wanted: Mapping[str, str | None]
    ) -> tuple[tuple[Target, Mapping[str, str]], ...]:
        """The own tags of each target with `wanted` worked in: None takes a key's own value away, so it inherits."""
        world = self._reading.world()
        return tuple((target, _merged(world.assigned.get(target, {}), wanted)) for target in targets)


def _merged(own: Mapping[str, str], wanted: Mapping[str, str | None]) -> dict[str, str]:
    merged: dict[str, str | None] = {**own, **wanted}
    return {key: value for key, value in merged.items() if value is not None}


def _targets(world: World, key: str, value: str) -> tuple[str, ...]:
    return tuple(sorted(str(target) for target, own in world.assigned.items() if own.get(key) == value))


def _roles(world: World, key: str, value: str) -> tuple[str, ...]:
    expressions = ((g, g.resource) for g in world.grants if isinstance(g.resource, ExpressionResource))
    return tuple(sorted({short(g.principal) for g, r in expressions if value in dict(r.expression).get(key, ())}))


def _rules(world: World) -> tuple[Rule, ...]:
    """The grants by expression, by role; what each reaches is counted once an expression."""
    held = sorted(
        {(short(g.principal), g.resource) for g in world.grants if isinstance(g.resource, ExpressionResource)},
        key=lambda pair: (pair[0], str(pair[1])),
    )
    index, rules = index_of(world), []
    for role, resource in held:
        if resource.resource_type == "TABLE":
            policy = Policy(resource.expression)
            hits = [index.matched_by(policy, index.shape(table)).bit_count() for table in index.tables.values()]
            rules.append(Rule(role, str(resource), sum(hits), sum(map(bool, hits))))
    return tuple(rules)


def _rights_of(world: World, role: str, domains: tuple[str, ...]) -> OwnerRights:
    visitor = Visitor(role, world.naming.role_arn(role))
    missing = tuple(grant for domain in domains for grant in lacking(world, role, domain))
    by = allowed_values(world, visitor, GRANT_BY)
    return OwnerRights(role, domains, allowed_values(world, visitor), by, tuple(dict.fromkeys(missing)))


def _saved(world: World, name: str) -> SavedExpression:
    pairs, index = world.expressions[name], index_of(world)
    hits = [index.matched_by(Policy(pairs), index.shape(table)).bit_count() for table in index.tables.values()]
    held = (g for g in world.grants if isinstance(g.resource, NamedExpressionResource) and g.resource.name == name)
    roles = tuple(sorted({short(g.principal) for g in held}))
    return SavedExpression(name, pairs, sum(hits), sum(map(bool, hits)), roles)
