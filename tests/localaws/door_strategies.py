"""Examples at random: a few steps on the rules, and the doors to try, each on a table, a leaf and a row.

Most of an example turns on one table, its focus, so that grants, tags and filters meet each other.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.localaws import door_data as data
from tests.localaws import door_steps as steps
from tests.localaws.door_rules import EVERYBODY, IAM_ALLOWED, Expression, Filter, Grant, Predicate, Table
from tests.localaws.door_visit import Aim
from tests.localaws.door_world import VOCABULARY

Recipe = list[steps.Step]
FILTERS, SAVED = ("fil_1", "fil_2"), ("exp_1", "exp_2")
SOLE = ("DESCRIBE", "INSERT", "DELETE", "DROP", "ALTER", "ALL")
ON_TABLES = (*[("SELECT",)] * 9, ("SELECT", "INSERT"), *((one,) for one in SOLE))
ON_DATABASES = (("DESCRIBE",), ("CREATE_TABLE",), ("ALL",))

to = st.sampled_from((*["reader"] * 8, EVERYBODY, "other"))
people = st.sampled_from((*["reader"] * 5, "other"))
databases = st.sampled_from(data.DATABASES)
on_tables = st.sampled_from(ON_TABLES)
keys = st.sampled_from(tuple(VOCABULARY))


def some(values: Collection[Any], least: int = 1, most: int = 3) -> SearchStrategy[tuple[Any, ...]]:
    """A few of the values, sorted."""
    drawn = st.lists(st.sampled_from(sorted(values)), min_size=least, max_size=most, unique=True)
    return drawn.map(lambda found: tuple(sorted(found)))


_pairs = {key: some(values, most=2) for key, values in VOCABULARY.items()}
expressions: SearchStrategy[Expression] = (
    st.fixed_dictionaries({}, optional=_pairs).filter(bool).map(lambda found: tuple(sorted(found.items())))
)


@st.composite
def atoms(draw: Any, table: Table) -> Predicate:
    """A comparison of one leaf with constants, mostly with values that are there."""
    leaf = draw(st.sampled_from(sorted(leaf for leaf in table.leaves if data.TYPES.get(leaf) != "date")))
    values: list[Any] = sorted({row[leaf] for row in table.rows if row[leaf] is not None})  # type: ignore[type-var]
    value, text = draw(st.sampled_from(values)), isinstance(values[0], str)
    signs = ["=", "<>", "<", ">=", "in", "between", *["like"] * text, *["null"] * (leaf not in table.keys)]
    match draw(st.sampled_from(signs)):
        case "in":
            return ("in", leaf, *draw(some(values, most=2)))
        case "between":
            return ("between", leaf, min(value, values[1]), max(value, values[1]))
        case "like":
            return ("like", leaf, value[:4])
        case "null":
            return ("null", leaf)
        case sign:
            return (sign, leaf, value)


def predicates(table: Table) -> SearchStrategy[Predicate]:
    """A comparison, two joined, or the reverse of either."""
    atom = atoms(table)
    joined = st.tuples(st.sampled_from(("and", "or")), atom, atom)
    return st.one_of(atom, atom, joined, st.tuples(st.just("not"), st.one_of(atom, joined)))


@st.composite
def filters(draw: Any, table: Table) -> Filter:
    """Some columns and fields, or all but some; all rows, or some."""
    paths = {*table.columns, *table.leaves}
    rows = draw(st.one_of(st.none(), predicates(table), predicates(table)))
    if draw(st.booleans()):
        return Filter(draw(some(paths)), (), rows)
    return Filter(None, draw(some(paths - set(table.keys), least=0, most=2)), rows)


@st.composite
def filtered(draw: Any, table: Table) -> Recipe:
    """One or two filters of a table, granted to the same person."""
    who, found = draw(to), []
    for name in FILTERS[: draw(st.sampled_from((1, 2, 2)))]:
        found += [steps.SetFilter(table.name, name, draw(filters(table)))]
        found += [steps.Give(Grant(who, "filter", table.name, (name,)))]
    return found


@st.composite
def tags(draw: Any, table: Table) -> steps.Tag:
    """A tag on the table's database, on the table or on a column."""
    key = draw(keys)
    columns = [(table.name, name) for name in table.columns]
    on, column = draw(st.sampled_from([(table.database, ""), (table.name, ""), *columns]))
    return steps.Tag(on, column, key, draw(st.sampled_from(VOCABULARY[key])))


