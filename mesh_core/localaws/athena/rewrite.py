"""Expressions: Trino's tree -> DuckDB's text with Trino's meaning, and the type of each.

A node without a handler here does not exist for DuckDB: it is refused by name. `Expressions` knows one scope at a time;
the queries inside an expression go back to the compiler that made it (`queries`).
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, position, unsupported
from mesh_core.localaws.athena.rewrite_casts import coerce, unify
from mesh_core.localaws.athena.rewrite_compare import compare
from mesh_core.localaws.athena.rewrite_literals import (
    decimal_literal,
    integer_literal,
    interval,
    text_literal,
    typed_literal,
)
from mesh_core.localaws.athena.rewrite_names import SYMBOLS, data_type, unknown_column
from mesh_core.localaws.athena.rewrite_operators import arithmetic, negated
from mesh_core.localaws.athena.rewrite_texts import text_of
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
    Type,
    array,
    common,
    quoted,
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

    def typed(self, node: Any) -> Typed:
        """Compile one expression. QueryFailure with Athena's text for whatever Athena refuses."""
        from mesh_core.localaws.athena.rewrite_handlers import HANDLERS

        handler = HANDLERS.get(type(node))
        if handler is None:
            raise unsupported(f"{self.at(node)}: {type(node).__name__}")
        frame = self.scope.frame
        if frame.grouped and (known := frame.grouped.get(node)) is not None:
            return known
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
            # Trino words it in two ways
            inside = what.startswith(("Logical", "Value of logical", "CASE WHEN"))
            actual = f" (actual: {value.type})" if inside else f": actual type {value.type}"
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: {what} must evaluate to a boolean{actual}")
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
                if len(found) > 1 and (found[0] in scope.outputs or len({each.sql for each in found}) > 1):
                    raise failure(
                        "AMBIGUOUS_NAME", f"{self.at(node)}: Column '{'.'.join(parts[:length])}' is ambiguous"
                    )
                if found:
                    if scope.closed and scope is not self.scope:
                        what = f"Reference to column '{'.'.join(parts)}' from outer scope not allowed in this context"
                        raise failure("NOT_SUPPORTED", f"{self.at(node)}: {what}")
                    if scope.frame.in_aggregate and found[0] in scope.outputs:
                        what = "Invalid reference to output projection attribute from ORDER BY aggregation"
                        raise failure("COLUMN_NOT_FOUND", f"{self.at(node)}: {what}")
                    if scope is not self.scope:
                        self.scope.outer.append(node)
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
        keys, loose = self.scope.frame.keys, self.scope.frame.loose
        for name in names:
            value = self.field(node, value, name)
            if keys and value.sql in keys and loose and loose[-1][1] is node:
                loose.pop()  # GROUP BY r.a, and here r.a.b
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
        return decimal_literal(text, self.at(node.parent or node))

    def _parameter(self, node: Any) -> Typed:
        raise failure("INVALID_PARAMETER_USAGE", "Incorrect number of parameters: a '?' has no value")

    def _typed_literal(self, node: Any) -> Typed:
        value, to = node.expressions
        return typed_literal(value.this, data_type(to, self.at(node)).name, self.at(node))

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
        return arithmetic(SYMBOLS[type(node)], left, right, self.at(node), self.queries.wide)

    def _negated(self, node: Any) -> Typed:
        if isinstance(node.this, exp.Literal) and not node.this.is_string and re.fullmatch(r"\d+", node.this.this):
            return integer_literal("-" + node.this.this, self.at(node))
        value = self.typed(node.this)
        if value.type.name not in NUMERIC and not value.type.name.startswith("interval"):
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: Cannot negate {value.type}")
        return Typed(negated(value), value.type)

    def _concat(self, node: Any) -> Typed:
        return self.concat(node, [self.typed(each) for each in node.flatten()])

    def concat(self, node: Any, values: list[Typed]) -> Typed:
        """`a || b`: texts, arrays, binaries; an element joins an array."""
        kinds = {each.type.name for each in values} - {"unknown"}
        if "array" in kinds:
            return self._concat_arrays(node, values)
        if kinds <= TEXTS:
            return texts(values)
        if kinds == {"varbinary"}:
            return Typed("(" + " || ".join(each.sql for each in values) + ")", VARBINARY)
        raise failure(
            "TYPE_MISMATCH",
            f"{self.at(node)}: Unexpected parameters ({', '.join(str(v.type) for v in values)}) for function concat",
        )

    def _concat_arrays(self, node: Any, values: list[Typed]) -> Typed:
        depth = max(array_depth(each.type) for each in values)
        whole = [array_depth(each.type) == depth or each.type == UNKNOWN for each in values]
        wide: Type = UNKNOWN
        for each, joins in zip(values, whole, strict=True):
            found = common(wide, each.type.args[0] if joins and each.type != UNKNOWN else each.type)
            if found is None:
                raise failure("TYPE_MISMATCH", f"{self.at(node)}: Unexpected parameters for function concat")
            wide = found
        parts = [
            coerce(v, array(wide)) if joins else f"athena_single({coerce(v, wide)})"
            for v, joins in zip(values, whole, strict=True)
        ]
        joined = parts[0]
        for part in parts[1:]:
            joined = f"athena_joined({joined}, {part})"
        return Typed(joined, array(wide))

    # conditionals, constructors, subscripts

    def _case(self, node: Any) -> Typed:
        values = [self.typed(each.args["true"]) for each in node.args["ifs"]]
        default = node.args.get("default")
        texts, of = unify(
            [*values, self.typed(default) if default else Typed("NULL", UNKNOWN)],
            [self.at(each) for each in [*(arm.args["true"] for arm in node.args["ifs"]), default or node]],
            "All CASE results must be the same type",
        )
        arms = [
            f"WHEN {self._when(node, each)} THEN {text}" for each, text in zip(node.args["ifs"], texts, strict=False)
        ]
        return Typed(f"CASE {' '.join(arms)} ELSE {texts[-1]} END", of)

    def _when(self, node: Any, arm: Any) -> str:
        if node.this is None:
            return self.boolean(arm.this, "CASE WHEN clause")
        operand, value = self.typed(node.this), self.typed(arm.this)
        if common(operand.type, value.type) is None:
            what = f"CASE operand type does not match WHEN clause operand type: {operand.type} vs {value.type}"
            raise failure("TYPE_MISMATCH", f"{self.at(arm.this)}: {what}")
        return compare("=", operand, value, self.at(arm)).sql

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
                return Typed(f"athena_item({value.sql}, {coerce(index, BIGINT)})", value.type.args[0])
            case "map" if common(index.type, value.type.args[0]) is not None:
                return Typed(f"athena_value({value.sql}, {coerce(index, value.type.args[0])})", value.type.args[1])
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

    # calls: see rewrite_calls.py

    def _call(self, node: Any) -> Typed:
        from mesh_core.localaws.athena.rewrite_calls import call

        return call(self, node)

    def _special(self, node: Any) -> Typed:
        from mesh_core.localaws.athena.rewrite_calls import special

        return special(self, node)


