"""How far every principal's grants reach: an index made once for a `World`, the fast ground under `access.py`.

A mesh has thousands of columns, but few different sets of tags among them: columns of equal effective tags are one tag
class, and a tag expression is matched once for each class. Sets of columns are bit masks in table order, partition keys
last. Rules (Lake Formation developer guide, and where it is silent decision 0004): grants only add; whoever reads some
columns by name or by a data cells filter reads the partition keys; cells are the union of (columns x rows) rectangles;
IAM_ALLOWED_PRINCIPALS with ALL on a table hands it to IAM, with less it is everybody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mesh_core.domain import tags
from mesh_core.domain.cells import Cells, filter_paths, keeps_every_row
from mesh_core.domain.tags import Expression
from mesh_core.domain.world import (
    IAM_ALLOWED,
    ColumnsResource,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Table,
    TableResource,
    World,
)

READING = frozenset({"SELECT", "ALL", "SUPER"})
KEPT = 12  # indexes: a page's world, the worlds before and after its plans


class Reach(NamedTuple):
    """What one principal reads of one table by the grants on it; a view's bases not counted.

    columns      mask of the columns that are read, in some rows at least, of a struct some fields at least
    every_row    mask of those that are read whole in every row
    cells        the rectangles where that isn't the same, else ()
    open_to_iam  IAM_ALLOWED_PRINCIPALS decides
    """

    columns: int = 0
    every_row: int = 0
    cells: tuple[Cells, ...] = ()
    open_to_iam: bool = False


NOTHING = Reach()


@dataclass(frozen=True)
class Shape:
    """A table as deciding needs it. classes: (number of the tag class, mask of its columns)."""

    table: Table
    names: tuple[str, ...]
    bits: Mapping[str, int]
    everything: int
    keys: int
    classes: tuple[tuple[int, int], ...]

    def mask(self, names: Iterable[str]) -> int:
        """Those of the names that are columns."""
        found = 0
        for name in names:
            found |= self.bits.get(name, 0)
        return found

    def named(self, mask: int) -> tuple[str, ...]:
        """The columns of a mask, in table order."""
        if mask == self.everything:
            return self.names
        return tuple(name for name in self.names if self.bits[name] & mask)


class Policy:
    """A tag expression, matched once for each tag class."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self._known: dict[int, bool] = {}

    def matches(self, number: int, values: Mapping[str, str]) -> bool:
        """Whether the class of that number matches; an expression without keys matches nothing."""
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = bool(self.expression) and tags.matches(self.expression, values)
        return known


@dataclass
class Holdings:
    """What lets one principal read, everybody's grants included.

    tables   grants that name (database, table), or (database, "*") for all of them
    by_tags  grants on tag expressions of type TABLE
    """

    tables: dict[tuple[str, str], list[Grant]] = field(default_factory=dict)
    by_tags: list[tuple[Grant, Policy]] = field(default_factory=list)
    matched: dict[int, bool] = field(default_factory=dict)


