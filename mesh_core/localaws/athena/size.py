"""How much one statement may grow into. A short text can say a lot: a view of a view of a view, each named twice, or a
call in a call in a call, where the meaning of each call names its argument several times.

Nobody can stop such a statement while it is read, and its memory is not DuckDB's to count: so it is measured before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mesh_core.localaws.athena.failures import exhausted

TEXT_CHARS = 8_000_000
RELATIONS = 1_000
COLUMNS = 5_000
# DuckDB's own macros that name an argument several times: `name(a, b) AS body`.
_BUILT_IN = {
    "array_to_string": "array_to_string(a, b) AS (len(a) = 0, list_aggr(a, b))",
    "fmod": "fmod(a, b) AS (a - b * floor(a / b))",
    "nullif": "nullif(a, b) AS (a = b, a)",
    "split_part": "split_part(a, b, c) AS (a, b, c, string_split(a, b)[c])",
}
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|(\w+)(\()?|([(),])|[^'\"(),\w]+")
_CALLED = re.compile(r"\b(\w+)\(")
_HEAD = re.compile(r"(\w+)\(([^)]*)\)\s+AS\s", re.DOTALL)


def check_text(chars: int) -> None:
    """QueryFailure for a text that is longer than any statement may become."""
    if chars > TEXT_CHARS:
        raise exhausted("its meaning is too long to be written out")


def check_relations(count: int) -> None:
    """QueryFailure for a statement that reads too many tables and views, each as often as it is named."""
    if count > RELATIONS:
        raise exhausted(f"with its views it reads more than {RELATIONS} relations")


def check_columns(count: int) -> None:
    """QueryFailure for a query of too many columns."""
    if count > COLUMNS:
        raise exhausted(f"one of its queries has more than {COLUMNS} columns")


@dataclass
class _Length:
    """A length in characters: of a text, and how often each parameter stands in it."""

    own: float = 0
    of: dict[str, float] = field(default_factory=dict)

    def add(self, other: _Length, times: float = 1) -> None:
        self.own += other.own * times
        for name, count in other.of.items():
            self.of[name] = self.of.get(name, 0) + count * times


class Expansion:
    """Measures texts with the macros that they call put in their places.

    `macros`: each macro's definition, `name(a, b) AS body`, by its name.
    """

    def __init__(self, macros: Mapping[str, str]) -> None:
        self._macros = {**macros, **_BUILT_IN}
        self._bodies: dict[str, tuple[list[str], _Length]] = {}

    def check(self, sql: str) -> None:
        """QueryFailure for a text that becomes longer than any statement may."""
        check_text(len(sql))
        check_text(self.measure(sql))

    def measure(self, sql: str) -> int:
        """The length of a text, in characters, about."""
        called = any(name in self._macros for name in _CALLED.findall(sql))
        return int(self._measured(sql, frozenset()).own) if called else len(sql)

    def _body(self, name: str) -> tuple[list[str], _Length]:
        if name not in self._bodies:
            head = _HEAD.match(self._macros[name])
            assert head is not None, f"{name} is not written as a macro"
            parameters = [each.split(":=")[0].strip() for each in head[2].split(",")]
            self._bodies[name] = parameters, self._measured(self._macros[name][head.end() :], frozenset(parameters))
        return self._bodies[name]

    def _measured(self, sql: str, parameters: frozenset[str]) -> _Length:
        calls: list[tuple[str, list[_Length]]] = [("", [_Length()])]
        for token in _TOKEN.finditer(sql):
            word, opens, sign = token.groups()
            here = calls[-1][1][-1]
            if word in parameters and not opens:
                here.of[word] = here.of.get(word, 0) + 1
            elif opens or sign == "(":
                known = word if word in self._macros else ""
                calls.append((known, [_Length(0 if known else len(token[0]))]))
            elif sign == ")" and len(calls) > 1:
                self._end(calls)
            elif sign == "," and calls[-1][0]:
                calls[-1][1].append(_Length())
            else:
                here.own += len(token[0])
        while len(calls) > 1:
            self._end(calls)
        return calls[0][1][0]

    def _end(self, calls: list[tuple[str, list[_Length]]]) -> None:
        name, arguments = calls.pop()
        here = calls[-1][1][-1]
        if not name:
            here.add(arguments[0])
            return
        parameters, body = self._body(name)
        here.own += body.own
        for parameter, argument in zip(parameters, arguments, strict=False):
            here.add(argument, body.of.get(parameter, 0))