def texts(values: list[Typed]) -> Typed:
    """Texts joined: a varchar; of chars only, a char as long as all of them."""
    lengths = [each.type.args[0] if each.type.name in TEXTS else 0 for each in values]
    if any(each.type.name == "char" for each in values) and None not in lengths:
        whole = Type("char", (min(types.LONGEST_CHAR, sum(lengths)),))
        parts = [text_of(each.sql, each.type) for each in values]
        return Typed(f"rtrim({' || '.join(parts)}, ' ')", whole)
    return Typed("(" + " || ".join(coerce(each, VARCHAR) for each in values) + ")", VARCHAR)


def array_depth(of: Type) -> int:
    """How many arrays stand around the innermost elements."""
    return 1 + array_depth(of.args[0]) if of.name == "array" else 0


_COLUMN = re.compile(r"\"\w+\"\.|\"l\d+\"")


def caught(sql: str) -> str:
    """NULL where an expression fails. Its macros become their twins, whose errors TRY takes."""
    inner = re.sub(r"(?<![\w\"])athena_(\w+)\(", r"try_athena_\1(", sql)
    if _COLUMN.search(inner):
        return f"TRY({inner})"
    # constants are calculated while DuckDB still reads the statement, where TRY does not look; lambdas never are
    return f"TRY(list_transform([0], lambda athena_once: {inner})[1])"
