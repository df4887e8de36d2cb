"""Who may read what: the matrix, one cell in detail, the grants behind it, and what an expression reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh_core.domain import tags
from mesh_core.domain.access import Amount, Verdict, amount, decide
from mesh_core.domain.explain import Explanation, explain
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.reach import Policy, index_of
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import (
    ColumnsResource,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    Grant,
    TableResource,
    World,
)
from mesh_core.services.reading import Reading


@dataclass(frozen=True)
class Matrix:
    """roles x products; cells by (role, product)."""

    roles: tuple[str, ...]
    products: tuple[str, ...]
    cells: Mapping[tuple[str, str], Amount]


@dataclass(frozen=True)
class Reach:
    """What an expression matches now: columns by table."""

    columns: Mapping[str, tuple[str, ...]]

    @property
    def count(self) -> int:
        """Columns in all."""
        return sum(map(len, self.columns.values()))


class AccessView:
    """The reading side of access; grants are changed through Changes."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._kept: tuple[World, Matrix] | None = None

    def matrix(self) -> Matrix:
        """Every role on every product; kept while the world is the same."""
        world = self._reading.world()
        if self._kept is None or self._kept[0] is not world:
            self._kept = (world, _matrix(world))
        return self._kept[1]

    def verdict(self, role: str, product: str) -> Verdict:
        """One cell in detail; NotFoundError."""
        world = self._reading.world()
        return decide(world, world.naming.role_arn(role), world.table(*product.split(".", 1)))

    def explanation(self, role: str, product: str, column: str = "") -> Explanation:
        """Why a role may read a product or one of its columns, or may not; NotFoundError."""
        world = self._reading.world()
        database, _, name = product.partition(".")
        return explain(world, world.naming.role_arn(role), world.table(database, name), column)

    def tables(self) -> tuple[str, ...]:
        """What can be explained: the products, then tables and views that are none, each by name."""
        products = self.matrix().products
        others = {t.full_name for t in self._reading.world().tables} - set(products)
        return (*products, *sorted(others))

    def columns(self, product: str) -> tuple[str, ...]:
        """The columns of a product, in order; NotFoundError."""
        database, _, name = product.partition(".")
        return self._reading.world().table(database, name).column_names

    def grants(self, visitor: Visitor) -> tuple[Grant, ...]:
        """The grants to people and groups, by principal; an owner sees those of his own domains."""
        world = self._reading.world()
        hidden = {world.naming.role_arn(name) for name in NOT_PEOPLE}
        found = [g for g in world.grants if g.principal not in hidden]
        if not visitor.is_steward:
            found = [g for g in found if _database(g) in visitor.owned]
        return tuple(sorted(found, key=lambda g: (g.principal, str(g.resource))))

    def reach(self, expression: tags.Expression) -> Reach:
        """Which columns a tag expression matches at this moment."""
        index, policy, found = index_of(self._reading.world()), Policy(expression), {}
        for table in index.tables.values():
            shape = index.shape(table)
            if matched := shape.named(index.matched_by(policy, shape)):
                found[table.full_name] = matched
        return Reach(found)


def _matrix(world: World) -> Matrix:
    roles = tuple(sorted(p.name for p in world.principals if p.name not in NOT_PEOPLE))
    tables = sorted((t for t in world.tables if t.is_managed and t.product), key=lambda t: t.full_name)
    arn = world.naming.role_arn
    cells = {(role, t.full_name): amount(world, arn(role), t) for role in roles for t in tables}
    return Matrix(roles, tuple(t.full_name for t in tables), cells)


def _database(grant: Grant) -> str:
    match grant.resource:
        case DatabaseResource(name):
            return name
        case TableResource(name) | ColumnsResource(name) | FilterResource(name):
            return name
        case ExpressionResource(_, expression):
            domains = dict(expression).get("domain", ())
            return domains[0] if len(domains) == 1 else ""
        case _:
            return ""