@st.composite
def by_tags(draw: Any, table: Table) -> Recipe:
    """Tags here and there, and a policy, inline or saved, that may fit them."""
    found: Recipe = draw(st.lists(tags(table), min_size=1, max_size=3))
    last: Any = found[-1]
    kind = draw(st.sampled_from(("TABLE", "TABLE", "TABLE", "DATABASE")))
    permissions = draw(st.sampled_from(ON_DATABASES if kind == "DATABASE" else ON_TABLES))
    wanted = draw(st.one_of(st.just(((last.key, (last.value,)),)), expressions))
    if draw(st.booleans()):
        return [*found, steps.Give(Grant(draw(to), "policy", kind, (), permissions, wanted))]
    name = draw(st.sampled_from(SAVED))
    return [*found, steps.Save(name, wanted), steps.Give(Grant(draw(to), "saved", kind, (name,), permissions))]


@st.composite
def overridden(draw: Any, table: Table) -> Recipe:
    """The same key twice, on the way from the database to a column, and a policy that one of the two values fits."""
    key, column = draw(st.sampled_from(("key_a", "key_b"))), draw(st.sampled_from(tuple(table.columns)))
    outer, inner = draw(st.permutations(VOCABULARY[key]))
    levels = [(table.database, ""), (table.name, ""), (table.name, column)]
    left_out = draw(st.integers(0, 2))
    first, second = (level for number, level in enumerate(levels) if number != left_out)
    wanted = ((key, (draw(st.sampled_from((outer, inner))),)),)
    return [
        steps.Tag(*first, key, outer),
        steps.Tag(*second, key, inner),
        steps.Give(Grant(draw(to), "policy", "TABLE", (), draw(on_tables), wanted)),
    ]


@st.composite
def coming_and_going(draw: Any, table: Table, base: Table) -> Recipe:
    """What was given and taken: nothing of it may linger, nor come back with something new of the same name."""
    who, key, filter_name, saved = draw(to), draw(keys), draw(st.sampled_from(FILTERS)), draw(st.sampled_from(SAVED))
    value = draw(st.sampled_from(VOCABULARY[key]))
    wanted, tag, made = ((key, (value,)),), steps.Tag(base.name, "", key, value), draw(filters(base))
    look, grant = steps.Look(table.name), Grant(who, "filter", base.name, (filter_name,))
    by_tag, by_name = Grant(who, "policy", "TABLE", (), ("SELECT",), wanted), Grant(who, "saved", "TABLE", (saved,))
    opting = draw(st.sampled_from((table.name, table.database)))
    scripts: list[Recipe] = [
        [tag, steps.Give(by_tag), look, steps.RemakeTag(key), tag],
        [tag, steps.Save(saved, wanted), steps.Give(by_name), look, steps.Forget(saved), steps.Save(saved, wanted)],
        [steps.SetFilter(base.name, filter_name, made), steps.Give(grant), look]
        + [steps.DropFilter(base.name, filter_name), steps.SetFilter(base.name, filter_name, made)],
        [steps.Give(Grant(who, "table", table.name)), look, steps.Take(0)],
        [steps.Give(Grant(IAM_ALLOWED, "table", table.name, (), ("ALL",))), look, steps.OptIn("reader", opting)],
    ]
    return draw(st.sampled_from(scripts))


