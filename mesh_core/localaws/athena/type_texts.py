"""Types as texts: Glue writes `array<struct<a:int>>`, Trino `array(row(a integer))`; both are read here."""

from __future__ import annotations

import re

from mesh_core.localaws.athena.types import (
    DAY_INTERVAL,
    MONTH_INTERVAL,
    Type,
    decimal,
    known,
    varchar,
    zoned,
)


class UnknownTypeError(Exception):
    """A type's text is none that Hive or Trino has; says which."""


_TOKEN = re.compile(r"\s*([\w$]+|\"(?:[^\"]|\"\")*\"|[<>(),:])")
_NAMES = {
    "int": "integer",
    "string": "varchar",
    "float": "real",
    "binary": "varbinary",
    "long": "bigint",
    "short": "smallint",
    "numeric": "decimal",
    "struct": "row",
    "bool": "boolean",
}


def parse_type(text: str) -> Type:
    """The type that a text of Glue (`array<struct<a:int>>`) or Trino (`array(row(a integer))`) names.

    UnknownTypeError for any other text.
    """
    found = _TOKEN.findall(text)
    if "".join(found) != re.sub(r"\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "", text):
        raise UnknownTypeError(text)
    parser = _TypeParser(text, found)
    result = parser.type()
    if parser.tokens:
        raise UnknownTypeError(text)
    return result


class _TypeParser:
    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text, self.tokens = text, tokens

    def next(self) -> str:
        if not self.tokens:
            raise UnknownTypeError(self.text)
        return self.tokens.pop(0)

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def type(self) -> Type:
        word = self.next().lower()
        name = _NAMES.get(word, word)
        if name == "double" and self.peek().lower() == "precision":
            self.next()
        match name:
            case "interval":
                return self._interval()
            case "array" | "map" | "qdigest":
                return self._typed(name)
            case "row":
                return Type("row", tuple(self._fields()))
            case "timestamp" | "time":
                return self._instant(name)
            case _ if known(name) or name in ("decimal", "char"):
                return self._sized(name)
            case _:
                raise UnknownTypeError(self.text)

    def _interval(self) -> Type:
        words = " ".join([self.next().lower(), self.next().lower(), self.next().lower()])
        for each in (DAY_INTERVAL, MONTH_INTERVAL):
            if each.name == f"interval {words}":
                return each
        raise UnknownTypeError(self.text)

    def _typed(self, name: str) -> Type:
        self._open()
        args = [self.type()]
        while self.peek() == ",":
            self.next()
            args.append(self.type())
        self._close()
        if len(args) != (2 if name == "map" else 1):
            raise UnknownTypeError(self.text)
        return Type(name, tuple(args))

    def _fields(self) -> list[tuple[str | None, Type]]:
        self._open()
        fields = [self._field()]
        while self.peek() == ",":
            self.next()
            fields.append(self._field())
        self._close()
        return fields

    def _field(self) -> tuple[str | None, Type]:
        ahead = self.tokens[1] if len(self.tokens) > 1 else ""
        if ahead in (",", ")", "(", "<", ">"):
            return None, self.type()
        name = self.next()
        if self.peek() == ":":
            self.next()
        return (name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()), self.type()

    def _sized(self, name: str) -> Type:
        numbers = self._numbers()
        match name:
            case "decimal":
                precision, scale = [*numbers, *(38, 0)[len(numbers) :]][:2]
                return decimal(precision, scale)
            case "varchar":
                return varchar(numbers[0] if numbers else None)
            case "char":
                return Type("char", (numbers[0] if numbers else 1,))
            case _ if numbers:
                raise UnknownTypeError(self.text)
            case _:
                return Type(name)

    def _instant(self, name: str) -> Type:
        numbers = self._numbers()
        digits = numbers[0] if numbers else 3
        if [word.lower() for word in self.tokens[:3]] == ["with", "time", "zone"] and name == "timestamp":
            del self.tokens[:3]
            return zoned(digits=digits)
        return Type(name, (digits,))

    def _numbers(self) -> list[int]:
        if self.peek() != "(":
            return []
        self._open()
        numbers = []
        while True:
            word = self.next()
            if not word.isdigit():
                raise UnknownTypeError(self.text)
            numbers.append(int(word))
            if self.next() == ")":
                return numbers

    def _open(self) -> None:
        if self.next() not in ("<", "("):
            raise UnknownTypeError(self.text)

    def _close(self) -> None:
        if self.next() not in (">", ")"):
            raise UnknownTypeError(self.text)
