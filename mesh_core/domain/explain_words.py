"""An explanation in sentences that people read: what is decided, by what, what is missing, who can give it."""

from __future__ import annotations

from collections.abc import Iterator

from mesh_core.domain.explain import Explanation, GrantCheck, TagCheck, filter_rows
from mesh_core.domain.names import STEWARD
from mesh_core.domain.words import describe_resource, short
from mesh_core.domain.world import Target

MANY = 6  # columns or grants that a sentence lists


def sentences(found: Explanation) -> tuple[str, ...]:
    """First what holds, then why, then who can change it."""
    return tuple(_sentences(found))


def verdict_sentence(found: Explanation) -> str:
    """Whether it may be read, and in which rows."""
    who = short(found.principal)
    if not found.readable:
        return f"{who} may not read {found.subject}."
    if found.column:
        return f"{who} may read {found.subject}, {_rows(found)}."
    count, total = len(found.columns), len(found.all_columns)
    amount = f"all {total} columns" if count == total else f"{count} of {total} columns"
    return f"{who} may read {amount} of {found.table}, {_rows(found)}."


def _rows(found: Explanation) -> str:
    conditions = sorted({one.row_filter for one in found.cells})
    words = [f"in the rows where {' or '.join(f'({c})' for c in conditions) if len(conditions) > 1 else conditions[0]}"
             if conditions else "in every row"]  # fmt: skip
    if conditions and not found.column:
        words = [f"some of them only where {' or '.join(conditions)}"]
    if found.narrowed:
        filters = ", ".join(f"{one.name} on {one.table} ({one.row_filter})" for one in found.narrowed)
        words = [f"in the rows that what it reads gives: filtered by {filters}"]
    return words[0]


def _sentences(found: Explanation) -> Iterator[str]:
    yield verdict_sentence(found)
    if found.open_to_iam:
        yield (
            "IAM_ALLOWED_PRINCIPALS holds ALL on it: Lake Formation is not asked, whoever may call Glue and S3 reads "
            "all of it. Revoke that grant to govern it."
        )
    else:
        yield from (opening_sentence(found, one) for one in found.opened_by[:MANY])
        if len(found.opened_by) > MANY:
            yield f"{len(found.opened_by) - MANY} more grants open it as well."
    if found.problem:
        yield f"Nobody can read the view: {found.problem}."
    yield from _bases(found)
    if not found.readable or (not found.column and len(found.columns) < len(found.all_columns)):
        yield from _missing(found)
    if found.is_administrator:
        yield f"{short(found.principal)} is a data lake administrator: that lets him grant it, but not read it."


def opening_sentence(found: Explanation, one: GrantCheck) -> str:
    """One grant that opens a column or some columns of a table, and how."""
    words = f"{_held(one)} opens {_what(found, one)}"
    if one.kind == "database":
        return f"{words}: it is on every table of the database, future ones too."
    if one.kind == "filter" and one.filter is not None:
        rows = filter_rows(one.filter)
        return f"{words} in {f'the rows where {rows}; other rows show NULL or are left out' if rows else 'every row'}."
    if one.checks:
        parts = "; ".join(tag_sentence(check) for check in one.checks) if found.column else "column by column"
        return f"{words}: {parts}."
    if one.is_creators:
        return f"{words} by name, with the right to grant it: what Lake Formation gives to who created the table."
    return f"{words} by name."


def _what(found: Explanation, one: GrantCheck) -> str:
    if found.column:
        return "it"
    if len(one.columns) == len(found.all_columns):
        return "all of it"
    listed = ", ".join(one.columns[:MANY])
    more = len(one.columns) - MANY
    return f"{listed} and {more} more columns" if more > 0 else listed


def _held(one: GrantCheck) -> str:
    words = f"{', '.join(one.grant.permissions)} on {describe_resource(one.grant.resource)}"
    if one.kind == "saved expression":
        expression = " AND ".join(f"{check.key}={'|'.join(check.wanted)}" for check in one.checks)
        words = f"{words} ({expression or 'which is gone'})"
    match one.group:
        case "everybody":
            return f"{words}, granted to everybody of the account,"
        case "IAM_ALLOWED_PRINCIPALS":
            return f"{words}, granted to IAM_ALLOWED_PRINCIPALS, that is to everybody,"
        case _:
            return words


def tag_sentence(one: TagCheck) -> str:
    """`pii=false is inherited from the database sales`, or what is missing."""
    if one.source is None:
        return f"{one.key} is not set"
    where = f"{'inherited from' if one.inherited else 'assigned at'} {place(one.source)}"
    if one.holds:
        return f"{one.key}={one.value} is {where}"
    return f"{one.key} is {one.value} ({where}), not {' or '.join(one.wanted)}"


def place(target: Target) -> str:
    """`the database sales`."""
    return f"the {target.level} {target}"


def _bases(found: Explanation) -> Iterator[str]:
    if found.definer:
        yield f"It is a protected view: it reads with the rights of {short(found.definer)}, who defined it."
    elif found.is_view and found.beneath:
        closed = [one for one in found.beneath if not one.readable]
        if not closed:
            bases = ", ".join(dict.fromkeys(one.table for one in found.beneath))
            yield f"A view is read with its reader's rights: {short(found.principal)} may read what it reads ({bases})."
        for one in closed:
            yield f"The view reads {one.subject}, which {short(found.principal)} may not read. {_short(one)}"


def _short(found: Explanation) -> str:
    return " ".join(sentences(found)[1:])


def _missing(found: Explanation) -> Iterator[str]:
    """What would have to be different, nearest grant first, and who can make it so."""
    left_out = [name for name in found.all_columns if name not in found.columns]
    if not found.column and found.columns:
        more = f" and {len(left_out) - MANY} more" if len(left_out) > MANY else ""
        yield f"Not readable: {', '.join(left_out[:MANY])}{more}."
    closed_beneath = any(not one.readable for one in found.beneath)
    if found.column and not found.opened_by and not found.open_to_iam:
        if not found.nearest:
            yield f"{short(found.principal)} holds no grant that reaches {found.table}."
        for at, one in enumerate(found.nearest):
            yield _near_sentence(found, one, first=at == 0)
    elif not found.column and not found.opened_by and not found.open_to_iam:
        yield f"{short(found.principal)} holds no grant that reaches {found.table}."
    if found.problem or (closed_beneath and found.opened_by):
        return
    owner = f"{found.owner}, who owns it, or {STEWARD}" if found.owner and found.owner != STEWARD else STEWARD
    yield f"{owner} can grant it."


def _near_sentence(found: Explanation, one: GrantCheck, first: bool) -> str:
    begin = f"The nearest grant is {_held(one)}" if first else f"Another is {_held(one)}"
    if one.failing:
        return f"{begin}: {'; '.join(tag_sentence(check) for check in one.failing)}."
    if one.kind == "filter" and one.filter is None:
        return f"{begin}: that filter is gone."
    return f"{begin}: it leaves {found.column or found.table} out."
