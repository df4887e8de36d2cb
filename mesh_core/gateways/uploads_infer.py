"""From an opened upload to its schema: a type for each column that *all* of its values bear, else text; or a question.

Two passes. The first thousand rows rule out most readings of a column, in Python; one scan over the whole file then
checks what is left. So a column that turns to text in row 35,000 is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mesh_core.domain.schema import ColumnSpec, Question, QuestionKind, column_names, question_key
from mesh_core.gateways import uploads_values
from mesh_core.gateways.uploads_types import hive_type_of
from mesh_core.gateways.uploads_values import (
    COMMA_NUMBER,
    DAY_FIRST,
    GROUPED_NUMBER,
    INTEGER,
    LONG_NUMBER,
    MISSING_WORDS,
    MONTH_FIRST,
    NUMBER,
    ZERO_LED,
    Reading,
)

SAMPLE_ROWS = 1000
_PATTERNS = {r.name: re.compile(r.pattern, re.ASCII) for r in uploads_values.CANDIDATES}
# "3 of 40,000 values are no number" is worth saying; "half of them" is simply a text column.
_NEARLY = 0.05


@dataclass(frozen=True)
class Field:
    """One column of an opened file: its label there and the SQL that reads it.

    `duck_type` is None for text, whose possible `readings` are then tried.
    """

    label: str
    sql: str
    duck_type: Any = None
    readings: tuple[Reading, ...] = uploads_values.CANDIDATES


@dataclass(frozen=True)
class Opened:
    """An upload that a connection can select from: `relation` is a FROM clause."""

    connection: Any
    relation: str
    fields: tuple[Field, ...]
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    rejects_before: tuple[tuple[int, str, str], ...] = ()


@dataclass
class Findings:
    """What the inference gathers on its way."""

    row_count: int = 0
    columns: list[ColumnSpec] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Column:
    """A text column's counts over the whole file; `fits` are the readings that every value bears."""

    label: str
    values: int
    words: int
    fits: tuple[Reading, ...]
    nearly: tuple[tuple[Reading, int], ...]
    sample: tuple[str, ...]
    nulls: int

    def bears(self, reading: Reading) -> bool:
        return reading in self.fits


def infer(opened: Opened, answers: Mapping[str, str], headings: Sequence[str] = ()) -> Findings:
    """Types, questions and notes for every column of `opened`; names come from `headings`, else from the labels."""
    findings = Findings()
    texts = [f for f in opened.fields if f.duck_type is None]
    samples = _samples(opened, texts)
    survivors = {f.label: _survivors(f, samples[f.label]) for f in texts}
    counts = _count(opened, survivors)
    findings.row_count = counts.pop(0)
    typed = {f.label: counts.pop(0) for f in opened.fields if f.duck_type is not None}
    columns = {f.label: _column(f, survivors[f.label], counts, samples[f.label], findings.row_count) for f in texts}
    names = column_names(headings or [f.label for f in opened.fields])
    for spec_name, one in zip(names, opened.fields, strict=True):
        if one.duck_type is None:
            hive_type = _decide(columns[one.label], opened, answers, findings)
            nullable = columns[one.label].nulls > 0
        else:
            hive_type, nullable = hive_type_of(one.duck_type), typed[one.label] < findings.row_count
        findings.columns.append(ColumnSpec(spec_name, hive_type, source_name=one.label, nullable=nullable))
    return findings


def is_word(value: str) -> bool:
    """Whether it is a word for a missing value."""
    return value.strip(" ").upper() in MISSING_WORDS


def _samples(opened: Opened, texts: Sequence[Field]) -> dict[str, tuple[str, ...]]:
    if not texts:
        return {}
    select = ", ".join(f.sql for f in texts)
    rows = opened.connection.execute(f"SELECT {select} FROM {opened.relation} LIMIT {SAMPLE_ROWS}").fetchall()
    columns = zip(*rows, strict=True) if rows else [() for _ in texts]
    return {f.label: tuple(v for v in values if v is not None) for f, values in zip(texts, columns, strict=True)}


