"""Statement text -> syntax tree, and only trees whose every node is on the list below.

The first of two walls before DuckDB. This one is blunt: one statement, a query, nodes of the allowed classes only. The
second is the compiler (analyse.py), which writes new SQL from scratch and has no words for a file, a setting or a table
function. Text of the user never reaches DuckDB.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, SqlglotError, TokenError

from mesh_core.localaws.athena.failures import QueryFailure, failure, place, position, unsupported

LITERAL = "$literal"


class _Parser(Trino.Parser):  # type: ignore[misc]
    """Trino's grammar, but a function call stays a call by name: its meaning is the compiler's business."""

    FUNCTIONS: dict[str, Any] = {}
    FUNCTION_PARSERS = {
        name: parse
        for name, parse in Trino.Parser.FUNCTION_PARSERS.items()
        if name
        in {
            "CAST", "EXTRACT", "JSON_OBJECT", "JSON_QUERY", "JSON_TABLE", "JSON_VALUE",
            "LISTAGG", "NORMALIZE", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST",
        }
    }  # fmt: skip
    TYPE_LITERAL_PARSERS = dict.fromkeys(
        exp.DType,
        lambda _, this, to: exp.Anonymous(this=LITERAL, expressions=[this, to]),
    )

    def _parse_derived_table_values(self, allow_value_synonym: bool = False) -> Any:
        # `(VALUES 1 UNION ALL VALUES 2)` is a query in parentheses, not a VALUES list in parentheses
        start = self._index
        try:
            return super()._parse_derived_table_values(allow_value_synonym)
        except ParseError:
            self._retreat(start)
            return None


class Dialect(Trino):  # type: ignore[misc]
    """Athena's SELECT for sqlglot; subscripts keep the index that was written."""

    INDEX_OFFSET = 0
    SUPPORTS_USER_DEFINED_TYPES = True  # `CAST(x AS hyperloglog)`; types that nobody knows are refused by name
    Parser = _Parser


# Every node that a statement may hold, with the parts of it that the compiler reads: a part that nobody reads would
# be left out without a word, and the answer would be another one.
_NODES = """
Select with_ expressions from_ joins where group having order limit offset distinct windows sample
Subquery this alias with_ order limit offset sample joins
Union this expression distinct with_ order limit offset
Except this expression distinct with_ order limit offset
Intersect this expression distinct with_ order limit offset
With expressions recursive
CTE this alias
Values expressions alias order limit offset
Tuple expressions
From this
Join this on side kind using method
Table this db catalog alias sample joins
TableAlias this columns
Lateral this alias
Unnest expressions alias offset
TableSample method bucket_numerator percent size
Where this
Group expressions all
GroupingSets expressions
Cube expressions
Rollup expressions
Having this
Order this expressions
Ordered this desc nulls_first
Limit expression
Fetch direction count limit_options
LimitOptions rows with_ties
Offset expression
Distinct expressions
Window this partition_by order spec alias over
WindowSpec kind start start_side end end_side exclude
Star
Column this table db catalog
Identifier this quoted
Alias this alias
Aliases this expressions
Paren this
Literal this is_string
Null
Boolean this
Placeholder
Var this
Dot this expression
Bracket this expressions
Add this expression
Sub this expression
Mul this expression
Div this expression typed
Mod this expression
Neg this
DPipe this expression
EQ this expression
NEQ this expression
GT this expression
GTE this expression
LT this expression
LTE this expression
NullSafeEQ this expression
NullSafeNEQ this expression
And this expression
Or this expression
Not this
Is this expression negate
In this expressions query
Between this low high
Like this expression negate
Escape this expression
Any this
All this
Exists this
Case this ifs default
If this true false
Cast this to
TryCast this to requires_string safe
AtTimeZone this zone
Interval this unit
IntervalSpan this expression
Array expressions
Anonymous this expressions
Lambda this expressions
Filter this expression
IgnoreNulls this
RespectNulls this
Extract this expression
Trim this expression position
Substring this start length
StrPosition this substr
Normalize this form
GroupConcat this separator
WithinGroup this expression
HexString this
UnicodeString this escape
JSONValue this path
JSONExtract this expression json_query
CurrentDate
CurrentTimestamp
Localtime
Localtimestamp
CurrentUser
CurrentCatalog
CurrentSchema
DataType this expressions nested kind
DataTypeParam this
ColumnDef this kind
"""
_ALLOWED: dict[type, frozenset[str]] = {
    getattr(exp, line.split()[0]): frozenset(line.split()[1:]) for line in _NODES.strip().splitlines()
}
_NAMED = {
    "MatchRecognize": "MATCH_RECOGNIZE",
    "version": "FOR VERSION or TIMESTAMP AS OF",
    "JSONTable": "JSON_TABLE",
    "JSONObject": "JSON_OBJECT",
    "Pivot": "PIVOT",
}
_SUFFIX = re.compile(r";\s*$")


