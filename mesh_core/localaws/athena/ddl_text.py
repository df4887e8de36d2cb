"""Reads a statement's words: a cursor over SQL text that knows Hive's and Trino's quoting, and errors with a position.

Only the head of a statement is read here (which verb, which table, which clauses); what follows `AS`, `FROM` or inside
the parentheses of UNLOAD is handed on as text, from `rest()` or `parenthesised()`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


class SyntaxFault(Exception):
    """The text is no statement that Athena knows; `message` is what Athena's parser would say, with line and column."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Token:
    """kind: word, name ("x" or `x`), string, number, symbol, end. `text` is the value, without its quotes."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords (given in upper case)."""
        return self.kind == "word" and self.text.upper() in words


_SPACE = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.S)
_WORD = re.compile(r"[^\W\d]\w*|\d+[^\W\d]\w*", re.U)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
_HIVE_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|.)", re.S)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}


def _hive_char(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] == "u" and len(code) == 5:
        return chr(int(code[1:], 16))
    if len(code) == 3:
        return chr(int(code, 8))
    return _ESCAPED.get(code, code)


@dataclass
class Cursor:
    """A position in a statement. `hive` switches string literals: there a backslash escapes and "x" is a string too."""

    text: str
    hive: bool = False
    at: int = 0
    _ahead: list[Token] = field(default_factory=list)

    def peek(self, skip: int = 0) -> Token:
        """The token after `skip` others, without moving."""
        while len(self._ahead) <= skip:
            self._ahead.append(self._scan(self._ahead[-1].end if self._ahead else self.at))
        return self._ahead[skip]

    def take(self) -> Token:
        """The next token; moves behind it."""
        token = self.peek()
        self._ahead.pop(0)
        self.at = token.end
        return token

    def use_hive(self) -> None:
        """From here on string literals are Hive's."""
        self.hive = True
        self._ahead.clear()

    def accept(self, *words: str) -> bool:
        """Move behind this sequence of keywords if it comes next."""
        if all(self.peek(index).is_word(word) for index, word in enumerate(words)):
            for _ in words:
                self.take()
            return True
        return False

    def accept_symbol(self, symbol: str) -> bool:
        """Move behind a symbol if it comes next."""
        if self.peek().kind == "symbol" and self.peek().text == symbol:
            self.take()
            return True
        return False

    def expect(self, *words: str) -> None:
        """Like accept, or SyntaxFault."""
        if not self.accept(*words):
            raise self.fault(f"expecting '{' '.join(words)}'")

    def expect_symbol(self, symbol: str) -> None:
        """Like accept_symbol, or SyntaxFault."""
        if not self.accept_symbol(symbol):
            raise self.fault(f"expecting '{symbol}'")

    def string(self) -> str:
        """A string literal's value, or SyntaxFault."""
        if self.peek().kind != "string":
            raise self.fault("expecting a string literal")
        return self.take().text

    def identifier(self) -> str:
        """A bare or quoted identifier, as written, or SyntaxFault."""
        if self.peek().kind not in ("word", "name"):
            raise self.fault("expecting an identifier")
        return self.take().text

    def finish(self) -> None:
        """Only one semicolon may follow, or SyntaxFault."""
        self.accept_symbol(";")
        if self.peek().kind != "end":
            raise self.fault("expecting the statement's end")

    def rest(self) -> str:
        """All text from here on, without a closing semicolon; moves to the end."""
        rest = self.text[self.at :].strip()
        self.at = len(self.text)
        self._ahead.clear()
        return rest.removesuffix(";").rstrip()

    def parenthesised(self) -> str:
        """The text between the parenthesis that comes next and its partner; moves behind it. SyntaxFault if open."""
        self.expect_symbol("(")
        start, depth = self.at, 1
        while depth:
            token = self.take()
            if token.kind == "end":
                raise self.fault("expecting ')'")
            if token.kind == "symbol":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
        return self.text[start : self.at - 1].strip()

    def fault(self, hint: str) -> SyntaxFault:
        """The error for the token that comes next, worded as Athena's parser does."""
        token = self.peek()
        before = self.text[: token.start]
        line, column = before.count("\n") + 1, token.start - (before.rfind("\n") + 1)
        what = "extraneous input '<EOF>'" if token.kind == "end" else f"mismatched input '{self._raw(token)}'"
        return SyntaxFault(f"line {line}:{column + 1}: {what}. {hint[0].upper()}{hint[1:]}")

    def _raw(self, token: Token) -> str:
        return self.text[token.start : token.end]

    def _scan(self, at: int) -> Token:
        if space := _SPACE.match(self.text, at):
            at = space.end()
        if at >= len(self.text):
            return Token("end", "", len(self.text), len(self.text))
        char = self.text[at]
        if char in "'\"`":
            return self._quoted(at, char)
        if match := _WORD.match(self.text, at):
            return Token("word", match.group(), at, match.end())
        if match := _NUMBER.match(self.text, at):
            return Token("number", match.group(), at, match.end())
        return Token("symbol", char, at, at + 1)

    def _quoted(self, at: int, quote: str) -> Token:
        escapes = self.hive and quote != "`"
        body = rf"(?:[^{quote}\\]|\\.|{quote}{quote})*" if escapes else rf"(?:[^{quote}]|{quote}{quote})*"
        match = re.compile(f"{quote}({body}){quote}", re.S).match(self.text, at)
        if match is None:
            raise SyntaxFault(f"line {self.text[:at].count(chr(10)) + 1}: the quote {quote} is never closed")
        value = match.group(1).replace(quote * 2, quote)
        if escapes:
            value = _HIVE_ESCAPE.sub(_hive_char, value)
        kind = "string" if quote == "'" or (quote == '"' and self.hive) else "name"
        return Token(kind, value, at, match.end())


def placeholders(text: str) -> list[int]:
    """Where the `?` parameters of a Trino statement are: offsets, strings and comments left out."""
    cursor, found = Cursor(text), []
    while (token := cursor.take()).kind != "end":
        if token.kind == "symbol" and token.text == "?":
            found.append(token.start)
    return found


def substitute(text: str, values: tuple[str, ...]) -> str:
    """The statement with each `?` replaced by the SQL text of its value. Needs as many values as placeholders."""
    for offset, value in reversed(list(zip(placeholders(text), values, strict=True))):
        text = f"{text[:offset]}{value}{text[offset + 1 :]}"
    return text
