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
        lambda self, this, to: exp.Anonymous(this=LITERAL, expressions=[this, to]),
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
    Parser = _Parser


_ALLOWED: frozenset[type] = frozenset(
    getattr(exp, name)
    for name in ["Select", "Subquery", "Union", "Except", "Intersect", "With", "CTE", "Values", "Tuple", "From", "Join", "Table", "TableAlias", "Lateral", "Unnest", "TableSample", "Where", "Group", "GroupingSets", "Cube", "Rollup", "Having", "Order", "Ordered", "Limit", "Fetch", "LimitOptions", "Offset", "Distinct", "Window", "WindowSpec", "Star", "Column", "Identifier", "Alias", "Aliases", "Paren", "Literal", "Null", "Boolean", "Placeholder", "Parameter", "Var", "Dot", "Bracket", "Add", "Sub", "Mul", "Div", "Mod", "Neg", "DPipe", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "NullSafeEQ", "NullSafeNEQ", "And", "Or", "Not", "Is", "In", "Between", "Like", "Escape", "Any", "All", "Exists", "Case", "If", "Cast", "TryCast", "AtTimeZone", "Interval", "Array", "Anonymous", "Lambda", "Filter", "IgnoreNulls", "RespectNulls", "Extract", "Trim", "Substring", "StrPosition", "Normalize", "GroupConcat", "WithinGroup", "HexString", "UnicodeString", "JSONValue", "JSONExtract", "JSONExtractQuote", "CurrentDate", "CurrentTime", "CurrentTimestamp", "Localtime", "Localtimestamp", "CurrentUser", "CurrentCatalog", "CurrentSchema", "DataType", "DataTypeParam", "ColumnDef", "Kwarg", "PropertyEQ", "IntervalSpan", "OnCondition"]
    if hasattr(exp, name)
)
_NAMED = {
    "MatchRecognize": "MATCH_RECOGNIZE",
    "Version": "Time travel (FOR VERSION or TIMESTAMP AS OF)",
    "JSONTable": "JSON_TABLE",
    "JSONObject": "JSON_OBJECT",
    "Pivot": "PIVOT",
}
_SUFFIX = re.compile(r";\s*$")


def parse(sql: str) -> Any:
    """The tree of the one query in a text. QueryFailure for bad syntax, for more than one statement, and for all but a query."""
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
    """QueryFailure for a tree with a node outside the list."""
    for node in tree.walk():
        if type(node) not in _ALLOWED:
            what = _NAMED.get(type(node).__name__, type(node).__name__)
            raise unsupported(f"{position(sql, node)}: {what}")


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
            return QueryFailure(f"{where}: mismatched input '{token}'. {found.get('description') or ''}".strip())
        case TokenError():
            return QueryFailure("line 1:1: mismatched input. A quote or a comment is not closed")
        case _:
            return QueryFailure("line 1:1: mismatched input. The statement is nested too deeply")


def parse_value(text: str) -> None:
    """QueryFailure unless a parameter's text is one value: a literal, possibly signed, typed, or a constructor of such."""
    try:
        trees = Dialect().parse(f"SELECT {text}")
    except (SqlglotError, RecursionError) as error:
        raise failure("INVALID_PARAMETER_USAGE", "A parameter's value must be a SQL literal") from error
    tree = trees[0] if len(trees) == 1 else None
    items = tree.expressions if isinstance(tree, exp.Select) else []
    extra = {key for key, given in tree.args.items() if given} - {"expressions"} if tree is not None else set()
    known = (exp.Literal, exp.Null, exp.Boolean, exp.Neg, exp.Paren, exp.Interval, exp.Var, exp.DataType, exp.DataTypeParam,
             exp.Cast, exp.Array, exp.Anonymous, exp.HexString, exp.AtTimeZone)  # fmt: skip
    if len(items) != 1 or extra or any(not isinstance(each, known) for each in items[0].walk()):
        raise failure("INVALID_PARAMETER_USAGE", "A parameter's value must be a SQL literal")
    if "--" in _without_strings(text) or "/*" in _without_strings(text):
        raise failure("INVALID_PARAMETER_USAGE", "A parameter's value can't hold a comment")


def _without_strings(text: str) -> str:
    return re.sub(r"'(?:[^']|'')*'", "''", text)
