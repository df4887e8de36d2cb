"""The schema of an upload: columns as the table will have them, and what the visitor must still be asked.

A reader of files (gateways/uploads.py) fills an `InferredSchema`; the wizard shows it, edits names and types through
`with_columns`, and puts the answers to its questions into the next reading. Nothing here touches a file.

Shapes
    ColumnSpec.source_name     the column's name in the file, unique there; the link between file and table
    InferredSchema.options     everything that reading the file again needs: dialect, formats, the answers given
    InferredSchema.row_count   rows that become rows of the table; rejected_rows are those that can't
    Question.key               what an answer is filed under: {"header": "yes", "leading zeros:zip": "number"}
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from mesh_core.domain import hive_types

# Glue: names and comments of columns have at most 255 characters.
MAX_NAME_LENGTH = 255
# A wider file is nearly always a wrong delimiter or a transposed sheet, and Athena's DDL gets unwieldy.
MAX_COLUMNS = 1000

QuestionKind = Literal[
    "delimiter",
    "header",
    "encoding",
    "short lines",
    "decimal comma",
    "date order",
    "leading zeros",
    "long numbers",
    "missing words",
]
FileFormat = Literal["csv", "json", "parquet"]

# Athena's reserved words, of DDL and of SELECT statements (Athena user guide, "Escape reserved keywords").
_RESERVED = """
    all alter and array as authorization between bigint binary boolean both by case cast char column commit conf
    constraint create cross cube current current_catalog current_date current_path current_role current_schema
    current_time current_timestamp current_user cursor database date dayofweek deallocate decimal delete describe
    distinct div double drop else end escape except exchange execute exists extended external extract false fetch first
    float floor following for foreign from full function grant group grouping having if import in inner insert int
    integer intersect interval into is join json_array json_exists json_object json_query json_table json_value last
    lateral left less like listagg local localtime localtimestamp macro map more natural none normalize not null numeric
    of on only or order out outer over partialscan partition percent preceding precision prepare preserve primary
    procedure range reads recursive reduce references regexp revoke right rlike rollback rollup row rows select set skip
    smallint start table tablesample then time timestamp to transform trigger trim true truncate uescape unbounded union
    unique uniquejoin unnest update user using utc_timestamp values varchar views when where window with
"""
RESERVED_WORDS = frozenset(_RESERVED.split())
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d"})


@dataclass(frozen=True)
class ColumnSpec:
    """One column of the table to be: `name` in Glue, `source_name` in the file."""

    name: str
    hive_type: str
    description: str = ""
    source_name: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class Question:
    """Something that the file leaves open. Until it is answered, `default` (one of `options`) holds."""

    kind: QuestionKind
    column: str | None
    text: str
    options: tuple[str, ...]
    default: str

    @property
    def key(self) -> str:
        """What the answer is filed under in `answers`."""
        return question_key(self.kind, self.column)


@dataclass(frozen=True)
class InferredSchema:
    """What a file holds, as a table; see the module's docstring for the shapes."""

    columns: tuple[ColumnSpec, ...]
    row_count: int
    rejected_rows: int
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    format: FileFormat = "csv"
    options: Mapping[str, str] = field(default_factory=dict)

    def with_columns(self, columns: Iterable[ColumnSpec]) -> InferredSchema:
        """The same file with the visitor's names, types and choice of columns."""
        return replace(self, columns=tuple(columns))


def question_key(kind: QuestionKind, column: str | None = None) -> str:
    """`kind`, or `kind:column` for a question about one column."""
    return kind if column is None else f"{kind}:{column}"


def snake_name(text: str, position: int) -> str:
    """`text` as a column name: lower snake case, ASCII, not reserved; else `column_<position>` (from 1)."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    words = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", plain)
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:MAX_NAME_LENGTH].rstrip("_")
    if not name:
        return f"column_{position}"
    if name[0].isdigit():
        name = f"c_{name}"[:MAX_NAME_LENGTH]
    return f"{name}_" if name in RESERVED_WORDS else name


def column_names(sources: Sequence[str]) -> tuple[str, ...]:
    """A distinct column name for each source name, in order: a second `name` becomes `name_2`."""
    taken: set[str] = set()
    names = []
    for position, source in enumerate(sources, start=1):
        name = _free_name(snake_name(source, position), taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def distinct_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The file's own column names made distinct, nearly as they are: blank ones numbered, repeated ones counted."""
    taken: set[str] = set()
    found = []
    for position, label in enumerate(labels, start=1):
        base = label.strip().strip('"') or f"column {position}"
        count, free = 1, base
        while free in taken:
            count += 1
            free = f"{base} ({count})"
        taken.add(free)
        found.append(free)
    return tuple(found)


def column_problems(columns: Sequence[ColumnSpec]) -> list[tuple[str, str]]:
    """What is wrong with the columns, as `(column name, sentence)`; an empty list when all can be made in Glue."""
    if not columns:
        return [("", "A table needs at least one column.")]
    problems = [(c.name, text) for c in columns for text in _problems_of(c)]
    names = [c.name for c in columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    problems += [(name, f"Two columns are called '{name}'.") for name in repeated]
    if len(columns) > MAX_COLUMNS:
        problems.append(("", f"{len(columns):,} columns are too many: at most {MAX_COLUMNS:,}."))
    return problems


def _problems_of(column: ColumnSpec) -> list[str]:
    found = []
    if not re.fullmatch(r"[a-z][a-z0-9_]*", column.name):
        found.append(f"'{column.name}' is no column name: lower-case letters, digits and _, a letter first.")
    elif len(column.name) > MAX_NAME_LENGTH:
        found.append(f"'{column.name[:40]}...' has {len(column.name)} characters: at most {MAX_NAME_LENGTH}.")
    elif column.name in RESERVED_WORDS:
        found.append(f"'{column.name}' is a reserved word of Athena: try '{column.name}_'.")
    if not hive_types.is_valid(column.hive_type):
        found.append(f"'{column.hive_type}' is not a column type of Athena.")
    if len(column.description) > MAX_NAME_LENGTH:
        found.append(f"The description of '{column.name}' is longer than {MAX_NAME_LENGTH} characters.")
    return found


def _free_name(name: str, taken: set[str]) -> str:
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name[: MAX_NAME_LENGTH - len(str(count)) - 1]}_{count}"
    return free
