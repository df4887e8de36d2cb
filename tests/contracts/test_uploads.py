"""Uploads: each nasty file gives the right schema or a question, and no row is ever lost in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_core.domain.schema import ColumnSpec
from mesh_core.errors import InvalidDraftError, InvalidInputError, UnreadableFileError
from mesh_core.gateways import uploads_bytes
from mesh_core.gateways.uploads import read_upload, sample, to_parquet
from tests.contracts.nasty_files import FILES, RAGGED, REFUSED, REFUSED_JSON, Nasty, lines


def file_of(folder: Path, data: bytes, name: str = "data") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def retyped(schema, **types):
    return schema.with_columns(replace(c, hive_type=types.get(c.name, c.hive_type)) for c in schema.columns)


@pytest.mark.parametrize("nasty", FILES, ids=lambda one: one.id)
def test_a_nasty_file_gives_the_right_schema_or_a_question(tmp_path, nasty: Nasty):
    schema = read_upload(file_of(tmp_path, nasty.data), nasty.filename, nasty.answers)
    assert ", ".join(f"{c.name} {c.hive_type}" for c in schema.columns) == nasty.columns
    assert (schema.row_count, schema.rejected_rows) == (nasty.rows, nasty.rejected)
    assert {q.key for q in schema.questions} == set(nasty.questions)
    for part in nasty.says:
        assert any(part in note for note in schema.notes), schema.notes


@pytest.mark.parametrize("nasty", FILES, ids=lambda one: one.id)
def test_every_row_of_a_nasty_file_is_written_or_counted_as_rejected(tmp_path, nasty: Nasty):
    path, target = file_of(tmp_path, nasty.data), tmp_path / "out.parquet"
    schema = read_upload(path, nasty.filename, nasty.answers)
    written = to_parquet(path, schema, target)
    assert (written.row_count, written.rejected_count) == (nasty.rows, nasty.rejected)
    assert pq.read_metadata(target).num_rows == nasty.rows
    assert written.size_bytes == target.stat().st_size
    shown = sample(path, schema, 5)
    assert len(shown) == min(5, nasty.rows)
    if nasty.first is not None:
        assert tuple(shown[0].values()) == nasty.first
        assert tuple(pq.read_table(target).slice(0, 1).to_pylist()[0].values()) == nasty.first


@pytest.mark.parametrize(("data", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path, data, said):
    with pytest.raises(UnreadableFileError) as caught:
        read_upload(file_of(tmp_path, data), "sales.csv")
    assert said in str(caught.value)
    assert "'sales.csv'" in str(caught.value)
    assert "Nothing was created" in str(caught.value)


@pytest.mark.parametrize(("data", "said"), [r[1:] for r in REFUSED_JSON], ids=[r[0] for r in REFUSED_JSON])
def test_json_that_is_no_table_is_refused_by_what_it_is(tmp_path, data, said):
    with pytest.raises(UnreadableFileError, match=said):
        read_upload(file_of(tmp_path, data), "sales.json")


def test_a_csv_that_is_called_parquet_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"called \.parquet and is no Parquet file"):
        read_upload(file_of(tmp_path, b"a,b\n1,2\n"), "sales.parquet")


def test_a_file_over_the_limit_is_refused_with_both_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads_bytes, "MAX_UPLOAD_BYTES", 1000)
    with pytest.raises(UnreadableFileError, match="is 1,002 bytes; at most 1,000 can be uploaded"):
        read_upload(file_of(tmp_path, b"a\n" + b"1\n" * 500), "big.csv")


@pytest.mark.parametrize("answer", ["::", '"', "\n"])
def test_a_delimiter_that_can_not_part_columns_is_refused(tmp_path, answer):
    with pytest.raises(InvalidInputError, match="can't part columns"):
        read_upload(file_of(tmp_path, lines("a:b", "1:2")), "x.csv", {"delimiter": answer})


def test_any_single_character_may_be_given_as_the_delimiter(tmp_path):
    schema = read_upload(file_of(tmp_path, lines("a:b", "1:2")), "x.csv", {"delimiter": ":"})
    assert [c.name for c in schema.columns] == ["a", "b"]


def test_options_of_an_earlier_reading_serve_as_answers(tmp_path):
    path = file_of(tmp_path, RAGGED)
    first = read_upload(path, "x.csv", {"short lines": "fill with empty values"})
    assert read_upload(path, "x.csv", first.options) == first


def test_a_folder_that_can_not_be_written_is_a_clear_error(tmp_path):
    path = file_of(tmp_path, lines("a", "1"))
    with pytest.raises(UnreadableFileError, match=r"'x\.csv' can't be read"):
        to_parquet(path, read_upload(path, "x.csv"), tmp_path / "missing" / "out.parquet")


def test_an_upload_that_is_gone_is_a_clear_error(tmp_path):
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_upload(tmp_path / "gone", "x.csv")


def test_rejected_lines_are_shown_with_line_text_and_reason(tmp_path):
    path = file_of(tmp_path, RAGGED)
    written = to_parquet(path, read_upload(path, "x.csv"), tmp_path / "out.parquet")
    assert written.rejects == (
        (3, "4,5", "fewer values than columns"),
        (4, "6,7,8,9", "more values than columns"),
    )


def test_a_row_of_which_a_value_would_be_lost_is_rejected_with_its_line(tmp_path):
    path = file_of(tmp_path, lines("a,b", '1,"x', 'y"', "2,z", "", "3.5,w", "4,v", "300,u"))
    schema = retyped(read_upload(path, "x.csv"), a="tinyint")
    written = to_parquet(path, schema, tmp_path / "out.parquet")
    assert (written.row_count, written.rejected_count) == (3, 2)
    assert written.rejects == (
        (6, "3.5, w", "a: '3.5' is no tinyint"),
        (8, "300, u", "a: '300' is no tinyint"),
    )
    assert [row["a"] for row in sample(path, schema)] == [1, 2, 4]


def test_only_the_first_hundred_rejects_are_kept_and_all_are_counted(tmp_path):
    path = file_of(tmp_path, lines("a,b", *(f"{i},x" for i in range(300))))
    written = to_parquet(path, retyped(read_upload(path, "x.csv"), b="int"), tmp_path / "out.parquet")
    assert (written.row_count, written.rejected_count, len(written.rejects)) == (0, 300, 100)


@pytest.mark.parametrize(
    ("text", "hive_type", "value"),
    [
        ("7", "smallint", 7),
        ("007", "int", 7),
        ("+7", "int", 7),
        ("7.0", "bigint", 7),
        ("7.5", "bigint", None),
        ("1e3", "bigint", None),
        ("99999999999", "int", None),
        ("1.50", "decimal(10,1)", Decimal("1.5")),
        ("1.55", "decimal(10,1)", None),
        ("12345678.5", "decimal(8,1)", None),
        ("0.1", "float", pytest.approx(0.1)),
        ("12345678901234567", "double", None),
        ("yes", "boolean", True),
        ("0", "boolean", False),
        ("maybe", "boolean", None),
        ("31.12.2024", "date", date(2024, 12, 31)),
        ("2024-12-31", "date", date(2024, 12, 31)),
        ("31.02.2024", "date", None),
        ("03/04/2024", "date", None),
        ("2024-12-31", "timestamp", datetime(2024, 12, 31)),
        ("2024-12-31T23:59:59.123456", "timestamp", datetime(2024, 12, 31, 23, 59, 59, 123456)),
        ("2024-12-31T23:59:59.123456789", "timestamp", None),
        ("abc", "varchar(3)", "abc"),
        ("abcd", "varchar(3)", None),
        ("abc", "binary", b"abc"),
    ],
)
def test_text_becomes_the_chosen_type_exactly_or_its_row_is_rejected(tmp_path, text, hive_type, value):
    path = file_of(tmp_path, lines("k,v", f"1,{text}", "2,other words"))
    schema = retyped(read_upload(path, "x.csv", {"header": "yes"}), v=hive_type)
    rows = [row["v"] for row in sample(path, schema) if row["k"] == 1]
    assert rows == ([] if value is None else [value])


@pytest.mark.parametrize("hive_type", ["array<int>", "struct<a:int>", "map<string,int>"])
def test_text_can_not_become_a_nested_type(tmp_path, hive_type):
    path = file_of(tmp_path, lines("k,v", "1,x"))
    with pytest.raises(InvalidInputError, match="Text can't become"):
        to_parquet(path, retyped(read_upload(path, "x.csv"), v=hive_type), tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_columns_may_be_renamed_left_out_and_put_in_another_order(tmp_path):
    path, target = file_of(tmp_path, lines("a,b,c", "1,2,3")), tmp_path / "out.parquet"
    schema = read_upload(path, "x.csv").with_columns(
        [ColumnSpec("third", "int", source_name="c"), ColumnSpec("one", "string", source_name="a")]
    )
    to_parquet(path, schema, target)
    assert pq.read_table(target).to_pylist() == [{"third": 3, "one": "1"}]


def test_columns_that_can_not_be_made_are_refused_before_anything_is_written(tmp_path):
    path = file_of(tmp_path, lines("a,b", "1,2"))
    schema = read_upload(path, "x.csv").with_columns([ColumnSpec("select", "int", source_name="a")])
    with pytest.raises(InvalidDraftError, match="reserved word"):
        to_parquet(path, schema, tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_a_column_that_the_file_does_not_have_is_refused_by_name(tmp_path):
    path = file_of(tmp_path, lines("a,b", "1,2"))
    schema = read_upload(path, "x.csv").with_columns([ColumnSpec("z", "int", source_name="zz")])
    with pytest.raises(InvalidInputError, match="no column 'zz'"):
        to_parquet(path, schema, tmp_path / "out.parquet")


def test_the_upload_itself_is_never_changed(tmp_path):
    data = "a;b\r\n1;é\n".encode("utf-16")
    path = file_of(tmp_path, data)
    to_parquet(path, read_upload(path, "x.csv"), tmp_path / "out.parquet")
    assert path.read_bytes() == data
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out.parquet"]


def test_progress_is_told_as_a_share_and_what_it_raises_stops_the_writing(tmp_path):
    path, target, shares = file_of(tmp_path, lines("a", *map(str, range(100)))), tmp_path / "out.parquet", []
    schema = read_upload(path, "x.csv")
    to_parquet(path, schema, target, shares.append)
    assert all(0 <= share <= 1 for share in shares)
    with pytest.raises(KeyboardInterrupt):
        to_parquet(path, schema, target, _interrupt)
    assert not target.exists()


def _interrupt(share: float) -> None:
    raise KeyboardInterrupt


def parquet_of(folder: Path, **columns) -> Path:
    path = folder / "in.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_brings_its_types_and_odd_ones_are_carried_over(tmp_path):
    path = parquet_of(
        tmp_path,
        Id=pa.array([1, 2], pa.uint64()),
        moment=pa.array([datetime(2024, 1, 1, 12)] * 2, pa.timestamp("ns", "Europe/Berlin")),
        price=[Decimal("1.10"), None],
        nested=pa.array([{"A b": [1]}, None]),
        pairs=pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32())),
        clock=pa.nulls(2, pa.time64("us")),
        raw=[b"x", None],
        nothing=pa.nulls(2),
    )
    schema = read_upload(path, "x.parquet")
    assert {c.name: c.hive_type for c in schema.columns} == {
        "id": "decimal(20,0)",
        "moment": "timestamp",
        "price": "decimal(3,2)",
        "nested": "struct<a_b:array<bigint>>",
        "pairs": "map<string,int>",
        "clock": "string",
        "raw": "binary",
        "nothing": "string",
    }
    assert to_parquet(path, schema, tmp_path / "out.parquet").row_count == 2
    row = pq.read_table(tmp_path / "out.parquet").to_pylist()[0]
    assert (row["id"], row["moment"]) == (Decimal(1), datetime(2024, 1, 1, 12))
    assert (row["nested"], row["pairs"]) == ({"a_b": [1]}, [("k", 1)])


@pytest.mark.parametrize(
    ("values", "hive_type", "kept"),
    [
        ([1, 2**40], "int", [1]),
        ([1.0, 1.5], "bigint", [1]),
        ([1.0, 1.5], "string", ["1.0", "1.5"]),
        ([datetime(2024, 1, 1), datetime(2024, 1, 1, 1)], "date", [date(2024, 1, 1)]),
        (["7", "x"], "string", ["7", "x"]),
        ([[1, 2], None], "string", ["[1,2]", None]),
    ],
)
def test_a_parquet_value_that_another_type_would_change_rejects_its_row(tmp_path, values, hive_type, kept):
    path, target = parquet_of(tmp_path, v=values), tmp_path / "out.parquet"
    written = to_parquet(path, retyped(read_upload(path, "x.parquet"), v=hive_type), target)
    assert pq.read_table(target)["v"].to_pylist() == kept
    assert written.row_count + written.rejected_count == len(values)


def test_a_parquet_file_without_rows_keeps_its_columns(tmp_path):
    schema = read_upload(parquet_of(tmp_path, v=pa.array([], pa.int32())), "x.parquet")
    assert [(c.name, c.hive_type) for c in schema.columns] == [("v", "int")]
    assert schema.row_count == 0


def test_reading_an_upload_can_open_nothing_else(tmp_path):
    other = file_of(tmp_path, b"secret\n1\n", "other.csv")
    from mesh_core.gateways import uploads_duckdb

    with uploads_duckdb.guarded(file_of(tmp_path, b"a\n1\n")) as connection:
        for statement in (
            f"SELECT * FROM read_csv('{other}')",
            f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "ATTACH '/tmp/x.db'",
        ):
            with pytest.raises(uploads_duckdb.Error):
                connection.execute(statement)