def _survivors(one: Field, sample: Sequence[str]) -> tuple[Reading, ...]:
    values = [v.strip(" ") for v in sample if v.strip(" ") and not is_word(v)]
    return tuple(r for r in one.readings if all(_PATTERNS[r.name].fullmatch(v) for v in values))


def _count(opened: Opened, survivors: Mapping[str, Sequence[Reading]]) -> list[int]:
    """Row count; the values of each typed column; then the numbers of each text column.

    These are its values, its words, its real values and, for each survivor, the real values that don't fit it.
    """
    parts = ["count(*)"]
    # Typed values are counted too, so that a damaged record shows now and not when it is written.
    parts += [f"count({f.sql})" for f in opened.fields if f.duck_type is not None]
    for one in opened.fields:
        if one.duck_type is not None:
            continue
        real = uploads_values.meaningful(one.sql)
        parts += [f"count({one.sql})", f"count_if({uploads_values.is_word(one.sql)})", f"count({real})"]
        parts += [f"count({real}) - count({r.value(real)})" for r in survivors[one.label]]
    rows = opened.connection.execute(f"SELECT {', '.join(parts)} FROM {opened.relation}").fetchall()
    return [int(n or 0) for n in rows[0]]


def _column(one: Field, readings: Sequence[Reading], counts: list[int], sample: tuple[str, ...], rows: int) -> _Column:
    """Takes this column's numbers off the front of `counts`."""
    values, words, real = counts.pop(0), counts.pop(0), counts.pop(0)
    misfits = [(r, counts.pop(0)) for r in readings]
    fits = tuple(r for r, n in misfits if n == 0) if real else ()
    nearly = tuple((r, n) for r, n in misfits if 0 < n <= real * _NEARLY)
    return _Column(one.label, values, words, fits, nearly, sample, rows - values)


def _decide(column: _Column, opened: Opened, answers: Mapping[str, str], findings: Findings) -> str:
    ask = _Asker(column.label, answers, findings)
    reading = _reading(column, ask, opened)
    if reading is not None:
        findings.options[f"format:{column.label}"] = reading.name
        if column.words:
            findings.notes.append(f"{column.label}: {column.words:,} words such as NA are read as missing.")
        return reading.hive_type
    if not column.values and findings.row_count:
        findings.notes.append(f"{column.label}: the column is empty; it is kept as text.")
    _say_why_text(column, findings)
    if column.words:
        _ask_words(column, ask)
    return "string"


@dataclass(frozen=True)
class _Asker:
    """Asks one question about a column and gives the answer that holds."""

    label: str
    answers: Mapping[str, str]
    findings: Findings

    def ask(self, kind: QuestionKind, text: str, options: tuple[str, ...], default: str) -> str:
        question = Question(kind, self.label, text, options, default)
        self.findings.questions.append(question)
        answer = self.answers.get(question.key, default)
        chosen = answer if answer in options else default
        self.findings.options[question.key] = chosen
        return chosen


def _reading(column: _Column, ask: _Asker, opened: Opened) -> Reading | None:
    """The reading that holds for the column, asking where more than one does; None for text."""
    if column.bears(NUMBER) and not column.bears(INTEGER) and column.bears(COMMA_NUMBER):
        return _ask_point(column, ask)
    for reading in column.fits:
        if reading in (LONG_NUMBER, ZERO_LED):
            return _ask_digits(column, ask, opened)
        if reading in (COMMA_NUMBER, GROUPED_NUMBER):
            return _ask_comma(column, ask, opened)
        if reading in DAY_FIRST or reading in MONTH_FIRST:
            return _ask_order(column, ask)
        return reading
    return None


def _ask_point(column: _Column, ask: _Asker) -> Reading | None:
    text = f"{column.label}: is '{_example(column, '.')}' a number with decimals, or with points between the thousands?"
    answer = ask.ask("decimal comma", text, ("decimal point", "thousands point", "text"), "decimal point")
    return {"decimal point": NUMBER, "thousands point": COMMA_NUMBER}.get(answer)


