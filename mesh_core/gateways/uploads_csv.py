"""A delimited text, opened for DuckDB: encoding, layout, rows that fit and lines that don't."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mesh_core.domain.schema import MAX_COLUMNS, Question, distinct_labels
from mesh_core.gateways import uploads_bytes, uploads_dialect, uploads_duckdb
from mesh_core.gateways.uploads_infer import Field, Opened

# Enough for the layout; the values are all looked at later.
SAMPLE_CHARACTERS = 1 << 20
# Ordinary text has next to no control characters or NULs; programs and pictures are full of them.
_BINARY_SHARE = 0.01
_FEW_ODD = 3
FILL = "fill with empty values"
LEAVE_OUT = "leave out"
_LINE_ENDS_NOTE = "The lines end in different ways; all are read alike, those within quotes too."


@dataclass(frozen=True)
class Layout:
    """All that reading the text again needs; kept in InferredSchema.options."""

    encoding: str
    rewrite: bool
    delimiter: str
    skip: int
    labels: tuple[str, ...]
    pad: bool = False

    def options(self) -> dict[str, str]:
        """As options, from which `from_options` makes the same layout."""
        return {
            "encoding": self.encoding,
            "rewrite": "yes" if self.rewrite else "no",
            "delimiter": self.delimiter,
            "skip": str(self.skip),
            "columns": json.dumps(self.labels),
            "short lines": FILL if self.pad else LEAVE_OUT,
        }

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Layout:
        """The layout that an earlier reading found."""
        return cls(
            options["encoding"],
            options["rewrite"] == "yes",
            options["delimiter"],
            int(options["skip"]),
            tuple(json.loads(options["columns"])),
            options["short lines"] == FILL,
        )


@dataclass(frozen=True)
class Found:
    """A layout, with what must be said and asked about it."""

    layout: Layout
    headings: tuple[str, ...]
    header: bool = True
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    def rewritten(self) -> Found:
        """The same, but read through a copy in which all lines end alike."""
        return replace(self, layout=replace(self.layout, rewrite=True), notes=(*self.notes, _LINE_ENDS_NOTE))


def look(path: Path, filename: str, answers: Mapping[str, str]) -> Found:
    """The layout of the text; UnreadableFileError when there is no table in it."""
    encoding = uploads_bytes.detect_encoding(path, filename, answers.get("encoding"))
    stats = uploads_bytes.text_stats(path, encoding.name)
    if stats.odd_characters > max(_FEW_ODD, stats.size * _BINARY_SHARE):
        raise uploads_bytes.unreadable(filename, "holds binary data and no text", "Choose another file")
    sample = _sample(path, encoding.name, stats.needs_rewriting)
    if not sample.strip():
        raise uploads_bytes.unreadable(filename, "is empty or holds only blanks", "Choose a file with rows")
    dialect = uploads_dialect.detect(sample, answers)
    if len(dialect.labels) > MAX_COLUMNS:
        what = f"has {len(dialect.labels):,} columns; at most {MAX_COLUMNS:,} can become a table"
        raise uploads_bytes.unreadable(filename, what, "Choose another delimiter or turn the sheet round")
    layout = Layout(
        encoding.name,
        stats.needs_rewriting,
        dialect.delimiter,
        dialect.skip,
        distinct_labels(dialect.labels),
        answers.get("short lines") == FILL,
    )
    notes = (*encoding.notes, *_rewriting_notes(stats), *dialect.notes)
    return Found(layout, dialect.labels, dialect.header, notes, (*encoding.questions, *dialect.questions))


@contextmanager
def opened(path: Path, layout: Layout, *targets: Path) -> Iterator[Opened]:
    """The text as something to select from; `targets` are files that may be written."""
    with (
        uploads_bytes.clean_text(path, layout.encoding, layout.rewrite) as text,
        uploads_duckdb.guarded(text, *targets) as connection,
    ):
        relation = uploads_duckdb.csv_relation(text, len(layout.labels), layout.delimiter, layout.skip, layout.pad)
        fields = tuple(Field(label, f"c{i}") for i, label in enumerate(layout.labels))
        yield Opened(connection, relation, fields, options=layout.options())


def short_lines_question(short: int, pad: bool) -> tuple[Question, ...]:
    """Asks what to do with lines that have fewer values than columns, where there are any or were."""
    if not short and not pad:
        return ()
    text = "Some lines have fewer values than there are columns. What about them?"
    return (Question("short lines", None, text, (LEAVE_OUT, FILL), LEAVE_OUT),)


def lines_of_rows(path: Path, layout: Layout, ordinals: Sequence[int]) -> dict[int, int]:
    """The physical line on which each of these accepted rows (counted from 1) starts."""
    wanted, width, found, ordinal = set(ordinals), len(layout.labels), {}, 0
    with (
        uploads_bytes.clean_text(path, layout.encoding, layout.rewrite) as text,
        text.open(encoding="utf-8-sig", newline="") as file,
    ):
        for record in uploads_dialect.records(file, layout.delimiter):
            fits = len(record.cells) == width or (layout.pad and len(record.cells) < width)
            if record.index < layout.skip or not fits:
                continue
            ordinal += 1
            if ordinal in wanted:
                found[ordinal] = record.line
                if len(found) == len(wanted):
                    break
    return found


def _sample(path: Path, encoding: str, rewrite: bool) -> str:
    text = ""
    for chunk in uploads_bytes.decoded(path, encoding):
        text += chunk
        if len(text) >= SAMPLE_CHARACTERS:
            break
    if rewrite:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    cut = max(text.rfind("\n"), text.rfind("\r"))
    return text[: cut + 1] if len(text) >= SAMPLE_CHARACTERS and cut > 0 else text


def _rewriting_notes(stats: uploads_bytes.TextStats) -> tuple[str, ...]:
    notes = []
    if stats.nul_bytes:
        notes.append(f"{stats.nul_bytes:,} NUL characters are removed: no column type can hold them.")
    if len(stats.line_ends) > 1:
        notes.append(_LINE_ENDS_NOTE)
    return tuple(notes)
