"""Expressions: Trino's tree -> DuckDB's text with Trino's meaning, and the type of each.

A node without a handler here does not exist for DuckDB: it is refused by name. `Expressions` knows one scope at a time;
the queries inside an expression go back to the compiler that made it (`queries`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, position, unsupported
from mesh_core.localaws.athena.guard import LITERAL
from mesh_core.localaws.athena.rewrite_casts import cast, castable, coerce, unify
from mesh_core.localaws.athena.rewrite_literals import (
    decimal_literal,
    integer_literal,
    interval,
    text_literal,
    typed_literal,
)
from mesh_core.localaws.athena.rewrite_operators import arithmetic, compare
from mesh_core.localaws.athena.scope import Field, Query, Scope, Typed
from mesh_core.localaws.athena.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    INTEGERS,
    NUMERIC,
    TEXTS,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    ZONED,
    Type,
    array,
    common,
    parse_type,
    quoted,
    same,
)


class Queries(Protocol):
    """The compiler of queries, as expressions see it."""

    sql: str
    wide: bool

    def query(self, node: Any, scope: Scope | None) -> Query:
        """Compile a query inside an expression; `scope` is what it may refer to."""
        ...

    def session(self, name: str) -> str:
        """What current_user, current_catalog and current_schema say."""
        ...


class Expressions:
    """Compiles expressions within one scope."""

    def __init__(self, queries: Queries, scope: Scope) -> None:
        self.queries, self.scope = queries, scope
        self.lambdas: dict[str, Typed] = {}
        self.trying = False

    def typed(self, node: Any) -> Typed:
        """Compile one expression. QueryFailure with Athena's text for whatever Athena refuses."""
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise unsupported(f"{self.at(node)}: {type(node).__name__}")
        frame = self.scope.frame
        before = len(frame.loose)
        result = handler(self, node)
        if frame.keys is not None and len(frame.loose) > before and result.sql in frame.keys:
            del frame.loose[before:]
        return result

    def at(self, node: Any) -> str:
        """`line L:C` of a node."""
        return position(self.queries.sql, node)

    def boolean(self, node: Any, what: str) -> str:
        """The SQL of a condition."""
        value = self.typed(node)
        if value.type not in (BOOLEAN, UNKNOWN):
            raise failure(
                "TYPE_MISMATCH", f"{self.at(node)}: {what} must evaluate to a boolean: actual type {value.type}"
            )
        return value.sql

    # names

    def _column(self, node: Any) -> Typed:
        parts = [each.name.lower() for each in node.parts]
        if isinstance(node.this, exp.Star):
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: '*' is not allowed here")
        if len(parts) == 1 and parts[0] in self.lambdas:
            return self.lambdas[parts[0]]
        return self._resolved(node, parts)

    def _resolved(self, node: Any, parts: list[str]) -> Typed:
        scope: Scope | None = self.scope
        while scope is not None:
            # the longest prefix that names a relation wins, the rest are fields of a row
            for length in range(len(parts), 0, -1):
                found = scope.find(parts[length - 1], tuple(parts[: length - 1]))
                if len({each.sql for each in found}) > 1:
                    raise failure(
                        "AMBIGUOUS_NAME", f"{self.at(node)}: Column '{'.'.join(parts[:length])}' is ambiguous"
                    )
                if found:
                    value = self._use(found[0], scope, node)
                    return self._fields(node, value, parts[length:])
            if parts[0] in self.lambdas:
                break
            scope = scope.parent
        if parts[0] in self.lambdas:
            return self._fields(node, self.lambdas[parts[0]], parts[1:])
        raise unknown_column(self.at(node), ".".join(parts))

    def _use(self, found: Field, scope: Scope, node: Any) -> Typed:
        frame = scope.frame
        if frame.keys is not None and not frame.in_aggregate and found.sql not in frame.keys:
            frame.loose.append((found.sql, node))
        return Typed(found.sql, found.type)

    def _fields(self, node: Any, value: Typed, names: list[str]) -> Typed:
        for name in names:
            value = self.field(node, value, name)
        return value

    def field(self, node: Any, value: Typed, name: str) -> Typed:
        """A field of a row by name."""
        if value.type.name == "row":
            for known, of in types.row_fields(value.type):
                if known.lower() == name.lower():
                    return Typed(f"({value.sql}).{quoted(known)}", of)
        raise unknown_column(self.at(node), name)

    def _dot(self, node: Any) -> Typed:
        if not isinstance(node.expression, exp.Identifier):
            raise unsupported(f"{self.at(node)}: This expression after a dot")
        return self.field(node, self.typed(node.this), node.expression.name)

    def _identifier(self, node: Any) -> Typed:
        return (
            self._resolved(node, [node.name.lower()])
            if node.name.lower() not in self.lambdas
            else self.lambdas[node.name.lower()]
        )

    # literals

    def _literal(self, node: Any) -> Typed:
        if node.is_string:
            return text_literal(node.this)
        text = node.this
        if re.fullmatch(r"\d+", text):
            return integer_literal(text, self.at(node.parent or node))
        if "e" in text.lower():
            return Typed(f"CAST('{float(text)!r}' AS DOUBLE)", types.DOUBLE)
        return decimal_literal(text)

    def _parameter(self, node: Any) -> Typed:
        raise failure("INVALID_PARAMETER_USAGE", "Incorrect number of parameters: a '?' has no value")

    def _typed_literal(self, node: Any) -> Typed:
        value, to = node.expressions
        return typed_literal(value.this, self._type(to).name, self.at(node))

    def _interval(self, node: Any) -> Typed:
        return interval(node, self.at(node))

    def _hex(self, node: Any) -> Typed:
        digits = node.this.replace(" ", "")
        if not re.fullmatch(r"(?:[0-9a-fA-F]{2})*", digits):
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: Binary literal can only contain hexadecimal digits")
        return Typed(f"unhex('{digits}')", VARBINARY)

    def _unicode(self, node: Any) -> Typed:
        escape = node.args.get("escape")
        mark = re.escape(escape.name if escape else "\\")
        text = re.sub(
            rf"{mark}(?:\+([0-9a-fA-F]{{6}})|([0-9a-fA-F]{{4}}))",
            lambda found: chr(int(found[1] or found[2], 16)),
            node.this,
        )
        return text_literal(text)

    def _current(self, node: Any) -> Typed:
        match node:
            case exp.CurrentDate():
                return Typed("CAST(timezone('UTC', now()) AS DATE)", DATE)
            case exp.CurrentTimestamp():
                return Typed("date_trunc('milliseconds', now())", types.zoned())
            case exp.Localtimestamp():
                return Typed("date_trunc('milliseconds', timezone('UTC', now()))", types.TIMESTAMP)
            case exp.Localtime():
                return Typed("CAST(date_trunc('milliseconds', timezone('UTC', now())) AS TIME)", types.TIME)
            case exp.CurrentUser() | exp.CurrentCatalog() | exp.CurrentSchema():
                return text_literal(self.queries.session(type(node).__name__), bounded=False)
            case _:
                raise unsupported(f"{self.at(node)}: CURRENT_TIME")

    # operators

    def _paren(self, node: Any) -> Typed:
        return self.typed(node.this)

    def _arithmetic(self, node: Any) -> Typed:
        left, right = self.typed(node.this), self.typed(node.expression)
        return arithmetic(_SYMBOLS[type(node)], left, right, self.at(node), self.queries.wide)

    def _negated(self, node: Any) -> Typed:
        if isinstance(node.this, exp.Literal) and not node.this.is_string and re.fullmatch(r"\d+", node.this.this):
            return integer_literal("-" + node.this.this, self.at(node))
        value = self.typed(node.this)
        if value.type.name not in NUMERIC and not value.type.name.startswith("interval"):
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: Cannot negate {value.type}")
        return Typed(f"(- {value.sql})", value.type)

    def _comparison(self, node: Any) -> Typed:
        symbol = _SYMBOLS[type(node)]
        if isinstance(node.expression, exp.Any | exp.All):
            return self._quantified(node, symbol)
        return compare(symbol, self.typed(node.this), self.typed(node.expression), self.at(node))

    def _quantified(self, node: Any, symbol: str) -> Typed:
        inner = node.expression.this
        if not isinstance(inner, exp.Query):
            raise unsupported(f"{self.at(node)}: A quantified comparison with anything but a query")
        value, found = self.typed(node.this), self._single(inner)
        wide = common(value.type, found.fields[0].type)
        if wide is None:
            raise failure(
                "TYPE_MISMATCH", f"{self.at(node)}: Cannot apply operator: {value.type} {symbol} {found.fields[0].type}"
            )
        word = "ALL" if isinstance(node.expression, exp.All) else "ANY"
        return Typed(f"({coerce(value, wide)} {symbol} {word} {self._column_of(found, wide)})", BOOLEAN)

    def _column_of(self, query: Query, wanted: Type) -> str:
        only = query.fields[0]
        if same(only.type, wanted):
            return f"({query.sql})"
        return f"(SELECT {coerce(Typed(only.sql, only.type), wanted)} FROM ({query.sql}) AS q)"

    def _single(self, node: Any) -> Query:
        found = self.queries.query(node, self.scope)
        if len(found.fields) != 1:
            raise failure(
                "SYNTAX_ERROR",
                f"{self.at(node)}: Multiple columns returned by subquery are not yet supported. Found "
                f"{len(found.fields)}",
            )
        return found

    def _distinct_from(self, node: Any) -> Typed:
        left, right = self.typed(node.this), self.typed(node.expression)
        (one, other), _ = unify([left, right], self.at(node), "Cannot apply operator: IS DISTINCT FROM")
        word = "IS DISTINCT FROM" if isinstance(node, exp.NullSafeNEQ) else "IS NOT DISTINCT FROM"
        return Typed(f"({one} {word} {other})", BOOLEAN)

    def _logical(self, node: Any) -> Typed:
        word = "AND" if isinstance(node, exp.And) else "OR"
        terms = [self.boolean(each, "Logical expression term") for each in node.flatten()]
        return Typed("(" + f" {word} ".join(terms) + ")", BOOLEAN)

    def _not(self, node: Any) -> Typed:
        return Typed(f"(NOT {self.boolean(node.this, 'Value of logical NOT expression')})", BOOLEAN)

    def _is(self, node: Any) -> Typed:
        if not isinstance(node.expression, exp.Null):
            raise unsupported(f"{self.at(node)}: IS with anything but NULL")
        return Typed(f"({self.typed(node.this).sql} IS {'NOT ' if node.args.get('negate') else ''}NULL)", BOOLEAN)

    def _between(self, node: Any) -> Typed:
        value = self.typed(node.this)
        low = compare(">=", value, self.typed(node.args["low"]), self.at(node))
        high = compare("<=", value, self.typed(node.args["high"]), self.at(node))
        return Typed(f"({low.sql} AND {high.sql})", BOOLEAN)

    def _in(self, node: Any) -> Typed:
        if node.args.get("unnest") or node.args.get("field"):
            raise unsupported(f"{self.at(node)}: IN UNNEST")
        if query := node.args.get("query"):
            return self._in_query(node, query.this if isinstance(query, exp.Subquery) else query)
        values = [self.typed(each) for each in [node.this, *node.expressions]]
        texts, _ = unify(values, self.at(node), "IN value and list items must be the same type")
        return Typed(f"({texts[0]} IN ({', '.join(texts[1:])}))", BOOLEAN)

    def _in_query(self, node: Any, query: Any) -> Typed:
        value, found = self.typed(node.this), self.queries.query(query, self.scope)
        if value.type.name == "row" and len(found.fields) == len(value.type.args) > 1:
            pairs = zip(types.row_fields(value.type), found.fields, strict=True)
            row = ", ".join(f"{quoted(name)} := {coerce(Typed(f.sql, f.type), of)}" for (name, of), f in pairs)
            return Typed(f"({value.sql} IN (SELECT struct_pack({row}) FROM ({found.sql}) AS q))", BOOLEAN)
        if len(found.fields) != 1:
            raise failure(
                "SYNTAX_ERROR",
                f"{self.at(node)}: Multiple columns returned by subquery are not yet supported. Found "
                f"{len(found.fields)}",
            )
        wide = common(value.type, found.fields[0].type)
        if wide is None:
            raise failure(
                "TYPE_MISMATCH",
                f"{self.at(node)}: value and result of subquery must be of the same type for IN "
                f"expression: {value.type} vs {found.fields[0].type}",
            )
        return Typed(f"({coerce(value, wide)} IN {self._column_of(found, wide)})", BOOLEAN)

    def _exists(self, node: Any) -> Typed:
        return Typed(f"EXISTS ({self.queries.query(node.this, self.scope).sql})", BOOLEAN)

    def _scalar_query(self, node: Any) -> Typed:
        inner = node.this if isinstance(node, exp.Subquery) else node
        if isinstance(node, exp.Subquery) and any(node.args.get(each) for each in ("order", "limit", "offset")):
            inner = node
        found = self._single(inner)
        return Typed(f"({found.sql})", found.fields[0].type)

    def _like(self, node: Any, escape: str = "") -> Typed:
        value = self._text(node.this, "Left side of LIKE expression")
        pattern = self._text(node.expression, "Pattern for LIKE expression")
        word = "NOT LIKE" if node.args.get("negate") else "LIKE"
        return Typed(f"({value} {word} {pattern}{escape})", BOOLEAN)

    def _escaped(self, node: Any) -> Typed:
        if not isinstance(node.this, exp.Like):
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: mismatched input 'ESCAPE'")
        return self._like(node.this, f" ESCAPE {self._text(node.expression, 'Escape')}")

    def _text(self, node: Any, what: str) -> str:
        value = self.typed(node)
        if value.type.name not in TEXTS and value.type != UNKNOWN:
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: {what} must evaluate to a varchar (actual: {value.type})")
        return coerce(value, VARCHAR)

    def _concat(self, node: Any) -> Typed:
        return self.concat(node, [self.typed(each) for each in node.flatten()])

    def concat(self, node: Any, values: list[Typed]) -> Typed:
        """`a || b`: texts, arrays, binaries; an element joins an array."""
        kinds = {each.type.name for each in values} - {"unknown"}
        if "array" in kinds:
            return self._concat_arrays(node, values)
        if kinds <= TEXTS:
            lengths = [each.type.args[0] if each.type.name in TEXTS else 0 for each in values]
            length = None if None in lengths else sum(lengths)
            return Typed("(" + " || ".join(coerce(each, VARCHAR) for each in values) + ")", types.varchar(length))
        if kinds == {"varbinary"}:
            return Typed("(" + " || ".join(each.sql for each in values) + ")", VARBINARY)
        raise failure(
            "TYPE_MISMATCH",
            f"{self.at(node)}: Unexpected parameters ({', '.join(str(v.type) for v in values)}) for function concat",
        )

    def _concat_arrays(self, node: Any, values: list[Typed]) -> Typed:
        wide: Type = UNKNOWN
        for each in values:
            found = common(wide, each.type.args[0] if each.type.name == "array" else each.type)
            if found is None:
                raise failure("TYPE_MISMATCH", f"{self.at(node)}: Unexpected parameters for function concat")
            wide = found
        parts = [
            coerce(v, array(wide)) if v.type.name in ("array", "unknown") else f"[{coerce(v, wide)}]" for v in values
        ]
        return Typed("(" + " || ".join(parts) + ")", array(wide))

    # conditionals, constructors, subscripts

    def _case(self, node: Any) -> Typed:
        values = [self.typed(each.args["true"]) for each in node.args["ifs"]]
        default = node.args.get("default")
        texts, of = unify(
            [*values, self.typed(default) if default else Typed("NULL", UNKNOWN)],
            self.at(node),
            "All CASE results must be the same type",
        )
        arms = [
            f"WHEN {self._when(node, each)} THEN {text}" for each, text in zip(node.args["ifs"], texts, strict=False)
        ]
        return Typed(f"CASE {' '.join(arms)} ELSE {texts[-1]} END", of)

    def _when(self, node: Any, arm: Any) -> str:
        if node.this is None:
            return self.boolean(arm.this, "CASE WHEN clause")
        return compare("=", self.typed(node.this), self.typed(arm.this), self.at(arm)).sql

    def _if(self, node: Any) -> Typed:
        no = node.args.get("false")
        values = [self.typed(node.args["true"]), self.typed(no) if no else Typed("NULL", UNKNOWN)]
        (yes, other), of = unify(values, self.at(node), "Result types for IF must be the same")
        return Typed(f"CASE WHEN {self.boolean(node.this, 'IF condition')} THEN {yes} ELSE {other} END", of)

    def _array(self, node: Any) -> Typed:
        texts, of = unify(
            [self.typed(each) for each in node.expressions], self.at(node), "All ARRAY elements must be the same type"
        )
        return Typed(
            f"CAST([{', '.join(texts)}] AS {types.duckdb_type(array(of))})"
            if of == UNKNOWN or not texts
            else f"[{', '.join(texts)}]",
            array(of),
        )

    def _tuple(self, node: Any) -> Typed:
        return self.row([self.typed(each) for each in node.expressions])

    def row(self, values: list[Typed]) -> Typed:
        """ROW(a, b): a row whose fields have no names."""
        of = Type("row", tuple((None, each.type) for each in values))
        parts = [f"{quoted(name)} := {each.sql}" for (name, _), each in zip(types.row_fields(of), values, strict=True)]
        return Typed(f"struct_pack({', '.join(parts)})", of)

    def _bracket(self, node: Any) -> Typed:
        value, index = self.typed(node.this), self.typed(node.expressions[0])
        match value.type.name:
            case "array" if index.type.name in INTEGERS:
                return Typed(self.tried(f"athena_item({value.sql}, {coerce(index, BIGINT)})"), value.type.args[0])
            case "map" if common(index.type, value.type.args[0]) is not None:
                return Typed(
                    self.tried(f"athena_value({value.sql}, {coerce(index, value.type.args[0])})"), value.type.args[1]
                )
            case "row" if isinstance(node.expressions[0], exp.Literal) and index.type.name in INTEGERS:
                return self._ordinal_field(node, value, int(node.expressions[0].this))
            case _:
                raise failure(
                    "TYPE_MISMATCH", f"{self.at(node)}: Cannot use {index.type} for subscript of {value.type}"
                )

    def _ordinal_field(self, node: Any, value: Typed, index: int) -> Typed:
        fields = types.row_fields(value.type)
        if not 1 <= index <= len(fields):
            raise failure("INVALID_FUNCTION_ARGUMENT", f"{self.at(node)}: ROW index out of bounds: {index}")
        return Typed(f"({value.sql}).{quoted(fields[index - 1][0])}", fields[index - 1][1])

    def tried(self, sql: str) -> str:
        """Inside TRY, macros that raise give NULL instead (their twins' names start with try_)."""
        return re.sub(r"(?<![\w\"])athena_(\w+)\(", r"try_athena_\1(", sql) if self.trying else sql

    # casts and zones

    def _type(self, node: Any) -> Type:
        return data_type(node, self.at(node))

    def _cast(self, node: Any) -> Typed:
        value, target = self.typed(node.this), self._type(node.args["to"])
        if node.args.get("format"):
            raise unsupported(f"{self.at(node)}: CAST with a format")
        if not castable(value.type, target):
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: Cannot cast {value.type} to {target}")
        if target.name == ZONED and value.type.name == ZONED:
            return Typed(value.sql, Type(ZONED, (target.args[0], value.type.args[1])))
        sql = cast(value, target)
        if isinstance(node, exp.TryCast):
            return Typed(f"TRY({_quietly(sql)})" if sql != value.sql else sql, target)
        return Typed(self.tried(sql), target)

    def _at_time_zone(self, node: Any) -> Typed:
        value, zone = self.typed(node.this), node.args["zone"]
        if not isinstance(zone, exp.Literal) or not zone.is_string:
            raise unsupported(f"{self.at(node)}: AT TIME ZONE with a zone that is not a literal")
        if value.type.name == "timestamp":
            value = Typed(cast(value, types.zoned()), types.zoned(digits=value.type.args[0]))
        if value.type.name != ZONED:
            raise failure(
                "TYPE_MISMATCH",
                f"{self.at(node)}: Type of value must be a time or timestamp with or without time "
                f"zone (actual {value.type})",
            )
        return Typed(value.sql, types.zoned(zone.this, value.type.args[0]))

    # calls: see rewrite_calls.py

    def _call(self, node: Any) -> Typed:
        from mesh_core.localaws.athena.rewrite_calls import call

        return call(self, node)

    def _special(self, node: Any) -> Typed:
        from mesh_core.localaws.athena.rewrite_calls import special

        return special(self, node)


