"""What changes between examples: grants, tags, filters, expressions and opt-ins, as steps that print as one line each.

`take` sends a step to the endpoint as the administrator; what was acknowledged is told to the model's Rules. `undo`
takes everything back, by asking the endpoint what there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.localaws.door_rules import EVERYBODY, IAM_ALLOWED, Expression, Filter, Grant, Predicate, Rules
from tests.localaws.door_world import ACCOUNT, VOCABULARY, Answer, World, arn, done

LF = "lakeformation"
FITTING_REFUSALS = (
    "Permissions modification is invalid",
    "No permissions revoked",
    "Cell Filter not found",
    "LF-tag expression",
    "Tag or tag value does not exist",
    "is not opted in",
)
"""What the endpoint may say to a step that does not fit what is there; anything else is a finding."""


@dataclass(frozen=True)
class Give:
    """Grant."""

    grant: Grant


@dataclass(frozen=True)
class Take:
    """Revoke the n-th of the grants that are held, from the last; nothing where there is none."""

    back: int


@dataclass(frozen=True)
class SetFilter:
    """Make a data cells filter, or change it."""

    table: str
    name: str
    filter: Filter


@dataclass(frozen=True)
class DropFilter:
    """Delete a data cells filter, and with it the grants on it."""

    table: str
    name: str


@dataclass(frozen=True)
class Tag:
    """Assign a tag to a database ("dat_1"), a table ("dat_1.tab_a") or a column."""

    on: str
    column: str
    key: str
    value: str


@dataclass(frozen=True)
class Untag:
    """Remove an assigned tag."""

    on: str
    column: str
    key: str


@dataclass(frozen=True)
class RemakeTag:
    """Delete a tag of the vocabulary and make it again: assignments and inline policies are gone, saved ones stay."""

    key: str


@dataclass(frozen=True)
class Save:
    """Save a tag expression, or change it."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class Forget:
    """Delete a saved expression, and with it the grants by its name."""

    name: str


@dataclass(frozen=True)
class OptIn:
    """Lake Formation decides for a principal, on a table or database, whatever IAM_ALLOWED_PRINCIPALS holds."""

    principal: str
    on: str


@dataclass(frozen=True)
class OptOut:
    """The reverse."""

    principal: str
    on: str


@dataclass(frozen=True)
class Look:
    """Read a table in between: what was decided before is not remembered when the rules change."""

    table: str


Step = Look | Give | Take | SetFilter | DropFilter | Tag | Untag | RemakeTag | Save | Forget | OptIn | OptOut


def take(world: World, rules: Rules, step: Step) -> None:
    """Send a step, and tell the model when it was acknowledged. AssertionError for a refusal that does not fit."""
    if isinstance(step, Take):
        if step.back >= len(rules.grants):
            return
        held = rules.grants[-1 - step.back]
        answer = world.steward.ask(LF, "RevokePermissions", **_entry(held))
    else:
        held = None
        answer = _send(world, rules, step)
    failures = answer.document.get("Failures") if answer.ok else answer.text
    if failures:
        assert any(reason in str(failures) for reason in FITTING_REFUSALS), f"{step} was refused: {failures}"
        return
    _tell(rules, step, held)


def _send(world: World, rules: Rules, step: Step) -> Answer:
    ask = world.steward.ask
    match step:
        case Give(grant):
            return ask(LF, "GrantPermissions", **_entry(grant))
        case SetFilter(table, name, made):
            operation = "UpdateDataCellsFilter" if (table, name) in rules.filters else "CreateDataCellsFilter"
            return ask(LF, operation, TableData=_filter(table, name) | _filter_body(made))
        case DropFilter(table, name):
            return ask(LF, "DeleteDataCellsFilter", **_filter(table, name))
        case Tag(on, column, key, value):
            pairs = [{"TagKey": key, "TagValues": [value]}]
            return ask(LF, "AddLFTagsToResource", Resource=_resource(on, column), LFTags=pairs)
        case Untag(on, column, key):
            value = rules.tags.get((on, column), {}).get(key, "val_1")
            pairs = [{"TagKey": key, "TagValues": [value]}]
            return ask(LF, "RemoveLFTagsFromResource", Resource=_resource(on, column), LFTags=pairs)
        case RemakeTag(key):
            done(ask(LF, "DeleteLFTag", TagKey=key))
            return ask(LF, "CreateLFTag", TagKey=key, TagValues=VOCABULARY[key])
        case Save(name, expression):
            operation = "UpdateLFTagExpression" if name in rules.expressions else "CreateLFTagExpression"
            return ask(LF, operation, Name=name, Expression=_pairs(expression))
        case Forget(name):
            return ask(LF, "DeleteLFTagExpression", Name=name)
        case OptIn(principal, on) | OptOut(principal, on):
            operation = f"{'Create' if isinstance(step, OptIn) else 'Delete'}LakeFormationOptIn"
            who = {"DataLakePrincipalIdentifier": arn(principal)}
            return ask(LF, operation, Principal=who, Resource=_resource(on, ""))
    raise ValueError(f"{step} is no step")