class Index:
    """One World's tables, tag classes and grants, found without a search. Holds no reference to the World."""

    def __init__(self, world: World) -> None:
        self.tables = {table.full_name: table for table in world.tables}
        self.filters = {(one.database, one.table, one.name): one for one in world.filters}
        self.values: list[Mapping[str, str]] = []
        self._everybody = (IAM_ALLOWED, f"{world.naming.account_id}:IAMPrincipals")
        self._numbers: dict[tuple[tuple[str, str], ...], int] = {}
        self._assigned: dict[str, dict[str, Mapping[str, str]]] = {}
        for target, own in world.assigned.items():
            place = f"{target.database}.{target.table}" if target.table else target.database
            self._assigned.setdefault(place, {})[target.column or ""] = own
        self._grants: dict[str, list[Grant]] = {}
        self._policies: dict[Expression, Policy] = {}
        self._saved = world.expressions
        self._open: set[tuple[str, str]] = set()
        self._sort_grants(world.grants)
        self._shapes: dict[int, Shape] = {}
        self._holdings: dict[str, Holdings] = {}

    def _sort_grants(self, grants: Iterable[Grant]) -> None:
        for grant in grants:
            if not READING.isdisjoint(grant.permissions):
                resource = grant.resource
                if (
                    grant.principal == IAM_ALLOWED
                    and "ALL" in grant.permissions
                    and isinstance(resource, TableResource)
                ):
                    self._open.add((resource.database, resource.table))
                self._grants.setdefault(grant.principal, []).append(grant)

    # tables

    def shape(self, table: Table) -> Shape:
        """A table's shape; also of one that the World doesn't hold, as a draft's view."""
        found = self._shapes.get(id(table))
        if found is None or found.table is not table:
            found = self._shaped(table)
            if self.tables.get(table.full_name) is table:
                self._shapes[id(table)] = found
        return found

    def _shaped(self, table: Table) -> Shape:
        names = table.column_names
        bits = {name: 1 << at for at, name in enumerate(names)}
        everything, keys = (1 << len(names)) - 1, 0
        for key in table.partition_keys:
            keys |= bits[key.name]
        own = self._assigned.get(table.full_name, {})
        common = {**self._assigned.get(table.database, {}).get("", {}), **own.get("", {})}
        classes: dict[int, int] = {}
        rest = everything
        for column, values in own.items():
            if column in bits and values:
                rest &= ~bits[column]
                number = self._number({**common, **values})
                classes[number] = classes.get(number, 0) | bits[column]
        if rest:
            number = self._number(common)
            classes[number] = classes.get(number, 0) | rest
        return Shape(table, names, bits, everything, keys, tuple(classes.items()))

    def _number(self, values: Mapping[str, str]) -> int:
        key = tuple(sorted(values.items()))
        number = self._numbers.get(key)
        if number is None:
            with _LOCK:
                number = self._numbers.get(key)
                if number is None:
                    self.values.append(values)
                    number = self._numbers[key] = len(self.values) - 1
        return number

    # grants

    def holdings(self, principal: str) -> Holdings:
        """The grants that let a principal read."""
        found = self._holdings.get(principal)
        if found is None:
            found = Holdings()
            for name in dict.fromkeys((principal, *self._everybody)):
                for grant in self._grants.get(name, ()):
                    self._hold(found, grant)
            self._holdings[principal] = found
        return found

    def _hold(self, found: Holdings, grant: Grant) -> None:
        match grant.resource:
            case TableResource(database, table) | ColumnsResource(database, table) | FilterResource(database, table):
                found.tables.setdefault((database, table), []).append(grant)
            case ExpressionResource("TABLE") | NamedExpressionResource("TABLE"):
                expression = self.expression(grant)
                policy = self._policies.get(expression)
                if policy is None:
                    policy = self._policies[expression] = Policy(expression)
                found.by_tags.append((grant, policy))
            case _:
                pass

    def expression(self, grant: Grant) -> Expression:
        """The tag expression of a grant, a saved one as it reads now; () for a grant on anything else."""
        match grant.resource:
            case ExpressionResource(_, expression):
                return expression
            case NamedExpressionResource(_, name):
                return self._saved.get(name, ())
            case _:
                return ()

    def raw_grants(self, principal: str) -> list[tuple[Grant, Expression]]:
        """The principal's own reading grants, as the World has them: what comparing two Worlds needs."""
        return [(grant, self.expression(grant)) for grant in self._grants.get(principal, ())]

    def everybodys_grants(self) -> list[list[tuple[Grant, Expression]]]:
        """The same of those that reach everybody."""
        return [self.raw_grants(name) for name in self._everybody]

    def is_open_to_iam(self, table: Table) -> bool:
        """Whether IAM_ALLOWED_PRINCIPALS holds ALL on it, or on all tables of its database."""
        return bool(self._open) and ((table.database, table.name) in self._open or (table.database, "*") in self._open)

    def on_table(self, principal: str, table: Table) -> Iterator[Grant]:
        """The principal's grants that name the table, or all tables of its database."""
        held = self.holdings(principal).tables
        yield from held.get((table.database, table.name), ())
        yield from held.get((table.database, "*"), ())

    # reach

    def reach(self, principal: str, table: Table) -> Reach:
        """What a principal reads of a table; of a view by the grants on the view alone."""
        shape = self.shape(table)
        if self._open and self.is_open_to_iam(table):
            return Reach(shape.everything, shape.everything, open_to_iam=True)
        held = self.holdings(principal)
        found = self._by_tags(held, shape) if held.by_tags else 0
        by_name = (*held.tables.get((table.database, table.name), ()), *held.tables.get((table.database, "*"), ()))
        return self._with_named(shape, found, by_name) if by_name else Reach(found, found)

    def _with_named(self, shape: Shape, found: int, by_name: Iterable[Grant]) -> Reach:
        table, filters = shape.table, list[DataFilter]()
        for grant in by_name:
            if isinstance(grant.resource, FilterResource):
                one = self.filters.get((table.database, table.name, grant.resource.name))
                filters += [one] if one else []
            else:
                found |= named_columns(shape, grant)
        return _with_filters(shape, found, filters) if filters else Reach(found, found)

    def _by_tags(self, held: Holdings, shape: Shape) -> int:
        found = 0
        for number, mask in shape.classes:
            matched = held.matched.get(number)
            if matched is None:
                values = self.values[number]
                matched = held.matched[number] = any(policy.matches(number, values) for _, policy in held.by_tags)
            if matched:
                found |= mask
        return found

    def matched_by(self, policy: Policy, shape: Shape) -> int:
        """The columns that one expression matches."""
        found = 0
        for number, mask in shape.classes:
            if policy.matches(number, self.values[number]):
                found |= mask
        return found


def named_columns(shape: Shape, grant: Grant) -> int:
    """The columns that a grant on the table, all tables or some columns opens, partition keys with them."""
    match grant.resource:
        case TableResource():
            return shape.everything
        case ColumnsResource(_, _, columns, excluded):
            found = shape.mask(columns) if columns else shape.everything & ~shape.mask(excluded)
            return found | shape.keys if found else 0
        case _:
            return 0


def _with_filters(shape: Shape, found: int, filters: Iterable[DataFilter]) -> Reach:
    """The union of what is read in every row and of the filters' rectangles."""
    everywhere = set(shape.named(found))
    narrowed = []
    for one in filters:
        paths = filter_paths(shape.table, one)
        if keeps_every_row(one):
            everywhere |= paths
        else:
            narrowed.append(Cells(paths, one.row_filter, one.name))
    whole = Cells(frozenset(everywhere))
    cells = [one for one in narrowed if any(not whole.covers(path) for path in one.columns)]
    every_row = shape.mask(everywhere)
    visible = shape.mask(path.partition(".")[0] for one in (whole, *cells) for path in one.columns)
    if not cells and visible == every_row:
        return Reach(visible, visible)
    return Reach(visible, every_row, tuple([whole, *cells] if everywhere else cells))


_LOCK = threading.Lock()
_INDEXES: OrderedDict[int, tuple[World, Index]] = OrderedDict()


def index_of(world: World) -> Index:
    """The index of a World, made at the first call; kept for the latest KEPT of them."""
    kept = _INDEXES.get(id(world))
    if kept is not None and kept[0] is world:
        return kept[1]
    made = Index(world)
    with _LOCK:
        _INDEXES[id(world)] = (world, made)
        _INDEXES.move_to_end(id(world))
        while len(_INDEXES) > KEPT:
            _INDEXES.popitem(last=False)
    return made