def _quietly(sql: str) -> str:
    return re.sub(r"(?<![\w\"])athena_(\w+)\(", r"try_athena_\1(", sql)


def unknown_column(where: str, name: str) -> Exception:
    """Athena's text for a column that is not there, or not for this caller: the two are not told apart."""
    return failure(
        "COLUMN_NOT_FOUND",
        f"{where}: Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
    )


def data_type(node: Any, where: str) -> Type:
    """The type that a parsed type names."""
    from mesh_core.localaws.athena.guard import Dialect

    text = node.sql(dialect=Dialect)
    try:
        return parse_type(text)
    except types.UnknownTypeError as error:
        raise failure("TYPE_NOT_FOUND", f"{where}: Unknown type: {text}") from error


_SYMBOLS: dict[type, str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip

_HANDLERS: dict[type, Callable[[Expressions, Any], Typed]] = {
    exp.Column: Expressions._column,
    exp.Identifier: Expressions._identifier,
    exp.Dot: Expressions._dot,
    exp.Literal: Expressions._literal,
    exp.Null: lambda _self, _node: Typed("NULL", UNKNOWN),
    exp.Boolean: lambda _, node: Typed("true" if node.this else "false", BOOLEAN),
    exp.Placeholder: Expressions._parameter,
    exp.HexString: Expressions._hex,
    exp.UnicodeString: Expressions._unicode,
    exp.Interval: Expressions._interval,
    exp.Paren: Expressions._paren,
    exp.Alias: lambda self, node: self.typed(node.this),
    exp.Neg: Expressions._negated,
    exp.NullSafeEQ: Expressions._distinct_from,
    exp.NullSafeNEQ: Expressions._distinct_from,
    exp.And: Expressions._logical,
    exp.Or: Expressions._logical,
    exp.Not: Expressions._not,
    exp.Is: Expressions._is,
    exp.Between: Expressions._between,
    exp.In: Expressions._in,
    exp.Exists: Expressions._exists,
    exp.Subquery: Expressions._scalar_query,
    exp.Select: Expressions._scalar_query,
    exp.Like: Expressions._like,
    exp.Escape: Expressions._escaped,
    exp.DPipe: Expressions._concat,
    exp.Case: Expressions._case,
    exp.If: Expressions._if,
    exp.Array: Expressions._array,
    exp.Tuple: Expressions._tuple,
    exp.Bracket: Expressions._bracket,
    exp.Cast: Expressions._cast,
    exp.TryCast: Expressions._cast,
    exp.AtTimeZone: Expressions._at_time_zone,
    exp.Anonymous: lambda self, node: self._typed_literal(node) if node.this == LITERAL else self._call(node),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), Expressions._arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), Expressions._comparison),
    **dict.fromkeys(
        (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp, exp.CurrentUser,
         exp.CurrentCatalog, exp.CurrentSchema),
        Expressions._current,
    ),
    **dict.fromkeys(
        (
            exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup, exp.GroupConcat, exp.Extract,
            exp.Trim, exp.Substring, exp.StrPosition, exp.Normalize, exp.JSONValue, exp.JSONExtract,
        ),
        Expressions._special,
    ),
}  # fmt: skip
