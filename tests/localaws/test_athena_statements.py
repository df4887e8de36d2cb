"""Which statement is it: forms, names, quoting, and what Athena would not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_text import SyntaxFault, placeholders, substitute
from mesh_core.localaws.athena.statements import kind, parse

_T = f.Name(None, "t")
CASES: dict[str, f.Form] = {
    "SELECT 1": f.Select("SELECT 1"),
    " -- why\n select 1 ; ": f.Select("-- why\n select 1"),
    "(SELECT 1) UNION (SELECT 2)": f.Select("(SELECT 1) UNION (SELECT 2)"),
    "TABLE t": f.Select("TABLE t"),
    "VALUES 1": f.Select("VALUES 1"),
    "EXPLAIN SELECT 1": f.Explain("SELECT 1", False, ""),
    "EXPLAIN (TYPE VALIDATE) SELECT 1": f.Explain("SELECT 1", False, "TYPE VALIDATE"),
    "EXPLAIN (SELECT 1)": f.Explain("(SELECT 1)", False, ""),
    "EXPLAIN ANALYZE SELECT 1": f.Explain("SELECT 1", True, ""),
    "SHOW TABLES": f.ShowTables(None, None, False),
    "show tables in `Sales` 'o*'": f.ShowTables("sales", "o*", False),
    "SHOW VIEWS FROM db LIKE 'v|w'": f.ShowTables("db", "v|w", True),
    "SHOW DATABASES LIKE 'a*';": f.ShowDatabases("a*"),
    "SHOW COLUMNS IN t IN db": f.ShowColumns(f.Name("db", "t")),
    "SHOW COLUMNS FROM db.t": f.ShowColumns(f.Name("db", "t")),
    'SHOW CREATE TABLE "AwsDataCatalog"."db"."T"': f.ShowCreate(f.Name("db", "t"), False),
    "SHOW TBLPROPERTIES t ('k')": f.ShowProperties(_T, "k"),
    "DESCRIBE t": f.Describe(_T, ""),
    "DESC EXTENDED `db`.`t`": f.Describe(f.Name("db", "t"), "extended"),
    "DESCRIBE formatted": f.Describe(f.Name(None, "formatted"), ""),
    "DESCRIBE t c": f.Describe(_T, "", None, "c"),
    "DESCRIBE FORMATTED t PARTITION (dt='a')": f.Describe(_T, "formatted", (("dt", "a"),)),
    "MSCK REPAIR TABLE `a-b.c-d`": f.RepairTable(f.Name("a-b", "c-d")),
    "DROP TABLE IF EXISTS t": f.DropTable(_T, True, False),
    "DROP VIEW v": f.DropTable(f.Name(None, "v"), False, True),
    "DROP SCHEMA s CASCADE": f.DropDatabase("s", False, True),
    "CREATE SCHEMA IF NOT EXISTS s": f.CreateDatabase("s", True, None, None, ()),
    "CREATE DATABASE d COMMENT 'it\\'s' LOCATION 's3://b/'": f.CreateDatabase("d", False, "it's", "s3://b/", ()),
    "ALTER TABLE t ADD PARTITION (y=2024, m='01') LOCATION 's3://b/x/'": f.AddPartitions(
        _T, False, (((("y", "2024"), ("m", "01")), "s3://b/x/"),)
    ),
    "ALTER TABLE t DROP PARTITION (d='a'), PARTITION (d='b')": f.DropPartitions(
        _T, False, ((("d", "a"),), (("d", "b"),))
    ),
    "ALTER TABLE t PARTITION (d='a') RENAME TO PARTITION (d='b')": f.RenamePartition(_T, (("d", "a"),), (("d", "b"),)),
    "ALTER TABLE t ADD COLUMNS (c map < string , array<int> >)": f.AddColumns(
        _T, (f.Column("c", "map<string,array<int>>"),)
    ),
    "ALTER TABLE t CHANGE a b DECIMAL( 10, 2 ) FIRST": f.ChangeColumn(_T, "a", f.Column("b", "decimal(10,2)"), ""),
    "CREATE OR REPLACE VIEW v AS SELECT 1 AS a;": f.CreateView(f.Name(None, "v"), True, "SELECT 1 AS a"),
    "CREATE TABLE t AS SELECT 1 a": f.CreateTableAs(_T, False, (), "SELECT 1 a", True),
    "CREATE TABLE t WITH (format='JSON', bucket_count = 3, x = true) AS SELECT 1 a WITH NO DATA": f.CreateTableAs(
        _T, False, (("format", "JSON"), ("bucket_count", 3), ("x", True)), "SELECT 1 a", False
    ),
    "INSERT INTO t SELECT * FROM s": f.Insert(_T, None, "SELECT * FROM s"),
    "INSERT INTO t (SELECT 1)": f.Insert(_T, None, "(SELECT 1)"),
    "INSERT INTO t (a, b) VALUES (1, 2)": f.Insert(_T, ("a", "b"), "VALUES (1, 2)"),
    "UNLOAD (SELECT ')' FROM (VALUES 1)) TO 's3://b/' WITH (format='PARQUET')": f.Unload(
        "SELECT ')' FROM (VALUES 1)", "s3://b/", (("format", "PARQUET"),)
    ),
    "PREPARE P FROM SELECT ?": f.Prepare("p", "SELECT ?"),
    "EXECUTE p USING 1, 'a,b', ARRAY[1, 2], f(3, 4)": f.Execute("p", ("1", "'a,b'", "ARRAY[1, 2]", "f(3, 4)")),
    "EXECUTE IMMEDIATE 'SELECT ?' USING 1": f.ExecuteImmediate("SELECT ?", ("1",)),
    "DEALLOCATE PREPARE p": f.Deallocate("p"),
    "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE": f.Refused("MERGE INTO", "DML"),
}


@pytest.mark.parametrize("text", CASES, ids=lambda text: text[:40])
def test_a_statement_is_read_into_its_form(text: str) -> None:
    assert parse(text) == CASES[text]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1:1"),
        ("-- nothing\n", "line 1:1"),
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
        ("TRUNCATE TABLE t", "line 1:1: mismatched input 'TRUNCATE'"),
        ("CREATE TABLE t LIKE s", "mismatched input 'LIKE'"),
        ("SHOW TABLES IN db\nEXTRA", "line 2:1: mismatched input 'EXTRA'"),
        ("DROP TABLE", "extraneous input '<EOF>'"),
        ("DROP TABLE a.b.c", "Catalog 'a' does not exist"),
        ("UNLOAD (SELECT 1 TO 's3://b/'", "Expecting ')'"),
        ("CREATE EXTERNAL TABLE t (a array<int) LOCATION 's3://b/'", "Expecting '>'"),
        ("DESCRIBE 'never closed", "is never closed"),
        ("DROP TABLE t; DROP TABLE u", "mismatched input 'DROP'"),
    ],
)
def test_what_athena_would_not_know_is_refused_with_its_place(text: str, where: str) -> None:
    with pytest.raises(SyntaxFault, match=re.escape(where)):
        parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", ("DML", "SELECT")),
        ("EXPLAIN SELECT 1", ("DML", "EXPLAIN")),
        ("CREATE TABLE t AS SELECT 1 a", ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("INSERT INTO t VALUES 1", ("DML", "INSERT")),
        ("UNLOAD (SELECT 1) TO 's3://b/'", ("DML", "UNLOAD")),
        ("SHOW TABLES", ("UTILITY", "SHOW_TABLES")),
        ("SHOW VIEWS", ("UTILITY", "SHOW_VIEWS")),
        ("DESC t", ("UTILITY", "DESCRIBE_TABLE")),
        ("DROP VIEW v", ("DDL", "DROP_VIEW")),
        ("ALTER TABLE t ADD COLUMNS (a int)", ("DDL", "ALTER_TABLE_ADD_COLUMN")),
        ("ALTER TABLE t RENAME TO u", ("DDL", "ALTER_TABLE_RENAME_TO")),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", ("DML", "MERGE_INTO")),
    ],
)
def test_a_statement_has_athenas_type_and_subtype(text: str, expected: tuple[str, str]) -> None:
    assert tuple(kind(parse(text))) == expected


def test_hive_strings_know_escapes_that_trino_strings_do_not() -> None:
    hive = parse(r"CREATE EXTERNAL TABLE t (a string COMMENT 'a\tb\u0041\001') LOCATION 's3://b/'")
    trino = parse(r"UNLOAD (SELECT '\') TO 's3://b/\n/'")

    assert isinstance(hive, f.CreateTable) and hive.columns[0].comment == "a\tbA\x01"
    assert isinstance(trino, f.Unload) and (trino.sql, trino.to) == (r"SELECT '\'", r"s3://b/\n/")


def test_delimiters_get_hives_own_property_names() -> None:
    form = parse(
        r"CREATE EXTERNAL TABLE t (a string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\' "
        r"COLLECTION ITEMS TERMINATED BY '|' MAP KEYS TERMINATED BY ':' LINES TERMINATED BY '\n' NULL DEFINED AS '' "
        "LOCATION 's3://b/t/'"
    )
    assert isinstance(form, f.CreateTable)
    assert dict(form.row_format.parameters) == {
        "field.delim": ",",
        "escape.delim": "\\",
        "colelction.delim": "|",
        "mapkey.delim": ":",
        "line.delim": "\n",
        "serialization.null.format": "",
    }


def test_question_marks_in_strings_names_and_comments_are_no_parameters() -> None:
    text = "SELECT ?, '?', \"?\" -- ?\n, /* ? */ ?"

    assert len(placeholders(text)) == 2
    assert substitute(text, ("1", "'?'")) == "SELECT 1, '?', \"?\" -- ?\n, /* ? */ '?'"


def test_every_statement_of_the_ddl_collection_is_known_or_refused_as_athena_does() -> None:
    texts = (Path(__file__).parents[1] / "conformance" / "athena_ddl.txt").read_text().split("\n;;\n")
    unknown = []
    for text in texts:
        try:
            kind(parse(text))
        except SyntaxFault:
            unknown.append(text.split()[0] if "LIKE" not in text else "LIKE")

    assert len(texts) == 75
    # Trino and Hive know these, Athena does not.
    assert unknown == ["LIKE", "TRUNCATE", "SHOW", "ANALYZE", "SHOW", "SET"]
