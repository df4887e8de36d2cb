"""The filter of GetPartitions: SQL's WHERE over partition keys.

    expression := AND, OR, NOT, parentheses over
        key (= | <> | != | < | <= | > | >=) literal        (either side)
        key [NOT] IN (literal, ...)    key [NOT] BETWEEN literal AND literal
        key [NOT] LIKE 'pattern'       key IS [NOT] NULL
    literal    := 'text' | number | DATE 'text' | TIMESTAMP 'text'

A value of a partition compares by its key's type; Hive's null partition is NULL, with SQL's three-valued logic.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.aws_error import AwsError, invalid
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.key_types import Cast, cast_of, literal, require_like, stored

Verdict = bool | None
Test = Callable[[list[str]], Verdict]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*') |
    (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?![\w.])) |
    (?P<name>[^\W\d]\w*|"(?:[^"]|"")+"|`[^`]+`|\d\w*) |
    (?P<sign><>|!=|<=|>=|<|>|=|\(|\)|,)
    )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WORDS = {"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL"}


def matcher(expression: str | None, keys: list[Document]) -> Callable[[list[str]], bool]:
    """A predicate over a partition's values. AwsError InvalidInputException when the expression can't be read.

    The predicate raises AwsError InvalidStateException on a value that is not of its key's type.
    """
    if expression is None or not expression.strip():
        return lambda _: True
    test = _Parser(expression, keys).whole()
    return lambda values: test(values) is True


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text == word


@dataclass(frozen=True)
class _Key:
    """One partition key: where its value stands, and how it compares."""

    at: int
    type: str
    cast: Cast

    def of(self, values: list[str]) -> Any:
        return stored(self.cast, values[self.at])


class _Parser:
    """Recursive descent; each method reads one rule of the grammar and returns its test."""

    def __init__(self, expression: str, keys: list[Document]) -> None:
        self._expression = expression
        self._keys = {key["Name"].lower(): (at, key["Type"]) for at, key in enumerate(keys)}
        self._tokens = self._tokenize()
        self._at = 0

    def whole(self) -> Test:
        test = self._or()
        if self._at != len(self._tokens):
            raise self._unsupported()
        return test

    def _or(self) -> Test:
        test = self._and()
        while self._take_word("OR"):
            test = _either(test, self._and())
        return test

    def _and(self) -> Test:
        test = self._not()
        while self._take_word("AND"):
            test = _both(test, self._not())
        return test

    def _not(self) -> Test:
        if self._take_word("NOT"):
            return _negated(self._not())
        if self._take_sign("("):
            test = self._or()
            self._need_sign(")")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        if self._peek().kind in ("text", "number"):
            value, sign, key = self._literal_text(), self._compare_sign(), self._key()
            return _compare(key, _MIRRORED.get(sign, sign), literal(key.cast, value))
        key = self._key()
        if self._take_word("IS"):
            wanted_null = not self._take_word("NOT")
            self._need_word("NULL")
            return lambda values: (key.of(values) is None) is wanted_null
        if self._take_word("NOT"):
            return _negated(self._set_test(key))
        if self._peek().kind == "word":
            return self._set_test(key)
        return _compare(key, self._compare_sign(), self._literal(key))

    def _set_test(self, key: _Key) -> Test:
        if self._take_word("IN"):
            return self._in(key)
        if self._take_word("BETWEEN"):
            low = self._literal(key)
            self._need_word("AND")
            return _both(_compare(key, ">=", low), _compare(key, "<=", self._literal(key)))
        self._need_word("LIKE")
        require_like(key.type)
        return _like(key, self._literal_text())

    def _in(self, key: _Key) -> Test:
        self._need_sign("(")
        test = _compare(key, "=", self._literal(key))
        while self._take_sign(","):
            test = _either(test, _compare(key, "=", self._literal(key)))
        self._need_sign(")")
        return test

    def _key(self) -> _Key:
        token = self._next()
        if token.kind != "name":
            raise self._unsupported()
        name = token.text.strip('"`').lower()
        if name not in self._keys:
            raise invalid("Invalid partition expression!")
        at, column_type = self._keys[name]
        return _Key(at, column_type, cast_of(column_type))

    def _compare_sign(self) -> str:
        token = self._next()
        if token.kind != "sign" or token.text not in _COMPARE:
            raise self._unsupported()
        return token.text

    def _literal(self, key: _Key) -> Any:
        return literal(key.cast, self._literal_text())

    def _literal_text(self) -> str:
        token = self._next()
        if token.kind == "name" and token.text.upper() in ("DATE", "TIMESTAMP") and self._peek().kind == "text":
            token = self._next()
        if token.kind == "text":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "number":
            return token.text
        raise self._unsupported()

    def _tokenize(self) -> list[_Token]:
        tokens, at, text = [], 0, self._expression.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise self._unsupported()
            value = match[match.lastgroup]
            word = match.lastgroup == "name" and value.upper() in _WORDS
            tokens.append(_Token("word", value.upper()) if word else _Token(match.lastgroup, value))
            at = match.end()
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _take_word(self, word: str) -> bool:
        taken = self._peek().is_word(word)
        self._at += taken
        return taken

    def _take_sign(self, sign: str) -> bool:
        taken = self._peek() == _Token("sign", sign)
        self._at += taken
        return taken

    def _need_word(self, word: str) -> None:
        if not self._take_word(word):
            raise self._unsupported()

    def _need_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._unsupported()

    def _unsupported(self) -> AwsError:
        return invalid(f"Unsupported expression '{self._expression}'")


def _compare(key: _Key, sign: str, wanted: Any) -> Test:
    compare = _COMPARE[sign]

    def test(values: list[str]) -> Verdict:
        value = key.of(values)
        return None if value is None else compare(value, wanted)

    return test


def _like(key: _Key, pattern: str) -> Test:
    wild = {"%": ".*", "_": "."}
    regex = re.compile("".join(wild.get(char) or re.escape(char) for char in pattern), re.DOTALL)

    def test(values: list[str]) -> Verdict:
        value = key.of(values)
        return None if value is None else regex.fullmatch(value) is not None

    return test


def _negated(inner: Test) -> Test:
    def test(values: list[str]) -> Verdict:
        verdict = inner(values)
        return None if verdict is None else not verdict

    return test


def _both(left: Test, right: Test) -> Test:
    def test(values: list[str]) -> Verdict:
        verdicts = (left(values), right(values))
        return False if False in verdicts else (None if None in verdicts else True)

    return test


def _either(left: Test, right: Test) -> Test:
    def test(values: list[str]) -> Verdict:
        verdicts = (left(values), right(values))
        return True if True in verdicts else (None if None in verdicts else False)

    return test
