"""Read a row condition: one pass of recursive descent over its words, checked against a table's columns."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_core.domain import hive_types
from mesh_core.domain.row_filter_conditions import Both, Comparison, Condition, Either, Everything, Kind, Not, kind_of
from mesh_core.domain.row_filter_tokens import RESERVED, Token, refusal
from mesh_core.domain.world import Table

DEEPEST = 100
OPERATORS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})


class Reader:
    """One pass of recursive descent over the tokens of a condition on one table."""

    def __init__(self, tokens: tuple[Token, ...], table: Table) -> None:
        self._tokens, self._at, self._depth, self._table = tokens, 0, 0, table
        self._types: Mapping[str, str] = {c.name.lower(): c.type for c in table.all_columns}
        self._keys = frozenset(c.name.lower() for c in table.partition_keys)

    def whole(self) -> Condition:
        """The condition. RowFilterError at the first word that doesn't fit."""
        found = self._either()
        if self._next.kind != "end":
            raise refusal(
                self._next.position,
                f"{self._next.shown} was not expected. Join comparisons with AND or OR."
                + (" Functions and arithmetic can't be used." if self._next.text in "+-*/|(" else ""),
            )
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _either(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise refusal(self._next.position, f"parentheses are nested more than {DEEPEST} deep.")
        parts = [self._both()]
        while self._word("OR"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._word("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self) -> Condition:
        is_negated = False
        while self._word("NOT"):
            is_negated = not is_negated
        found = self._positive()
        return Not(found) if is_negated else found

    def _positive(self) -> Condition:
        if self._mark("("):
            found = self._either()
            self._expect(")")
            return found
        if self._word("TRUE"):
            return Everything()
        return Everything(False) if self._word("FALSE") else self._comparison()

    def _comparison(self) -> Comparison:
        start = self._next
        path = self._path()
        if self._word("IS"):
            return self._null(path, start)
        kind = self._kind(path, start)
        if self._next.kind == "mark" and self._next.text in OPERATORS:
            operator = self._take().text
            return Comparison(path, "<>" if operator == "!=" else operator, (self._constant(path, kind),))
        return self._range(path, kind, self._word("NOT"))

    def _null(self, path: tuple[str, ...], start: Token) -> Comparison:
        is_negated = self._word("NOT")
        if not self._word("NULL"):
            raise refusal(self._next.position, f"after IS comes NULL or NOT NULL, not {self._next.shown}.")
        self._kind(path, start)
        if path[0] in self._keys:
            raise refusal(start.position, f"{path[0]} is a partition key, which can't be asked for IS NULL.")
        return Comparison(path, "IS NULL", (), is_negated)

    def _range(self, path: tuple[str, ...], kind: Kind, is_negated: bool) -> Comparison:
        if self._word("BETWEEN"):
            low = self._constant(path, kind)
            if not self._word("AND"):
                raise refusal(self._next.position, f"BETWEEN needs AND and a second value, not {self._next.shown}.")
            return Comparison(path, "BETWEEN", (low, self._constant(path, kind)), is_negated)
        if self._word("IN"):
            return Comparison(path, "IN", self._list(path, kind), is_negated)
        if self._next.is_word("LIKE") and kind != "text":
            raise refusal(self._next.position, f"LIKE compares text; {'.'.join(path)} is a {kind}.")
        if self._word("LIKE"):
            return Comparison(path, "LIKE", (self._constant(path, kind),), is_negated)
        raise refusal(
            self._next.position,
            f"after {'.'.join(path)} comes = <> < > <= >= BETWEEN, IN, LIKE or IS NULL, not {self._next.shown}.",
        )

    def _list(self, path: tuple[str, ...], kind: Kind) -> tuple[str, ...]:
        self._expect("(")
        found = [self._constant(path, kind)]
        while self._mark(","):
            found.append(self._constant(path, kind))
        self._expect(")")
        return tuple(found)

    def _path(self) -> tuple[str, ...]:
        found = [self._name()]
        while self._mark("."):
            found.append(self._name())
        return tuple(found)

    def _name(self) -> str:
        token = self._next
        if token.kind == "quoted" or (token.kind == "word" and token.text.upper() not in RESERVED):
            return self._take().name
        advice = f' Write "{token.text.lower()}" if that is a column.' if token.kind == "word" else ""
        raise refusal(token.position, f"a column of {self._table.full_name} is expected, not {token.shown}.{advice}")

    def _kind(self, path: tuple[str, ...], start: Token) -> Kind:
        if self._next.text == "(" and self._next.kind == "mark":
            raise refusal(start.position, f"functions can't be used, and {'.'.join(path)}( … ) is one.")
        found = self._type_at(path)
        if found is None:
            raise refusal(start.position, f"{self._table.full_name} has no column {'.'.join(path)}.{self._nearest()}")
        kind = kind_of(found)
        if kind is None:
            raise refusal(
                start.position,
                f"{'.'.join(path)} has type {found}; row filters compare text, numbers and booleans only.",
            )
        return kind

    def _nearest(self) -> str:
        return f" It has: {', '.join(self._types)}."

    def _type_at(self, path: tuple[str, ...]) -> str | None:
        found = self._types.get(path[0])
        for name in path[1:]:
            parsed = hive_types.parse(found) if found is not None and hive_types.is_valid(found) else None
            fields = parsed.fields if isinstance(parsed, hive_types.Struct) else ()
            found = next((str(kind) for field, kind in fields if field.lower() == name), None)
        return found

    def _constant(self, path: tuple[str, ...], kind: Kind) -> str:
        token = self._next
        found = "boolean" if token.is_word("TRUE") or token.is_word("FALSE") else token.kind
        if found == kind:
            return self._take().text
        raise refusal(token.position, self._not_constant(token, found, ".".join(path), kind))

    def _not_constant(self, token: Token, found: str, column: str, kind: Kind) -> str:
        if found in ("text", "number", "boolean"):
            return f"{column} is a {kind} column, and {token.text} is no {kind}."
        if token.is_word("NULL"):
            return f"NULL is no value to compare with. Write {column} IS NULL."
        if token.kind == "quoted":
            return f"{token.text} in double quotes is a name. Text stands in single quotes: '{token.name}'."
        if token.kind == "word" and token.name in self._types:
            return f"{column} can't be compared with the column {token.name}, only with constants."
        if token.kind == "word" and kind == "text":
            return f"{token.shown} is no constant. Text stands in single quotes: '{token.text}'."
        return f"a {kind} is expected, not {token.shown}."

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, word: str) -> bool:
        found = self._next.is_word(word)
        self._at += found
        return found

    def _mark(self, mark: str) -> bool:
        found = self._next.kind == "mark" and self._next.text == mark
        self._at += found
        return found

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            raise refusal(self._next.position, f"{mark} is expected, not {self._next.shown}.")