def _tell(rules: Rules, step: Step, taken: Grant | None) -> None:
    match step:
        case Give(grant):
            rules.grants.append(grant)
        case Take():
            _forget_permissions(rules, taken)
        case SetFilter(table, name, made):
            rules.filters[table, name] = made
        case DropFilter(table, name):
            del rules.filters[table, name]
            rules.grants[:] = [g for g in rules.grants if (g.kind, g.on, g.names) != ("filter", table, (name,))]
        case Tag(on, column, key, value):
            rules.tags.setdefault((on, column), {})[key] = value
        case Untag(on, column, key):
            rules.tags[on, column].pop(key)
        case RemakeTag(key):
            for assigned in rules.tags.values():
                assigned.pop(key, None)
            rules.grants[:] = [g for g in rules.grants if key not in dict(g.expression)]
        case Save(name, expression):
            rules.expressions[name] = expression
        case Forget(name):
            del rules.expressions[name]
            rules.grants[:] = [g for g in rules.grants if (g.kind, g.names) != ("saved", (name,))]
        case OptIn(principal, on):
            rules.opted_in.add((principal, on))
        case OptOut(principal, on):
            rules.opted_in.discard((principal, on))


def _forget_permissions(rules: Rules, taken: Grant | None) -> None:
    """A revoke takes the permission wherever an equal grant gave it, and a column wherever it was listed."""
    assert taken is not None
    left = []
    for grant in rules.grants:
        if (grant.to, grant.kind, grant.on) != (taken.to, taken.kind, taken.on):
            left.append(grant)
        elif grant.kind == "columns":
            names = tuple(name for name in grant.names if name not in taken.names)
            left += [replace(grant, names=names)] if names else []
        elif (set(grant.names), grant.expression) == (set(taken.names), taken.expression):
            kept = tuple(p for p in grant.permissions if p not in taken.permissions)
            left += [replace(grant, permissions=kept)] if kept else []
        else:
            left.append(grant)
    rules.grants[:] = left


def undo(world: World, rules: Rules) -> None:
    """Take back what an example made. The endpoint says what that is: a world survives what should not happen."""
    entries = [
        {"Id": str(number), **{member: one[member] for member in ("Principal", "Resource", "Permissions")}}
        for number, one in enumerate(_all(world, "ListPermissions", "PrincipalResourcePermissions"))
        if _is_an_examples(one)
    ]
    for at in range(0, len(entries), 20):
        gone = done(world.steward.ask(LF, "BatchRevokePermissions", Entries=entries[at : at + 20]))
        assert not gone.document["Failures"], gone
    for one in _all(world, "ListLakeFormationOptIns", "LakeFormationOptInsInfoList"):
        opted = {member: one[member] for member in ("Principal", "Resource")}
        done(world.steward.ask(LF, "DeleteLakeFormationOptIn", **opted))
    for one in _all(world, "ListDataCellsFilter", "DataCellsFilters"):
        named = {member: one[member] for member in ("TableCatalogId", "DatabaseName", "TableName", "Name")}
        done(world.steward.ask(LF, "DeleteDataCellsFilter", **named))
    for one in _all(world, "ListLFTagExpressions", "LFTagExpressions"):
        done(world.steward.ask(LF, "DeleteLFTagExpression", Name=one["Name"]))
    for (on, column), assigned in rules.tags.items():
        if assigned:
            pairs = [{"TagKey": key, "TagValues": [value]} for key, value in assigned.items()]
            done(world.steward.ask(LF, "RemoveLFTagsFromResource", Resource=_resource(on, column), LFTags=pairs))
    world.steward.heard.clear()


def _is_an_examples(entry: dict[str, Any]) -> bool:
    """A grant that is not part of the world itself: creators' rights, the right to make databases."""
    principal = entry["Principal"]["DataLakePrincipalIdentifier"]
    own = {"Catalog", "DataLocation"} & set(entry["Resource"]) or "own_" in str(entry["Resource"])
    return principal in {arn(one) for one in (EVERYBODY, IAM_ALLOWED, "reader", "other")} and not own


