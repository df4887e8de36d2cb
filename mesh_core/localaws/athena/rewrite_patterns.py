"""Regular expressions: Java's, as far as RE2 means the same by them; their groups and replacements."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import literal

# look-around, atomic groups, back-references, possessive quantifiers, intersections of classes, and what RE2 lacks
_JAVA_ONLY = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9]|\\[GkXRZhH]|(?<!\\)[*+?}]\+|\[[^\]]*&&|\(\?[a-z]*[xdu]")
_NAMED = re.compile(r"\(\?<([A-Za-z][A-Za-z0-9]*)>")
MOST_GROUPS = 9


def pattern(at: Expressions, node: Any, value: Typed) -> str:
    """A pattern's SQL. QueryFailure by name for what only Java's regular expressions have."""
    if isinstance(node, exp.Literal) and _JAVA_ONLY.search(node.this):
        raise unsupported(
            f"{at.at(node)}: A regular expression with look-around, back-references or possessive quantifiers"
        )
    return text_of(value.sql, value.type) if value.type.name == "char" else value.sql


def group(at: Expressions, arguments: list[Any], texts: list[str]) -> str:
    """One group of the first match; NULL when it took no part in it."""
    found = _group(at, arguments, f"regexp_extract_all({texts[0]}, {texts[1]}, {{group}})[1]", texts[2])
    return f"CASE WHEN regexp_matches({texts[0]}, {texts[1]}) THEN {found} END"


def groups(at: Expressions, arguments: list[Any], texts: list[str]) -> str:
    """One group of every match."""
    return _group(at, arguments, f"regexp_extract_all({texts[0]}, {texts[1]}, {{group}})", texts[2])


def _group(at: Expressions, arguments: list[Any], call: str, index: str) -> str:
    """The call; '' becomes NULL where a group that took no part is the only way to it."""
    source, number = arguments[1], arguments[2]
    if not isinstance(source, exp.Literal) or not isinstance(number, exp.Literal) or not number.this.isdigit():
        return call.format(group=f"athena_group({index})")
    shape = _shape(source.this)
    wanted = int(number.this)
    if shape is not None and wanted >= len(shape):
        raise failure(
            "INVALID_FUNCTION_ARGUMENT",
            f"Pattern has {len(shape) - 1} groups. Cannot access group {wanted}",
        )
    sql = call.format(group=f"{wanted}")
    optional, empty = shape[wanted] if shape is not None else (True, True)
    if not optional:
        return sql
    if empty:
        raise unsupported(f"{at.at(source)}: A group that is optional and may be empty")
    return f"list_transform({sql}, lambda g: nullif(g, ''))" if not sql.endswith("[1]") else f"nullif({sql}, '')"


def _shape(source: str) -> list[tuple[bool, bool]] | None:
    """For each group (0 = the whole): whether it may take no part in a match, and whether it may be empty."""
    from re import _constants as kinds  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]

    try:
        tree = parser.parse(re.sub(r"\(\?<([A-Za-z])", r"(?P<\1", source))
    except (re.error, OverflowError):
        return None
    found: dict[int, tuple[bool, bool]] = {0: (False, True)}
    _walk(tree, False, found, kinds)
    return [found.get(index, (True, True)) for index in range(tree.state.groups)]


def _walk(tree: Any, optional: bool, found: dict[int, tuple[bool, bool]], kinds: Any) -> None:
    for kind, argument in tree:
        if kind is kinds.SUBPATTERN:
            number, inner = argument[0], argument[3]
            if number is not None:
                found[number] = (optional, inner.getwidth()[0] == 0)
            _walk(inner, optional, found, kinds)
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            _walk(argument[2], optional or argument[0] == 0, found, kinds)
        elif kind is kinds.BRANCH:
            for each in argument[1]:
                _walk(each, True, found, kinds)


def replacement(at: Expressions, arguments: list[Any], text: str) -> str:
    """A replacement as RE2 reads it: `$1` and `${name}` are groups, a backslash takes the next character as it is."""
    source, given = arguments[1], arguments[2]
    if not isinstance(given, exp.Literal):
        return f"athena_replacement({text})"
    names = {name: index + 1 for index, name in enumerate(_group_names(source))} if source is not None else {}
    shape = _shape(source.this) if isinstance(source, exp.Literal) else None
    return literal(_translated(given.this, names, None if shape is None else len(shape) - 1))


def _group_names(source: Any) -> list[str]:
    if not isinstance(source, exp.Literal):
        return []
    marks = re.findall(r"(?<!\\)\((?:\?<([A-Za-z][A-Za-z0-9]*)>|(?!\?))", source.this)
    return [name or f"\0{index}" for index, name in enumerate(marks)]


def _translated(text: str, names: dict[str, int], count: int | None) -> str:
    found, at = "", 0
    while at < len(text):
        if text[at] == "\\":
            if at + 1 == len(text):
                raise failure("INVALID_FUNCTION_ARGUMENT", "Illegal replacement sequence: '\\' at its end")
            found, at = found + _plain(text[at + 1]), at + 2
        elif text[at] == "$":
            number, at = _reference(text, at, names, count)
            found += f"\\{number}"
        else:
            found, at = found + _plain(text[at]), at + 1
    return found


def _plain(char: str) -> str:
    return "\\\\" if char == "\\" else char


def _reference(text: str, at: int, names: dict[str, int], count: int | None) -> tuple[int, int]:
    if named := re.compile(r"\$\{([A-Za-z][A-Za-z0-9]*)\}").match(text, at):
        if named[1] not in names:
            raise failure("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {{ {named[1]} }}")
        return names[named[1]], named.end()
    digits = re.compile(r"\$(\d+)").match(text, at)
    if digits is None:
        raise failure("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text[at:]}")
    end = at + 2
    while end < digits.end() and count is not None and int(text[at + 1 : end + 1]) <= count:
        end += 1
    number = int(text[at + 1 : end])
    if count is not None and number > count:
        raise failure("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {number}")
    if number > MOST_GROUPS:
        raise unsupported("A replacement with more than nine groups")
    return number, end