def parse(sql: str) -> Any:
    """The tree of the one query in a text. QueryFailure for bad syntax, and for anything but one query."""
    _refuse_by_text(sql)
    try:
        statements = Dialect().parse(_SUFFIX.sub("", sql))
    except (SqlglotError, RecursionError) as error:
        raise _syntax(sql, error) from error
    if len(statements) != 1 or statements[0] is None:
        raise failure("SYNTAX_ERROR", "line 1:1: Only one sql statement is allowed")
    tree = statements[0]
    if not isinstance(tree, exp.Query | exp.Values):
        raise failure("SYNTAX_ERROR", "line 1:1: mismatched input. Expecting: a query")
    check(sql, tree)
    return tree


def check(sql: str, tree: Any) -> None:
    """QueryFailure for a tree with a node outside the list, or with a part of one that is not on it."""
    for node in tree.walk():
        read = _ALLOWED.get(type(node))
        if read is None:
            raise unsupported(f"{position(sql, node)}: {_NAMED.get(type(node).__name__, type(node).__name__)}")
        for part, given in node.args.items():
            if given and part not in read:
                what = _NAMED.get(part, part.strip("_").replace("_", " ").upper())
                raise unsupported(f"{position(sql, node)}: {what} of {type(node).__name__}")


def _refuse_by_text(sql: str) -> None:
    # sqlglot reads these in part only, and would leave out the rest without a word
    if found := re.search(r"(?is)\bMATCH_RECOGNIZE\b", _without_literals(sql)):
        raise unsupported(found.group(0).upper())


def _without_literals(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)


def _syntax(sql: str, error: Exception) -> QueryFailure:
    match error:
        case ParseError() if error.errors:
            found = error.errors[0]
            line, column, token = found.get("line"), found.get("col"), found.get("highlight") or "<EOF>"
            where = f"line {line}:{max(1, (column or 1) - len(token) + 1)}" if line else place(sql, len(sql))
            if (found.get("description") or "").startswith("Expected TYPE after"):
                return failure("TYPE_NOT_FOUND", f"{where}: Unknown type: {token}")
            return QueryFailure(f"{where}: mismatched input '{token}'. {found.get('description') or ''}".strip())
        case TokenError():
            return QueryFailure("line 1:1: mismatched input. A quote or a comment is not closed")
        case _:
            return QueryFailure("line 1:1: mismatched input. The statement is nested too deeply")


def parse_value(text: str) -> None:
    """QueryFailure unless a parameter's text is one value: a literal (signed, typed), or an array of such."""
    try:
        trees = Dialect().parse(f"SELECT {text}")
    except (SqlglotError, RecursionError) as error:
        raise failure("INVALID_PARAMETER_USAGE", "A parameter's value must be a SQL literal") from error
    tree = trees[0] if len(trees) == 1 else None
    items = tree.expressions if isinstance(tree, exp.Select) else []
    extra = {key for key, given in tree.args.items() if given} - {"expressions"} if tree is not None else set()
    known = (exp.Literal, exp.Null, exp.Boolean, exp.Neg, exp.Paren, exp.Interval, exp.Var, exp.DataType,
             exp.DataTypeParam, exp.Cast, exp.Array, exp.Anonymous, exp.HexString, exp.AtTimeZone)  # fmt: skip
    if len(items) != 1 or extra or any(not isinstance(each, known) for each in items[0].walk()):
        raise failure("INVALID_PARAMETER_USAGE", "A parameter's value must be a SQL literal")
    if "--" in _without_strings(text) or "/*" in _without_strings(text):
        raise failure("INVALID_PARAMETER_USAGE", "A parameter's value can't hold a comment")


def _without_strings(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "''", text)