def _all(world: World, operation: str, member: str) -> list[dict[str, Any]]:
    page = done(world.steward.ask(LF, operation)).document
    found: list[dict[str, Any]] = page[member]
    while "NextToken" in page:
        page = done(world.steward.ask(LF, operation, NextToken=page["NextToken"])).document
        found += page[member]
    return found


def _pairs(expression: Expression) -> list[dict[str, Any]]:
    return [{"TagKey": key, "TagValues": list(values)} for key, values in expression]


def _named(on: str) -> dict[str, str]:
    database, _, name = on.partition(".")
    return {"DatabaseName": database, "Name": name}


def _filter(table: str, name: str) -> dict[str, Any]:
    database, _, table_name = table.partition(".")
    return {"TableCatalogId": ACCOUNT, "DatabaseName": database, "TableName": table_name, "Name": name}


def _filter_body(made: Filter) -> dict[str, Any]:
    rows = {"AllRowsWildcard": {}} if made.rows is None else {"FilterExpression": written(made.rows)}
    if made.columns is not None:
        return {"RowFilter": rows, "ColumnNames": [_quoted(name) for name in made.columns]}
    wildcard = {"ExcludedColumnNames": [_quoted(name) for name in made.excluded]} if made.excluded else {}
    return {"RowFilter": rows, "ColumnWildcard": wildcard}


def _quoted(path: str) -> str:
    """A field as the API takes it: "address"."zip"."""
    return ".".join(f'"{part}"' for part in path.split(".")) if "." in path else path


def written(predicate: Predicate) -> str:
    """A predicate as the text of a row filter."""
    match predicate:
        case ("not", inner):
            return f"NOT ({written(inner)})"
        case ("and" | "or" as word, *parts):
            return f" {word.upper()} ".join(f"({written(part)})" for part in parts)
        case ("null", leaf):
            return f"{leaf} IS NULL"
        case ("in", leaf, *values):
            return f"{leaf} IN ({', '.join(constant(value) for value in values)})"
        case ("between", leaf, low, high):
            return f"{leaf} BETWEEN {constant(low)} AND {constant(high)}"
        case ("like", leaf, start):
            return f"{leaf} LIKE '{start}%'"
        case (sign, leaf, value):
            return f"{leaf} {sign} {constant(value)}"
    raise ValueError(f"{predicate} is no predicate")


def constant(value: Any) -> str:
    """A constant of SQL."""
    return f"'{value}'" if isinstance(value, str) else str(value)


def _resource(on: str, column: str) -> dict[str, Any]:
    if "." not in on:
        return {"Database": {"Name": on}}
    return {"TableWithColumns": {**_named(on), "ColumnNames": [column]}} if column else {"Table": _named(on)}


def _target(grant: Grant) -> dict[str, Any]:
    match grant.kind:
        case "database":
            return {"Database": {"Name": grant.on}}
        case "table":
            return {"Table": _named(grant.on)}
        case "all_tables":
            return {"Table": {"DatabaseName": grant.on, "TableWildcard": {}}}
        case "columns":
            return {"TableWithColumns": {**_named(grant.on), "ColumnNames": list(grant.names)}}
        case "excluded":
            return {"TableWithColumns": {**_named(grant.on), "ColumnWildcard": {"ExcludedColumnNames": grant.names}}}
        case "filter":
            return {"DataCellsFilter": _filter(grant.on, grant.names[0])}
        case "policy":
            return {"LFTagPolicy": {"ResourceType": grant.on, "Expression": _pairs(grant.expression)}}
        case _:
            return {"LFTagPolicy": {"ResourceType": grant.on, "ExpressionName": grant.names[0]}}


def _entry(grant: Grant) -> dict[str, Any]:
    principal = {"DataLakePrincipalIdentifier": arn(grant.to)}
    return {"Principal": principal, "Resource": _target(grant), "Permissions": list(grant.permissions)}


def told(rules: Rules, person: str) -> str:
    """What a person may know besides: his grants with the columns that they exclude, his filters, his opt-ins."""
    mine = [grant for grant in rules.grants if grant.to in (person, EVERYBODY, IAM_ALLOWED)]
    filters = [rules.filters.get((grant.on, grant.names[0])) for grant in mine if grant.kind == "filter"]
    return f"{mine}{[_filter_body(made) for made in filters if made]}{[one for one in rules.opted_in if person in one]}"
