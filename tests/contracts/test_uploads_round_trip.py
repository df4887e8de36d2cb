"""Whatever Python's csv module writes is read back: row by row, value by value."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_core.gateways.uploads import read_upload, sample, to_parquet

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
CELLS = st.text(
    st.one_of(st.sampled_from('abc,;"\n\r\t |0123456789.-+eNA/:é€'), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=8,
)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)
)
FORMS = st.tuples(st.sampled_from(list(NAMES)), st.sampled_from(["\n", "\r\n"]))
GENTLY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path, rows, form):
    """With LF line ends everything is quoted: csv leaves a lone CR unquoted there, which nobody can read back."""
    delimiter, line_end = form
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if line_end == "\n" else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow([f"col{i}" for i in range(len(rows[0]))])
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return path


@GENTLY
@given(TABLES, FORMS)
def test_no_row_and_no_value_of_a_well_formed_file_is_lost(tmp_path, rows, form):
    path = written(tmp_path / "in.csv", rows, form)
    schema = read_upload(path, "in.csv", {"delimiter": NAMES[form[0]], "header": "yes"})
    assert (schema.row_count, schema.rejected_rows) == (len(rows), 0)
    result = to_parquet(path, schema, tmp_path / "out.parquet")
    assert (result.row_count, result.rejected_count) == (len(rows), 0)
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == len(rows)
    as_text = schema.with_columns(replace(c, hive_type="string") for c in schema.columns)
    as_text = replace(as_text, options={k: v for k, v in schema.options.items() if not k.startswith("missing words")})
    expected = [tuple(value or None for value in row) for row in rows]
    if not any("end in different ways" in note for note in schema.notes):
        assert [tuple(row.values()) for row in sample(path, as_text, 100)] == expected


@GENTLY
@given(TABLES, FORMS, st.data())
def test_rows_of_the_wrong_width_are_counted_one_by_one(tmp_path, rows, form, data):
    damaged = [row[:-1] if data.draw(st.booleans()) else row for row in rows]
    damaged = [[cell.replace("\n", " ").replace("\r", " ") or "x" for cell in row] for row in damaged]
    width = len(rows[0])
    path = written(tmp_path / "in.csv", [[f"head {i}" for i in range(width)], *damaged], form)
    # The layout is given, as the wizard would hand it back: which width is right is not the question here.
    intact = written(tmp_path / "intact.csv", [["a"] * width] * 50, form)
    options = read_upload(intact, "in.csv", {"delimiter": NAMES[form[0]], "header": "yes"})
    result = to_parquet(path, options, tmp_path / "out.parquet")
    short = sum(len(row) < width for row in damaged)
    assert (result.row_count, result.rejected_count) == (len(damaged) + 1 - short, short)
