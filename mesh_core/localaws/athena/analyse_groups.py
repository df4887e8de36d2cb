"""GROUP BY: keys, ordinals, grouping sets, and DISTINCT among the sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.analyse_stars import star
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.functions_sketches import TYPES as SKETCHES
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_compare import require_key
from mesh_core.localaws.athena.scope import Scope, Typed
from mesh_core.localaws.athena.select_items import is_star, shown

if TYPE_CHECKING:
    from mesh_core.localaws.athena.analyse_select import Selects

_WORDS = {exp.GroupingSets: "GROUPING SETS", exp.Rollup: "ROLLUP", exp.Cube: "CUBE"}
Sets = list[tuple[str, ...]]


@dataclass(frozen=True)
class Groups:
    """A GROUP BY clause: its text, its keys' texts, and the keys with a query inside by their trees."""

    text: str = ""
    keys: frozenset[str] = frozenset()
    trees: dict[Any, Typed] = field(default_factory=dict)


def groups(of: Selects, node: Any, scope: Scope) -> Groups:
    """The GROUP BY of a SELECT; nothing where there is none."""
    group = node.args.get("group")
    if group is None:
        return Groups()
    of.only(group, {"expressions", "all"})
    reader = _Reader(of, node, scope)
    if group.args.get("all") is False:
        text = reader.distinct(group.expressions)
    else:
        parts = [each for each in map(reader.element, group.expressions) if each]
        text = ", ".join(parts) if parts else "()"
    return Groups(f" GROUP BY {text}", frozenset(reader.keys), reader.trees)


def ordinal(of: Selects, each: Any, node: Any, where: str, scope: Scope) -> Any:
    """The item of the SELECT list that a position means: its tree, or, for a part of a star, its value."""
    position = int(each.this) if each.this.isdigit() else 0
    chosen: list[Any] = []
    for item in node.expressions:
        inner = item.this if isinstance(item, exp.Alias | exp.Aliases) else item
        chosen += [value for _, value in star(of, inner, scope)] if is_star(inner) else [inner]
    if not 1 <= position <= len(chosen):
        raise failure("INVALID_COLUMN_REFERENCE", f"{of.at(each)}: {where} position {position} is not in select list")
    return chosen[position - 1]


class _Reader:
    def __init__(self, of: Selects, node: Any, scope: Scope) -> None:
        self.of, self.node, self.scope = of, node, scope
        self.keys: set[str] = set()
        self.trees: dict[Any, Typed] = {}

    def element(self, each: Any) -> str:
        """One element of GROUP BY as text."""
        if word := _WORDS.get(type(each)):
            return f"{word} ({', '.join(map(self._set, each.expressions))})"
        if isinstance(each, exp.Tuple):
            return self._set(each) if each.expressions else ""
        return self._key(each)

    def _set(self, each: Any) -> str:
        if type(each) in _WORDS:
            return self.element(each)
        for member in _members(each):
            self._check_column(member)
        return f"({', '.join(map(self._key, _members(each)))})"

    def _check_column(self, each: Any) -> None:
        if not isinstance(each, exp.Column | exp.Dot | exp.Literal):
            what = f"GROUP BY expression must be a column reference: {shown(each)}"
            raise failure("INVALID_COLUMN_REFERENCE", f"{self.of.at(each)}: {what}")

    def _key(self, each: Any) -> str:
        if isinstance(each, exp.Literal) and not each.is_string:
            each = ordinal(self.of, each, self.node, "GROUP BY", self.scope)
        if isinstance(each, Typed):
            value = each
        else:
            with self.of.clause(self.scope, "GROUP BY clause"):
                value = Expressions(self.of, self.scope).typed(each)
            if each.find(exp.Query):
                self.trees[each] = value
        if value.type.name in SKETCHES:
            what = f"{value.type} is not comparable, and therefore cannot be used in GROUP BY"
            raise failure("TYPE_MISMATCH", f"{self.of.at(self.node)}: {what}")
        require_key(value.type, self.of.at(self.node), "GROUP BY")
        self.keys.add(value.sql)
        return value.sql

    # DISTINCT: DuckDB does not have it, so the sets are written out

    def distinct(self, elements: list[Any]) -> str:
        """Every grouping set once."""
        found: dict[frozenset[str], tuple[str, ...]] = {}
        for chosen in product(*map(self._sets, elements)):
            members = tuple(dict.fromkeys(one for each in chosen for one in each))
            found.setdefault(frozenset(members), members)
        sets = [f"({', '.join(each)})" for each in found.values()]
        return f"GROUPING SETS ({', '.join(sets)})"

    def _sets(self, each: Any) -> Sets:
        match each:
            case exp.GroupingSets():
                return [one for inner in each.expressions for one in self._sets(inner)]
            case exp.Rollup():
                parts = [self._member_keys(one) for one in each.expressions]
                return [sum(parts[:length], ()) for length in range(len(parts), -1, -1)]
            case exp.Cube():
                parts = [self._member_keys(one) for one in each.expressions]
                lengths = range(len(parts), -1, -1)
                return [sum(chosen, ()) for length in lengths for chosen in combinations(parts, length)]
            case _:
                return [self._member_keys(each)]

    def _member_keys(self, each: Any) -> tuple[str, ...]:
        return tuple(map(self._key, _members(each)))


def _members(each: Any) -> list[Any]:
    if isinstance(each, exp.Tuple):
        return list(each.expressions)
    return [each.this if isinstance(each, exp.Paren) else each]
