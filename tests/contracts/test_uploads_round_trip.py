"""Whatever Python's csv module writes is read back: row by row, value by value."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesh_core.errors import UnreadableFileError
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
# The same examples each time: a suite that everybody shares is no place for a lottery.
GENTLY = settings(
    max_examples=15, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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


PIECES = st.sampled_from([*'ab12,;|\t\n\r ".-{}[]:é\x00', "\r\n", '""', "1,5", "2024-01-01", "NA", '"a":', "007"])
LINES_ONLY = st.sampled_from([*"ab12,,;\n\n .é", "\r\n", "1.5", "x y"])


@GENTLY
@given(st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=60).map(lambda p: "".join(p).encode())))
def test_any_bytes_are_refused_by_name_or_read_with_every_row_accounted_for(tmp_path, data):
    path = tmp_path / "in"
    path.write_bytes(data)
    try:
        schema = read_upload(path, "in.csv")
        result = to_parquet(path, schema, tmp_path / "out.parquet")
    except UnreadableFileError as error:
        assert "'in.csv'" in str(error)
        return
    assert (result.row_count, result.rejected_count) == (schema.row_count, schema.rejected_rows)


@GENTLY
@given(st.lists(LINES_ONLY, min_size=3, max_size=60).map("".join))
def test_every_line_of_a_text_without_quotes_is_a_row_a_reject_or_left_out_with_a_note(tmp_path, text):
    path = tmp_path / "in"
    path.write_bytes(text.encode())
    try:
        schema = read_upload(path, "in.csv")
    except UnreadableFileError:
        return
    physical = text.replace("\r\n", "\n").removesuffix("\n").split("\n")[int(schema.options["skip"]) :]
    one_column = len(schema.columns) == 1
    assert schema.row_count + schema.rejected_rows == sum(1 for line in physical if line or one_column)
