"""Row filter predicates: the subset of PartiQL that data cells filters take, read and checked against a table.

A predicate compares columns with constants: = <> != < > <= >=, [NOT] BETWEEN, [NOT] IN, [NOT] LIKE, IS [NOT] NULL,
joined by AND, OR, NOT and parentheses; or it is TRUE. No functions, no arithmetic, no column against column. Struct
fields are named with dots; a name in double quotes is taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mesh_core.localaws.aws_error import AwsError, invalid
from mesh_core.localaws.lakeformation.column_types import Comparable, comparable, field_type

MAX_CHARACTERS = 2048
MAX_DEPTH = 100

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<word>[^\W\d]\w*)
      | (?P<mark><>|!=|<=|>=|[=<>(),.])
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
_WORDS = """
ALL AND ANY AS ASC BETWEEN BY CASE CAST CREATE CROSS DATE DELETE DESC DISTINCT DROP ELSE END ESCAPE EXISTS FALSE FROM
FULL GROUP HAVING IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL ON OR ORDER OUTER
RIGHT SELECT SET TABLE THEN TIME TIMESTAMP TO TRUE UNION UNIQUE UPDATE USING VALUE VALUES WHEN WHERE WITH
"""
_RESERVED = frozenset(_WORDS.split())


def check(predicate: str, columns: Mapping[str, str], partition_keys: frozenset[str]) -> None:
    """AwsError InvalidInputException unless the predicate is one that a filter on these columns can have.

    `columns`: lower-case name -> Hive type, partition keys among them.
    """
    if len(predicate) > MAX_CHARACTERS:
        raise invalid(f"The row filter has {len(predicate)} characters; at most {MAX_CHARACTERS} are allowed.")
    _Reader(predicate, columns, partition_keys).read()


class _Reader:
    """One pass of recursive descent over the tokens."""

    def __init__(self, predicate: str, columns: Mapping[str, str], partition_keys: frozenset[str]) -> None:
        self._tokens, self._at, self._depth = _tokens(predicate), 0, 0
        self._columns, self._partition_keys = columns, partition_keys

    def read(self) -> None:
        self._either()
        if self._at < len(self._tokens):
            raise _syntax(f"unexpected {self._shown()}")

    def _either(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _syntax(f"parentheses are nested more than {MAX_DEPTH} deep")
        self._both()
        while self._word("OR"):
            self._both()
        self._depth -= 1

    def _both(self) -> None:
        self._one()
        while self._word("AND"):
            self._one()

    def _one(self) -> None:
        while self._word("NOT"):
            pass
        if self._mark("("):
            self._either()
            self._expect(")")
        elif not (self._word("TRUE") or self._word("FALSE")):
            self._comparison()

    def _comparison(self) -> None:
        name, kind = self._column()
        if self._word("IS"):
            self._word("NOT")
            if not self._word("NULL"):
                raise _syntax(f"after IS comes NULL or NOT NULL, not {self._shown()}")
            if name in self._partition_keys:
                raise invalid(f"IS NULL can't be asked of the partition key {name}.")
            return
        if self._peek()[0] == "mark" and self._peek()[1] in _COMPARISONS:
            self._at += 1
            self._constant(name, kind)
            return
        self._word("NOT")
        self._range(name, kind)

    def _range(self, name: str, kind: Comparable) -> None:
        if self._word("BETWEEN"):
            self._constant(name, kind)
            if not self._word("AND"):
                raise _syntax(f"BETWEEN needs AND, found {self._shown()}")
            self._constant(name, kind)
        elif self._word("LIKE"):
            if kind != "text":
                raise invalid(f"LIKE compares text; {name} is no text column.")
            self._constant(name, kind)
        elif self._word("IN"):
            self._expect("(")
            self._constant(name, kind)
            while self._mark(","):
                self._constant(name, kind)
            self._expect(")")
        else:
            raise _syntax(f"after {name} comes a comparison with a constant, not {self._shown()}")

    def _column(self) -> tuple[str, Comparable]:
        path = [self._name()]
        while self._mark("."):
            path.append(self._name())
        shown = ".".join(path)
        if self._peek() == ("mark", "("):
            raise invalid(f"Row filters have no functions: {shown}(...) can't be used.")
        hive_type = self._columns.get(path[0])
        found = field_type(hive_type, path[1:]) if hive_type is not None else None
        if found is None:
            raise invalid(f"The row filter names {shown}, which is no column of the table.")
        kind = comparable(found)
        if kind is None:
            raise invalid(f"Column {shown} has type {found}; row filters compare text, numbers and booleans.")
        return shown, kind

    def _name(self) -> str:
        kind, text = self._peek()
        if kind == "quoted":
            self._at += 1
            return text[1:-1].replace('""', '"').lower()
        if kind == "word" and text.upper() not in _RESERVED:
            self._at += 1
            return text.lower()
        raise _syntax(f"expected a column, found {self._shown()}")

    def _constant(self, name: str, kind: Comparable) -> None:
        token, text = self._peek()
        is_boolean = token == "word" and text.upper() in ("TRUE", "FALSE")
        found = "boolean" if is_boolean else token
        if found not in ("text", "number", "boolean"):
            raise _syntax(f"expected a constant, found {self._shown()}")
        if found != kind:
            raise invalid(f"Column {name} is compared as {kind}; {text} is no {kind}.")
        self._at += 1

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _shown(self) -> str:
        return self._peek()[1] or "the end"

    def _word(self, word: str) -> bool:
        kind, text = self._peek()
        found = kind == "word" and text.upper() == word
        self._at += found
        return found

    def _mark(self, mark: str) -> bool:
        found = self._peek() == ("mark", mark)
        self._at += found
        return found

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            raise _syntax(f"expected {mark}, found {self._shown()}")


def _tokens(predicate: str) -> list[tuple[str, str]]:
    tokens, at, text = [], 0, predicate.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _syntax(f"can't read {text[at : at + 20].strip()!r}")
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return tokens


def _syntax(what: str) -> AwsError:
    return invalid(f"The row filter can't be read: {what}. A filter compares columns with constants.")
