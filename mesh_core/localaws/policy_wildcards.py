"""IAM's wildcards (`*` any characters, `?` one) and policy variables (`${aws:username}`). Pure.

Matching takes time in proportion to the pattern times the text at worst: nobody can write a policy that hangs the
endpoint. What a variable stands for is plain text, also where it holds a `*`; one without a value matches nothing.
Source: IAM User Guide, "IAM policy elements: Variables and tags" and "IAM JSON policy elements: Resource".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mesh_core.localaws.policy_keys import UnknownKeyError, is_known

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"([^,']+?)\s*,\s*'(.*)'")
Context = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Piece:
    """A part of a pattern: text with wildcards, or (`plain`) text as it is; text None matches nothing."""

    text: str | None
    plain: bool = False


Pattern = tuple[Piece, ...]


def filled(text: str, context: Context, variables: bool = True) -> Pattern:
    """A policy's text with its variables replaced. UnknownKeyError for one that this endpoint can't fill.

    `variables` is false for documents of version 2008-10-17, which have none.
    """
    if not variables or "${" not in text:
        return (Piece(text),)
    found, end = [], 0
    for match in _VARIABLE.finditer(text):
        found += [Piece(text[end : match.start()]), Piece(_value(match[1], context), plain=True)]
        end = match.end()
    return (*found, Piece(text[end:]))


def _value(name: str, context: Context) -> str | None:
    if name in ("*", "?", "$"):
        return name
    with_default = _DEFAULT.fullmatch(name)
    key = (with_default[1] if with_default else name).strip().lower()
    values = context.get(key, ())
    if not values and not is_known(key):
        raise UnknownKeyError(key)
    if len(values) == 1:
        return values[0]
    return with_default[2] if with_default else None


def like(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern without variables."""
    return pattern == "*" or fits((Piece(pattern),), text)


def fits(pattern: Pattern, text: str) -> bool:
    """Whether a text fits a pattern as a whole."""
    if any(piece.text is None for piece in pattern):
        return False
    return _fits(_compiled(pattern), text)


def plain(pattern: Pattern) -> str | None:
    """A pattern read as a text, its wildcards as ordinary characters; None where a variable has no value."""
    if any(piece.text is None for piece in pattern):
        return None
    return "".join(piece.text or "" for piece in pattern)


def fits_arn(pattern: Pattern, arn: str) -> bool:
    """Whether an ARN fits: each of its six parts by itself, so that a wildcard stays inside its part."""
    parts, values = _parts(pattern), arn.split(":", 5)
    return len(parts) == len(values) == 6 and all(fits(p, v) for p, v in zip(parts, values, strict=True))


def fits_resource(pattern: Pattern, resource: str) -> bool:
    """Whether a resource fits a statement's pattern; what an ARN leaves out at its end (`arn:aws:s3`) is anything."""
    if resource.count(":") < 5:
        return fits(pattern, resource)
    given = _parts(pattern)
    padded = [*given, *[(Piece("*"),)] * (6 - len(given))]
    return all(fits(part, value) for part, value in zip(padded, resource.split(":", 5), strict=True))


def _parts(pattern: Pattern) -> list[Pattern]:
    parts: list[list[Piece]] = [[]]
    for piece in pattern:
        if piece.plain or piece.text is None:
            parts[-1].append(piece)
            continue
        first, *rest = piece.text.split(":", 6 - len(parts))
        parts[-1].append(Piece(first))
        parts += [[Piece(text)] for text in rest]
    return [tuple(part) for part in parts]


@dataclass(frozen=True)
class _Run:
    """What stands between two asterisks: it matches texts of one length only."""

    source: re.Pattern[str]
    length: int


@lru_cache(maxsize=8192)
def _compiled(pattern: Pattern) -> tuple[_Run, ...]:
    runs: list[list[str]] = [[]]
    for piece in pattern:
        for each in piece.text or "":
            if each == "*" and not piece.plain:
                runs.append([])
            else:
                runs[-1].append("." if each == "?" and not piece.plain else re.escape(each))
    return tuple(_Run(re.compile("".join(run), re.DOTALL), len(run)) for run in runs)


def _fits(runs: tuple[_Run, ...], text: str) -> bool:
    first, *others = runs
    if not others:
        return first.source.fullmatch(text) is not None
    last = others.pop()
    end = len(text) - last.length
    position = first.length
    if first.source.match(text) is None or end < position or last.source.match(text, end) is None:
        return False
    for run in others:  # the leftmost place is always the best one
        found = run.source.search(text, position, end)
        if found is None:
            return False
        position = found.end()
    return True
