"""The words of a row condition, each with where it stands, and the one shape of a refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mesh_core.errors import RowFilterError

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<word>[^\W\d]\w*)
      | (?P<mark><>|!=|<=|>=|\|\||[=<>(),.*/+\-;%])
    )""",
    re.VERBOSE,
)
_WORDS = """
ALL AND ANY AS ASC BETWEEN BY CASE CAST CREATE CROSS DATE DELETE DESC DISTINCT DROP ELSE END ESCAPE EXISTS FALSE FROM
FULL GROUP HAVING IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL ON OR ORDER OUTER
RIGHT SELECT SET TABLE THEN TIME TIMESTAMP TO TRUE UNION UNIQUE UPDATE USING VALUE VALUES WHEN WHERE WITH
"""
RESERVED = frozenset(_WORDS.split())


@dataclass(frozen=True)
class Token:
    """One word; position counts characters from 1. kind: text, quoted, number, word, mark or end."""

    kind: str
    text: str
    position: int

    @property
    def name(self) -> str:
        """What a word or a quoted name names; lower case, as Glue keeps names."""
        return self.text[1:-1].replace('""', '"').lower() if self.kind == "quoted" else self.text.lower()

    @property
    def shown(self) -> str:
        """For a message."""
        return "the end" if self.kind == "end" else f"'{self.text}'" if self.kind != "text" else self.text

    def is_word(self, word: str) -> bool:
        """Whether it is that keyword, in any case."""
        return self.kind == "word" and self.text.upper() == word


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens, an end token last. RowFilterError where a character can't be read."""
    found, at, length = [], 0, len(text.rstrip())
    while at < length:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, at)
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        at = match.end()
    return (*found, Token("end", "", length + 1))


def _unreadable(text: str, at: int) -> RowFilterError:
    start = at + len(text[at:]) - len(text[at:].lstrip())
    if text[start] in "'\"":
        return refusal(start + 1, f"the quote {text[start]} is never closed.")
    return refusal(start + 1, f"'{text[start : start + 20]}' can't be read.")


def refusal(position: int, reason: str) -> RowFilterError:
    """The error of a condition that Lake Formation would not take; the reason ends its sentence."""
    return RowFilterError(position, reason)
