"""Column names, column types, and what is said of columns that can't be made."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_core.domain import hive_types
from mesh_core.domain.schema import (
    MAX_COLUMNS,
    RESERVED_WORDS,
    ColumnSpec,
    InferredSchema,
    Question,
    column_names,
    column_problems,
    distinct_labels,
    snake_name,
)
from mesh_core.errors import InvalidInputError


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("CustomerID", "customer_id"),
        ("HTMLParser", "html_parser"),
        ("Kunden-Nr.", "kunden_nr"),
        ("Straße", "strasse"),
        ("Prénom", "prenom"),
        ("  Net Amount (EUR) ", "net_amount_eur"),
        ("2019", "c_2019"),
        ("Date", "date_"),
        ("ORDER", "order_"),
        ("date_", "date_"[:-1] + "_"),
        ("名前", "column_7"),
        ("", "column_7"),
        ("_mesh", "mesh"),
        ("a" * 300, "a" * 255),
    ],
)
def test_a_column_gets_a_name_that_athena_reads_unquoted(source, name):
    assert snake_name(source, 7) == name


def test_names_that_become_the_same_are_numbered():
    assert column_names(["Name", "name", " Name ", "NAME_2"]) == ("name", "name_2", "name_3", "name_2_2")


def test_the_files_own_labels_stay_and_only_become_distinct():
    assert distinct_labels(["Name", "name", " Name ", "", "Name"]) == (
        "Name",
        "name",
        "Name (2)",
        "column 4",
        "Name (3)",
    )


@given(st.lists(st.text(max_size=300), max_size=30))
def test_whatever_the_headings_the_names_are_usable_and_distinct(headings):
    names = column_names(headings)
    assert len(set(names)) == len(headings)
    for name in names:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,254}", name)
        assert name not in RESERVED_WORDS


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (ColumnSpec("Name", "string"), "no column name"),
        (ColumnSpec("1st", "string"), "no column name"),
        (ColumnSpec("a b", "string"), "no column name"),
        (ColumnSpec("", "string"), "no column name"),
        (ColumnSpec("a" * 256, "string"), "at most 255"),
        (ColumnSpec("select", "string"), "reserved word of Athena: try 'select_'"),
        (ColumnSpec("a", "text"), "not a column type"),
        (ColumnSpec("a", "string", "x" * 256), "longer than 255"),
    ],
)
def test_a_column_that_glue_or_athena_refuses_is_named_with_the_rule(column, said):
    ((name, sentence),) = column_problems([column])
    assert name == column.name
    assert said in sentence


def test_two_columns_of_one_name_are_said_once():
    assert column_problems([ColumnSpec("a", "int")] * 3) == [("a", "Two columns are called 'a'.")]


def test_a_table_without_columns_and_one_with_too_many_are_refused():
    assert column_problems([]) == [("", "A table needs at least one column.")]
    assert "too many" in column_problems([ColumnSpec(f"c{i}", "int") for i in range(MAX_COLUMNS + 1)])[0][1]


def test_good_columns_have_no_problems():
    assert column_problems([ColumnSpec("a", "int"), ColumnSpec("b", "array<struct<c:decimal(18,2)>>")]) == []


def test_an_answer_is_filed_under_the_question_and_its_column():
    assert Question("header", None, "?", ("yes", "no"), "yes").key == "header"
    assert Question("leading zeros", "zip", "?", ("text", "number"), "text").key == "leading zeros:zip"


def test_the_visitors_columns_replace_the_inferred_ones_and_nothing_else():
    schema = InferredSchema((ColumnSpec("a", "int", source_name="A"),), 3, 1, options={"skip": "1"})
    changed = schema.with_columns([ColumnSpec("b", "string", source_name="A")])
    assert [c.name for c in changed.columns] == ["b"]
    assert (changed.row_count, changed.rejected_rows, changed.options) == (3, 1, {"skip": "1"})


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("String", "string"),
        ("INTEGER", "int"),
        ("decimal( 10 , 2 )", "decimal(10,2)"),
        ("decimal", "decimal(10,0)"),
        ("varchar(20)", "varchar(20)"),
        ("array< string >", "array<string>"),
        ("map<string,array<int>>", "map<string,array<int>>"),
        ("STRUCT<A:int, b c:map<string,double>>", "struct<a:int,b c:map<string,double>>"),
        ("struct<`a-b`:int>", "struct<a-b:int>"),
    ],
)
def test_a_type_is_read_and_written_in_one_spelling(text, canonical):
    assert hive_types.canonical(text) == canonical
    assert hive_types.canonical(canonical.replace("a-b", "`a-b`")) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "text", "int int", "array", "array<", "array<>", "struct<>", "struct<a int>", "decimal(39,0)", "decimal(2,3)"]
    + ["decimal(a)", "varchar", "map<string>", "array<int>>", "<", "array<int", "struct<a:int,>"],
)
def test_what_is_no_type_is_refused_with_its_text(text):
    with pytest.raises(InvalidInputError, match=re.escape(f"'{text}' is not a column type")):
        hive_types.parse(text)


@pytest.mark.parametrize(
    ("source", "target", "safe"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("bigint", "string", True),
        ("bigint", "double", False),
        ("int", "double", True),
        ("bigint", "decimal(19,0)", True),
        ("bigint", "decimal(18,0)", False),
        ("double", "bigint", False),
        ("decimal(10,2)", "decimal(12,2)", True),
        ("decimal(10,2)", "decimal(12,4)", True),
        ("decimal(10,2)", "decimal(12,5)", False),
        ("date", "timestamp", True),
        ("timestamp", "date", False),
        ("string", "bigint", False),
        ("array<int>", "string", True),
        ("array<int>", "array<int>", True),
    ],
)
def test_a_change_of_type_is_safe_only_when_every_value_survives_it(source, target, safe):
    assert hive_types.keeps_every_value(source, target) is safe


@pytest.mark.parametrize(
    ("hive_type", "logical"),
    [("bigint", "integer"), ("float", "number"), ("decimal(4,1)", "number"), ("varchar(3)", "string")]
    + [("binary", "string"), ("date", "date"), ("timestamp", "timestamp"), ("boolean", "boolean")]
    + [("array<int>", "array"), ("map<int,int>", "map"), ("struct<a:int>", "object")],
)
def test_every_type_has_a_logical_type_of_odcs(hive_type, logical):
    assert hive_types.logical_type(hive_type) == logical


def test_all_types_that_the_wizard_offers_are_types():
    assert all(hive_types.is_valid(one) for one in hive_types.WIZARD_SCALARS)
