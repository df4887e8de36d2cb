"""Small files that tables are made of in real life, and what each must become. Used by test_uploads.py."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Nasty:
    """A file, and the schema, questions and notes it must give.

    `columns` is "name type, name type"; `questions` are keys of questions; `says` are parts of notes.
    """

    id: str
    data: bytes
    columns: str
    rows: int
    rejected: int = 0
    questions: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    first: tuple[object, ...] | None = None
    filename: str = "upload.csv"
    answers: dict[str, str] = field(default_factory=dict)


def lines(*rows: str) -> bytes:
    """Rows as UTF-8 text with LF line ends."""
    return "".join(f"{row}\n" for row in rows).encode()


ZIPS = lines("zip,n", "00501,1", "10001,2")
RAGGED = lines("id,a,b", "1,2,3", "4,5", "6,7,8,9", "10,11,12")
LONG = lines("id,n", "1234567890123456789012,1", "1234567890123456789013,2")
SLASHES = lines("d,sure", "01/02/2024,13/02/2024", "03/04/2024,14/02/2024")
GERMAN = lines("id;betrag;datum;plz", *(f"{i};{i},{i:02d};{i % 28 + 1:02d}.03.2024;{i:05d}" for i in range(1, 60)))
PROSE = lines("text", "hello, you", "how are you", "fine; and, you")

FILES = [
    Nasty(
        "semicolons, decimal commas, German dates",
        GERMAN,
        "id bigint, betrag double, datum date, plz string",
        59,
        questions=("decimal comma:betrag", "leading zeros:plz"),
    ),
    Nasty("a byte order mark", b"\xef\xbb\xbf" + lines("a,b", "1,2024-01-01"), "a bigint, b date", 1),
    Nasty(
        "line breaks and quotes within quotes",
        lines("id,note,ok", '1,"a', 'b",true', '2,"c ""d""",false'),
        "id bigint, note string, ok boolean",
        2,
        first=(1, "a\nb", True),
    ),
    Nasty(
        "dates written in two ways",
        lines("id,d,t", "1,2024-01-01,2024-01-01 10:00:00", "2,01.02.2024,2024-01-01T10:00:00Z"),
        "id bigint, d string, t string",
        2,
        says=("d: dates are written in more than one way", "t: dates are written in more than one way"),
    ),
    Nasty(
        "times with zones become UTC",
        lines("id,t", "1,2024-01-01T10:00:00+02:00", "2,2024-01-01 10:00:00Z", "3,2024-01-01T10:00:00.5-0530"),
        "id bigint, t timestamp",
        3,
    ),
    Nasty(
        "an empty column, and one with words for missing",
        lines("id,e,mostly", *(f"{i},,{'NA' if i % 3 else i}" for i in range(30))),
        "id bigint, e string, mostly bigint",
        30,
        says=("e: the column is empty", "mostly: 20 words such as NA are read as missing"),
    ),
    Nasty(
        "a type that changes in row 35,000",
        lines("id,v", *(f"{i},{i if i != 35_000 else 'oops'}" for i in range(36_000))),
        "id bigint, v string",
        36_000,
        says=("v: 1 of 36,000 values don't read as integer",),
    ),
    Nasty("leading zeros stay", ZIPS, "zip string, n bigint", 2, questions=("leading zeros:zip",), first=("00501", 1)),
    Nasty(
        "leading zeros go when they may",
        ZIPS,
        "zip bigint, n bigint",
        2,
        questions=("leading zeros:zip",),
        first=(501, 1),
        answers={"leading zeros:zip": "number"},
    ),
    Nasty(
        "no header",
        lines("1,Ann,2.5", "2,Bob,3.5"),
        "column_1 bigint, column_2 string, column_3 double",
        2,
        says=("no header line",),
        first=(1, "Ann", 2.5),
    ),
    Nasty(
        "a header of years",
        lines("country,2019,2020", "DE,1,2", "FR,3,4"),
        "country string, c_2019 bigint, c_2020 bigint",
        2,
        questions=("header",),
    ),
    Nasty(
        "text only: the header is asked for",
        lines("name,city", "Ann,Berlin", "Bob,Paris"),
        "name string, city string",
        2,
        questions=("header",),
    ),
    Nasty(
        "text only, and no header on request",
        lines("name,city", "Ann,Berlin", "Bob,Paris"),
        "column_1 string, column_2 string",
        3,
        questions=("header",),
        answers={"header": "no"},
    ),
    Nasty(
        "Latin-1",
        "name,n\nJosé,1\nKöln,2\n".encode("latin-1"),
        "name string, n bigint",
        2,
        questions=("encoding",),
        says=("read as cp1252",),
        first=("José", 1),
    ),
    Nasty(
        "UTF-8 with one damaged character among many good ones",
        "name,n\nJosé Müller,1\n".encode() + b"K\xf6ln,2\n",
        "name string, n bigint",
        2,
        questions=("encoding",),
        first=("José Müller", 1),
    ),
    Nasty(
        "UTF-16 with a mark",
        "id;näme\n1;é\n".encode("utf-16"),
        "id bigint, name string",
        1,
        says=("The text is UTF-16",),
        first=(1, "é"),
    ),
    Nasty(
        "UTF-16 without a mark", "id;name\n1;e\n".encode("utf-16-le"), "id bigint, name string", 1, says=("UTF-16-LE",)
    ),
    Nasty("UTF-32", "id;name\n1;e\n".encode("utf-32"), "id bigint, name string", 1, says=("UTF-32",)),
    Nasty(
        "a NUL character",
        lines("a,b", "1,x\x00y", "2," + "z" * 200),
        "a bigint, b string",
        2,
        says=("1 NUL characters are removed",),
        first=(1, "xy"),
    ),
    Nasty(
        "ragged lines are counted",
        RAGGED,
        "id bigint, a bigint, b bigint",
        2,
        2,
        questions=("delimiter", "short lines"),
        says=("left out: 2",),
    ),
    Nasty(
        "short lines are filled on request",
        RAGGED,
        "id bigint, a bigint, b bigint",
        3,
        1,
        questions=("delimiter", "short lines"),
        says=("left out: 1",),
        answers={"short lines": "fill with empty values"},
    ),
    Nasty(
        "a quote that is never closed",
        lines("a,b", "1,2", '"x,3', "4,5", "6,7"),
        "a bigint, b bigint",
        1,
        3,
        questions=("delimiter",),
        says=("left out: 3",),
    ),
    Nasty(
        "names that differ in case and blanks",
        lines('Name,name," Name ",Name,n', "a,b,c,d,1"),
        "name string, name_2 string, name_3 string, name_4 string, n bigint",
        1,
        first=("a", "b", "c", "d", 1),
    ),
    Nasty(
        "reserved words and blank names",
        lines("Date,order,,Select", "1,2,3,4"),
        "date_ bigint, order_ bigint, column_3 bigint, select_ bigint",
        1,
    ),
    Nasty(
        "lines before the table, bars",
        lines("Report of March", "made by X", "", "id|amount|t", "1|2.5|x", "2|3.5|y"),
        "id bigint, amount double, t string",
        2,
        questions=("delimiter",),
        says=("Lines before the table that are left out: 3",),
    ),
    Nasty(
        "22 digits stay",
        LONG,
        "id string, n bigint",
        2,
        questions=("long numbers:id",),
        first=("1234567890123456789012", 1),
    ),
    Nasty(
        "22 digits as a decimal on request",
        LONG,
        "id decimal(38,0), n bigint",
        2,
        questions=("long numbers:id",),
        answers={"long numbers:id": "decimal"},
    ),
    Nasty(
        "doubles as programs print them",
        lines("x,y", "52.52000659999999,0.1", "13.404953999999975,1e-07"),
        "x double, y double",
        2,
        first=(52.52000659999999, 0.1),
    ),
    Nasty("a header only", lines("a,b,c"), "a string, b string, c string", 0, says=("a header and no rows",)),
    Nasty("days or months first", SLASHES, "d string, sure date", 2, questions=("date order:d",)),
    Nasty(
        "months first on request",
        SLASHES,
        "d date, sure date",
        2,
        questions=("date order:d",),
        answers={"date order:d": "month first"},
    ),
    Nasty(
        "a comma that may be either",
        lines("v,w", '"1,234","1,5"', '"5,678","2,25"'),
        "v string, w double",
        2,
        questions=("decimal comma:v", "decimal comma:w"),
        first=("1,234", 1.5),
    ),
    Nasty(
        "commas between the thousands",
        lines("v,w", '"1,234.50",1', '"5,678",2'),
        "v double, w bigint",
        2,
        questions=("decimal comma:v",),
        first=(1234.5, 1),
    ),
    Nasty(
        "points that may part thousands",
        lines("v;w", "1.234;1", "5.678;2"),
        "v double, w bigint",
        2,
        questions=("decimal comma:v",),
    ),
    Nasty("tabs", lines("a\tb", "1\tx"), "a bigint, b string", 1),
    Nasty("Hive's own delimiter", lines("a\x01b", "1\x01x"), "a bigint, b string", 1),
    Nasty("Windows line ends", b"a,b\r\n1,2\r\n3,4\r\n", "a bigint, b bigint", 2),
    Nasty("old Mac line ends", b"a,b\r1,2\r3,4\r", "a bigint, b bigint", 2),
    Nasty("mixed line ends", b"a,b\r\n1,2\n3,4\r\n", "a bigint, b bigint", 2, says=("end in different ways",)),
    Nasty(
        "mixed line ends hidden by stray quotes",
        b'a,b"x\n1,2\r3,"4"\n',
        "a bigint, b_x bigint",
        2,
        says=("end in different ways",),
    ),
    Nasty("no line end at the end", b"a,b\n1,2", "a bigint, b bigint", 1),
    Nasty("one column", lines("n", "1", "2"), "n bigint", 2),
    Nasty(
        "prose as one column on request",
        PROSE,
        "text string",
        3,
        questions=("delimiter", "header"),
        first=("hello, you",),
        answers={"delimiter": "none: it is one column", "header": "yes"},
    ),
    Nasty(
        "a delimiter at the end of each row",
        lines("a,b", "1,2,", "3,4,"),
        "a bigint, b bigint, column_3 string",
        2,
        questions=("delimiter",),
        says=("column 3: the column is empty",),
    ),
    Nasty(
        "NA is a country",
        lines("code,n", "NA,1", "DE,2"),
        "code string, n bigint",
        2,
        questions=("missing words:code",),
        first=("NA", 1),
    ),
    Nasty(
        "NA is no name",
        lines("town,n", "NA,1", "Berlin,2"),
        "town string, n bigint",
        2,
        questions=("missing words:town",),
        first=(None, 1),
    ),
    Nasty("numbers in padded columns", lines("a,b", " 12 ,x", "        ,y"), "a bigint, b string", 2, first=(12, "x")),
    Nasty("numbers with underscores are text", lines("a,b", "1_000,1", "2_000,2"), "a string, b bigint", 2),
    Nasty("impossible dates are text", lines("d,n", "2023-02-30,1", "2024-01-01,2"), "d string, n bigint", 2),
    Nasty("infinity and nan are text", lines("x,n", "inf,1", "1e999,2"), "x string, n bigint", 2),
    Nasty("yes and no are text", lines("b,n", "yes,1", "no,2"), "b string, n bigint", 2),
    Nasty("telephone numbers keep their plus", lines("p,n", "+4930123456,1", "+4930123457,2"), "p string, n bigint", 2),
    Nasty(
        "nested JSON",
        b'[{"a":1,"b":{"x Y":[1,2],"t":"2024-01-01"},"z":"00123","d":"2024-01-05T10:00:00+02:00"},{"a":2,"b":null}]',
        "a bigint, b struct<x_y:array<bigint>,t:string>, z string, d timestamp",
        2,
        filename="upload.json",
    ),
    Nasty(
        "JSON lines, one of them broken",
        lines('{"a":1}', '{"a":2,"c":"01.02.2024"}', '{"a":3', '{"a":4}'),
        "a bigint, c date",
        3,
        1,
        says=("left out: 1",),
        filename="upload.jsonl",
    ),
    Nasty(
        "JSON with a number of 23 digits",
        b'[{"a":12345678901234567890123},{"a":1}]',
        "a string",
        2,
        questions=("long numbers:a",),
        first=("12345678901234567890123",),
        filename="upload.json",
    ),
    Nasty(
        "JSON with such a number deep inside",
        b'[{"a":{"b":12345678901234567890123}}]',
        "a string",
        1,
        says=("a: numbers in it have more digits",),
        first=('{"b":12345678901234567890123}',),
        filename="upload.json",
    ),
    Nasty(
        "one JSON object", b'{"a": {"b": "c"},\n "l": []}', "a struct<b:string>, l array<string>", 1, filename="x.json"
    ),
    Nasty("JSON lines called CSV", lines('{"a":1}', '{"a":2}'), "a bigint", 2),
    Nasty("JSON whose keys change type", lines('{"a":1}', '{"a":"x"}', '{"a":[2]}'), "a string", 3, filename="x.json"),
]