def _ask_digits(column: _Column, ask: _Asker, opened: Opened) -> Reading | None:
    if column.bears(LONG_NUMBER):
        example = max(column.sample, key=len, default="")
        text = f"{column.label}: numbers such as '{example}' have more digits than a bigint or double keeps. Read as?"
        answer = ask.ask("long numbers", text, ("text", "decimal"), "text")
        return _decimal_reading(column, opened) if answer == "decimal" else None
    text = f"{column.label}: values such as '{_example(column, '0')}' start with 0. As numbers they lose these zeros."
    answer = ask.ask("leading zeros", text, ("text", "number"), "text")
    return Reading(INTEGER.name, "bigint", ZERO_LED.pattern, INTEGER.expression) if answer == "number" else None


def _decimal_reading(column: _Column, opened: Opened) -> Reading | None:
    """decimal(38,s) with the scale that the file needs; None (text) where 38 digits are not enough."""
    sql = next(f.sql for f in opened.fields if f.label == column.label)
    text = f"trim({uploads_values.meaningful(sql)})"
    query = (
        f"SELECT max(length(regexp_extract({text}, '^-?(\\d+)', 1))), "
        f"max(length(rtrim(regexp_extract({text}, '\\.(\\d*)', 1), '0'))) FROM {opened.relation}"
    )
    whole, scale = (int(n or 0) for n in opened.connection.execute(query).fetchone())
    if whole + scale > 38:
        return None
    return Reading(LONG_NUMBER.name, f"decimal(38,{scale})", LONG_NUMBER.pattern, "{v}")


def _ask_comma(column: _Column, ask: _Asker, opened: Opened) -> Reading | None:
    decimal, grouped = column.bears(COMMA_NUMBER), column.bears(GROUPED_NUMBER)
    example = _example(column, ",")
    options = (*(["decimal comma"] if decimal else []), *(["thousands comma"] if grouped else []), "text")
    default = options[0]
    if decimal and grouped and opened.options.get("delimiter") != ";":
        default = "text"
    answer = ask.ask("decimal comma", f"{column.label}: what is the comma in '{example}'?", options, default)
    return {"decimal comma": COMMA_NUMBER, "thousands comma": GROUPED_NUMBER}.get(answer)


def _ask_order(column: _Column, ask: _Asker) -> Reading | None:
    day = next((r for r in column.fits if r in DAY_FIRST), None)
    month = next((r for r in column.fits if r in MONTH_FIRST), None)
    if day is None or month is None:
        return day or month
    text = f"{column.label}: in '{column.sample[0] if column.sample else ''}', which comes first?"
    answer = ask.ask("date order", text, ("day first", "month first", "text"), "text")
    return {"day first": day, "month first": month}.get(answer)


def _ask_words(column: _Column, ask: _Asker) -> None:
    others = [v for v in column.sample if not is_word(v)]
    codes = bool(others) and all(len(v.strip()) <= 3 for v in others)
    text = f"{column.label}: {column.words:,} values are words such as NA or NULL. Are they missing values, or text?"
    ask.ask("missing words", text, ("missing", "text"), "text" if codes else "missing")


def _say_why_text(column: _Column, findings: Findings) -> None:
    if question_key("leading zeros", column.label) in findings.options:
        return
    if column.nearly and not column.fits:
        reading, misfits = column.nearly[0]
        findings.notes.append(
            f"{column.label}: {misfits:,} of {column.values - column.words:,} values don't read as "
            f"{reading.name}; the column is kept as text."
        )
    elif _is_mixed_dates(column):
        findings.notes.append(f"{column.label}: dates are written in more than one way; the column is kept as text.")


def _is_mixed_dates(column: _Column) -> bool:
    patterns = [_PATTERNS[r.name] for r in uploads_values.TEXT_ONLY]
    values = [v.strip(" ") for v in column.sample if not is_word(v)]
    return bool(values) and not column.fits and all(any(p.fullmatch(v) for p in patterns) for v in values)


def _example(column: _Column, mark: str) -> str:
    return next((v for v in column.sample if mark in v), column.sample[0] if column.sample else "")
