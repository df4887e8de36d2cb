"""Functions of Trino that SQL has no words for, in Python; a connection gets those that its query calls.

They run once a row, some microseconds each, so only what can't be written as a macro is here. A text `[athena CODE]` in
an error becomes Athena's own. All return NULL for NULL.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mesh_core.localaws.athena import python_bytes as data
from mesh_core.localaws.athena import python_format, python_json, python_reading, python_texts


class PythonFunction(NamedTuple):
    """A function and its types, as DuckDB writes them."""

    function: Callable[..., Any]
    parameters: tuple[str, ...]
    result: str
    gives_nulls: bool = False


_T, _B, _I = "VARCHAR", "BLOB", "BIGINT"

FUNCTIONS: dict[str, PythonFunction] = {
    "python_json": PythonFunction(python_json.parsed, (_T,), _T),
    "python_json_numbers": PythonFunction(python_json.numbers, (_T,), _T),
    "python_json_number_at": PythonFunction(python_json.raw_number, (_T, _T), _T, True),
    "python_json_path": PythonFunction(python_json.path, (_T,), _T),
    "python_csv": PythonFunction(python_reading.csv_fields, (_T, _T), "VARCHAR[]"),
    "python_cut": PythonFunction(python_reading.cut, (_T, _T), "VARCHAR[]"),
    "python_openx_line": PythonFunction(python_reading.openx_line, (_T, "BOOLEAN"), _T, True),
    "python_hive_json_line": PythonFunction(python_reading.hive_json_line, (_T,), _T),
    "python_openx_long": PythonFunction(python_reading.openx_long, (_T,), _T, True),
    "python_loose_base64": PythonFunction(python_reading.loose_base64, (_T,), _B),
    "python_strict_base64": PythonFunction(python_reading.strict_base64, (_T,), _B, True),
    "python_cbrt": PythonFunction(math.cbrt, ("DOUBLE",), "DOUBLE"),
    "python_strpos": PythonFunction(python_texts.strpos, (_T, _T, _I), _I),
    "python_translate": PythonFunction(python_texts.translate, (_T, _T, _T), _T),
    "python_levenshtein": PythonFunction(python_texts.levenshtein, (_T, _T), _I),
    "python_hamming": PythonFunction(python_texts.hamming, (_T, _T), _I),
    "python_java_number": PythonFunction(python_format.java_number, (_T, _T), _T),
    "python_decimal_text": PythonFunction(python_format.decimal_text, (_T,), _T),
    "python_soundex": PythonFunction(python_texts.soundex, (_T,), _T),
    "python_luhn_check": PythonFunction(python_texts.luhn_check, (_T,), "BOOLEAN"),
    "python_normalize": PythonFunction(python_texts.normalize, (_T, _T), _T),
    "python_format_number": PythonFunction(python_texts.format_number, ("DOUBLE",), _T),
    "python_human_seconds": PythonFunction(python_texts.human_seconds, ("DOUBLE",), _T),
    "python_data_size": PythonFunction(python_texts.data_size, (_T,), _T),
    "python_from_utf8": PythonFunction(data.from_utf8, (_B, _T), _T),
    "python_from_hex": PythonFunction(data.from_hex, (_T,), _B),
    "python_from_base64": PythonFunction(data.from_base64, (_T,), _B),
    "python_to_base32": PythonFunction(data.to_base32, (_B,), _T),
    "python_from_base32": PythonFunction(data.from_base32, (_T,), _B),
    "python_lpad_bytes": PythonFunction(data.lpad_bytes, (_B, _I, _B), _B),
    "python_rpad_bytes": PythonFunction(data.rpad_bytes, (_B, _I, _B), _B),
    "python_sha512": PythonFunction(data.sha512, (_B,), _B),
    "python_crc32": PythonFunction(data.crc32, (_B,), _I),
    "python_hmac": PythonFunction(data.hmac, (_B, _B, _T), _B),
    "python_xxhash64": PythonFunction(data.xxhash64, (_B,), _B),
    "python_murmur3": PythonFunction(data.murmur3, (_B,), _B),
    "python_pack_long": PythonFunction(lambda value: struct.pack(">q", value), (_I,), _B),
    "python_pack_int": PythonFunction(lambda value: struct.pack(">i", value), ("INTEGER",), _B),
    "python_pack_float": PythonFunction(lambda value: struct.pack(">f", value), ("FLOAT",), _B),
    "python_pack_double": PythonFunction(lambda value: struct.pack(">d", value), ("DOUBLE",), _B),
    "python_unpack_long": PythonFunction(lambda value: data.unpack(value, 8, ">q"), (_B,), _I),
    "python_unpack_int": PythonFunction(lambda value: data.unpack(value, 4, ">i"), (_B,), "INTEGER"),
    "python_unpack_float": PythonFunction(lambda value: data.unpack(value, 4, ">f"), (_B,), "FLOAT"),
    "python_unpack_double": PythonFunction(lambda value: data.unpack(value, 8, ">d"), (_B,), "DOUBLE"),
    "python_url": PythonFunction(data.url, (_T, _T), _T, True),
    "python_url_parameter": PythonFunction(data.url_parameter, (_T, _T), _T, True),
    "python_url_decode": PythonFunction(data.url_decode, (_T,), _T),
}
_CALL = re.compile(r"\bpython_\w+(?=\()")


def needed(*sql: str) -> tuple[str, ...]:
    """The names of those that the texts call."""
    return tuple(dict.fromkeys(name for each in sql for name in _CALL.findall(each) if name in FUNCTIONS))


def register(connection: Any, names: Iterable[str]) -> None:
    """Give a connection these functions. The first time in a process DuckDB imports numpy for it."""
    for name in names:
        function, parameters, result, gives_nulls = FUNCTIONS[name]
        if gives_nulls:  # DuckDB takes a NULL from a function only when it may hand it some
            strict = _STRICT[len(parameters)](function)
            connection.create_function(name, strict, list(parameters), result, null_handling="special")
        else:
            connection.create_function(name, function, list(parameters), result)


# DuckDB counts a function's parameters
_STRICT: dict[int, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    1: lambda function: lambda a: None if a is None else function(a),
    2: lambda function: lambda a, b: None if a is None or b is None else function(a, b),
}
