"""How a delimited text is laid out: delimiter, lines before the table, header line.

DuckDB's own sniffer takes a ragged file for one column without a word, so the layout is decided here, on the first
records, and handed to DuckDB as fixed options. What the records leave open becomes a Question.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mesh_core.domain.schema import Question
from mesh_core.errors import InvalidInputError

# In order of preference when two fit equally well. \x01 is Hive's own.
DELIMITERS = (",", ";", "\t", "|", "\x01", "^", "~")
NAMES = {"\t": "tab", "\x01": "Ctrl-A", ",": "comma", ";": "semicolon", "|": "bar", "^": "caret", "~": "tilde"}
ONE_COLUMN = "none: it is one column"
# ASCII's unit separator: as a delimiter that no text holds, it makes each line one value.
_NOWHERE = "\x1f"
SAMPLE_RECORDS = 2000
# More lines than this before the table are no title any more.
MAX_PREAMBLE = 50
_VALUE = re.compile(
    r"\s*([-+]?[\d.,]*\d[\d.,]*([eE][-+]?\d+)?%?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T]\d{1,2}:\d{2}.*)?|true|false)\s*",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\s*(19|20)\d\d\s*")


@dataclass(frozen=True)
class Dialect:
    """The layout: `skip` records (blank lines count) before the first row of data, `labels` one a column."""

    delimiter: str
    skip: int
    header: bool
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Record:
    """One record, its index (from 0, blank lines count) and the physical line (from 1) on which it starts."""

    index: int
    line: int
    cells: list[str]


def records(text: io.TextIOBase, delimiter: str) -> Iterator[Record]:
    """All records, blank lines left out; an unclosed quote ends the reading."""
    csv.field_size_limit(1 << 30)
    # DuckDB, too, takes a quote after blanks for an opening one.
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True)
    line = 1
    for index, cells in enumerate(reader):
        if cells:
            yield Record(index, line, cells)
        line = reader.line_num + 1


def detect(sample: str, answers: Mapping[str, str]) -> Dialect:
    """The layout of the text whose beginning `sample` is (whole lines)."""
    delimiter, unsure = _delimiter(sample, answers.get("delimiter"))
    found = _records(sample, delimiter)
    width = _width(found)
    start = _start(found, width)
    notes: list[str] = []
    if start:
        notes.append(f"Lines before the table that are left out: {found[start].line - 1}.")
    body = found[start:]
    header, asked = _header(body, answers.get("header"))
    names = body[0].cells if header else []
    labels = tuple(names[i] if i < len(names) else f"column {i + 1}" for i in range(width))
    if not header:
        notes.append("There is no header line: the columns are numbered.")
    return Dialect(delimiter, body[0].index + header, header, labels, tuple(notes), (*unsure, *asked))


def _records(sample: str, delimiter: str) -> list[Record]:
    found: list[Record] = []
    for record in records(io.StringIO(sample, newline=""), delimiter):
        found.append(record)
        if len(found) == SAMPLE_RECORDS:
            break
    return found


def _width(found: Sequence[Record]) -> int:
    """The number of cells of most records; among equals the larger."""
    counts = Counter(len(r.cells) for r in found)
    return max(counts, key=lambda width: (counts[width], width))


def _delimiter(sample: str, answer: str | None) -> tuple[str, tuple[Question, ...]]:
    by_name = {name: char for char, name in NAMES.items()} | {ONE_COLUMN: _NOWHERE}
    found = {d: _records(sample, d) for d in DELIMITERS}
    fits = {d: _fit(rows) for d, rows in found.items()}
    default = max(DELIMITERS, key=lambda d: (fits[d], -DELIMITERS.index(d)))
    # A comma in every number of a semicolon file parts its rows evenly too, but into fewer cells.
    rivals = [
        d
        for d in DELIMITERS
        if d != default and fits[d] > max(0.0, fits[default] * 0.8) and _width(found[d]) >= _width(found[default])
    ]
    in_use = [d for d in DELIMITERS if d in sample]
    unsure = bool(rivals or fits[default] < 0.9) and bool(in_use)
    chosen = by_name.get(answer, answer) if answer else default
    if len(chosen) != 1 or chosen in '"\r\n':
        raise InvalidInputError(
            f"'{answer}' can't part columns. Nothing was created. Give one character, no quote and no line end."
        )
    if not unsure and chosen == default:
        return chosen, ()
    options = (*(NAMES[d] for d in dict.fromkeys([default, *rivals, *in_use])), ONE_COLUMN)
    text = "Which character parts the columns? Not all lines have the same number of them."
    return chosen, (Question("delimiter", None, text, options, NAMES[default]),)


def _fit(found: Sequence[Record]) -> float:
    """0 for one column; else the share of records of the same width, a little higher for more columns."""
    body = found[min(len(found) - 1, MAX_PREAMBLE if len(found) > 2 * MAX_PREAMBLE else 0) :] if found else []
    width = _width(body) if body else 1
    if width < 2:
        return 0.0
    same = sum(len(r.cells) == width for r in body) / len(body)
    return same * (1 - 0.1 / width)


def _start(found: Sequence[Record], width: int) -> int:
    """The index of the first record of the table: what comes before is a preamble.

    A header may be one cell shorter than the rows, which then end in a delimiter.
    """
    for index, record in enumerate(found[:MAX_PREAMBLE]):
        filled = sum(bool(cell.strip()) for cell in record.cells)
        if len(record.cells) == width and (width == 1 or filled > 1):
            return index
        if 1 < filled == len(record.cells) == width - 1 and index == 0:
            return index
    return 0


def _header(body: Sequence[Record], answer: str | None) -> tuple[bool, tuple[Question, ...]]:
    """Whether the first record names the columns, and the question when its cells leave that open."""
    first, rows = body[0].cells, [r.cells for r in body[1:200]]
    values = [bool(_VALUE.fullmatch(cell)) for cell in first]
    columns = [[row[i] for row in rows if i < len(row) and row[i].strip()] for i in range(len(first))]
    typed = [bool(cells) and sum(bool(_VALUE.fullmatch(c)) for c in cells) > len(cells) / 2 for cells in columns]
    if any(t and not v and cell.strip() for t, v, cell in zip(typed, values, first, strict=True)) and not any(values):
        guess, sure = True, True
    elif any(values):
        guess = all(_YEAR.fullmatch(cell) for cell, v in zip(first, values, strict=True) if v) and not all(values)
        sure = not guess
    else:
        repeated = any(cell in cells for cell, cells in zip(first, columns, strict=True) if cell.strip())
        guess, sure = not repeated, not rows
    chosen = answer == "yes" if answer in ("yes", "no") else guess
    if sure and chosen == guess:
        return chosen, ()
    shown = ", ".join(cell.strip() or "(blank)" for cell in first[:5])
    question = Question(
        "header", None, f"Is the first line ({shown}) a header?", ("yes", "no"), "yes" if guess else "no"
    )
    return chosen, (question,)