@st.composite
def of_columns(draw: Any, table: Table) -> Recipe:
    """SELECT on some columns, or on all but some."""
    kind = draw(st.sampled_from(("columns", "excluded")))
    columns = set(table.columns) - (set(table.keys) if kind == "excluded" else set())
    return [steps.Give(Grant(draw(to), kind, table.name, draw(some(columns))))]


def _give(*parts: SearchStrategy[Any]) -> SearchStrategy[Recipe]:
    return st.tuples(*parts).map(lambda found: [steps.Give(Grant(*found))])


@st.composite
def _changes(draw: Any, table: Table, base: Table) -> Recipe:
    """What changes or takes away what may be there."""
    places = st.sampled_from([(table.database, ""), (table.name, ""), *((base.name, name) for name in base.columns)])
    opting = st.sampled_from((table.name, table.database))
    found = st.one_of(
        *[st.builds(steps.Take, st.integers(0, 3))] * 5,
        *[st.builds(steps.Look, st.just(table.name))] * 5,
        st.builds(lambda place, key: steps.Untag(*place, key), places, keys),
        st.builds(steps.RemakeTag, keys),
        st.builds(steps.Save, st.sampled_from(SAVED), expressions),
        st.builds(steps.Forget, st.sampled_from(SAVED)),
        st.builds(steps.SetFilter, st.just(base.name), st.sampled_from(FILTERS), filters(base)),
        st.builds(steps.DropFilter, st.just(base.name), st.sampled_from(FILTERS)),
        st.builds(steps.OptIn, people, opting),
        st.builds(steps.OptOut, people, opting),
    )
    return [draw(found)]


@cache
def _kinds(table: Table) -> tuple[SearchStrategy[Recipe], ...]:
    """Kinds of recipes around a table, the frequent ones several times."""
    base, name, nothing = table.base or table, st.just(table.name), st.just(())
    several = (
        [filtered(base)] * 5
        + [by_tags(base)] * 4
        + [overridden(base)] * 3
        + [of_columns(base)] * 3
        + [coming_and_going(table, base)] * 7
        + [_changes(table, base)] * 3
    )
    if table.base is not None:
        several += [_give(to, st.just("table"), name)] * 6
    return (
        *several,
        by_tags(table),
        _give(to, st.just("table"), name, nothing, on_tables),
        _give(to, st.just("all_tables"), st.just(table.database), nothing, on_tables),
        _give(to, st.just("database"), databases, nothing, st.sampled_from(ON_DATABASES)),
        _give(st.just(IAM_ALLOWED), st.just("table"), name, nothing, st.sampled_from((("ALL",), ("SELECT",)))),
        _give(to, st.just("table"), st.sampled_from((data.PLAIN.name, data.PROTECTED.name))),
    )


@st.composite
def recipes(draw: Any, table: Table) -> list[Recipe]:
    """One to six recipes. A kind is drawn first: one_of would make each of its parts' parts as frequent."""
    return [draw(draw(st.sampled_from(_kinds(table)))) for _ in range(draw(st.integers(1, 6)))]


@st.composite
def aims(draw: Any, focus: Table) -> Aim:
    """A leaf and a row, mostly of the focus or of what it reads."""
    near = [focus] * 8 + [focus.base or focus] * 2
    table = draw(st.sampled_from((*near, *data.TABLES.values())))
    leaf = draw(st.sampled_from(sorted(table.leaves)))
    return Aim(table.name, leaf, draw(st.integers(0, len(table.rows) - 1)))


@st.composite
def examples(draw: Any, *doors: Collection[str]) -> tuple[list[Recipe], str, list[tuple[str, Aim]]]:
    """Steps, who tries, and what he tries: some doors of each collection."""
    focus = draw(st.sampled_from(tuple(data.TABLES.values())))
    tried: list[tuple[str, Aim]] = []
    for some_doors in doors:
        one = st.tuples(st.sampled_from(tuple(some_doors)), aims(focus))
        tried += draw(st.lists(one, min_size=1, max_size=7, unique_by=lambda found: found[0]))
    return draw(recipes(focus)), draw(people), tried