REFUSED = [
    ("nothing", b"", "is empty"),
    ("blanks", b"  \r\n\n \t", "is empty"),
    ("only a byte order mark", b"\xef\xbb\xbf\n", "is empty"),
    ("an Excel workbook", b"PK\x03\x04" + b"\x00" * 50, "Excel workbook"),
    ("an old Excel workbook", b"\xd0\xcf\x11\xe0" + b"\x00" * 50, "old Excel"),
    ("a picture", b"\x89PNG\r\n\x1a\n", "PNG picture"),
    ("a program", b"MZ\x90\x00", "Windows program"),
    ("a gzip archive", b"\x1f\x8b\x08\x00", "unpack it first"),
    ("a PDF", b"%PDF-1.7", "PDF document"),
    ("a web page", b"\n<!DOCTYPE html><html>", "web page"),
    ("random bytes", bytes((i * 7919 + i // 3) % 256 for i in range(5000)), "binary data"),
    ("a damaged Parquet file", b"PAR1" + b"\x15" * 100, "damaged Parquet"),
    ("UTF-16 that is cut in two", "a,b\n1,2\n".encode("utf-16")[:-1], "damaged further on"),
    ("more columns than a table may have", ",".join(f"c{i}" for i in range(1500)).encode() + b"\n", "1,500 columns"),
]
REFUSED_JSON = [
    ("a broken-off array", b'[{"a":1},', "breaks off"),
    ("a list of numbers", b"[1, 2]", "can't be read as JSON objects"),
    ("text", b"hello", "starts with neither"),
    ("one key twice", b'{"a":1,"a":2}', "duplicate key"),
    ("keys that differ in case", b'{"a":1,"A":2}', "only in upper and lower case"),
    ("mostly broken lines", b'{"a":1}\n{"a":\n{"b"\n', "can't be read as JSON objects"),
]
