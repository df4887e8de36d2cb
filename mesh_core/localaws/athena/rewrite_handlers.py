"""Which node is rewritten by what: a node without an entry does not exist for DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import rewrite_conversions, rewrite_predicates
from mesh_core.localaws.athena.guard import LITERAL
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_zones import at_time_zone
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import (
    BOOLEAN,
    UNKNOWN,
)

HANDLERS: dict[type, Callable[[Expressions, Any], Typed]] = {
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
    exp.NullSafeEQ: rewrite_predicates.distinct_from,
    exp.NullSafeNEQ: rewrite_predicates.distinct_from,
    exp.And: rewrite_predicates.logical,
    exp.Or: rewrite_predicates.logical,
    exp.Not: rewrite_predicates.negation,
    exp.Is: rewrite_predicates.is_test,
    exp.Between: rewrite_predicates.between,
    exp.In: rewrite_predicates.in_test,
    exp.Exists: rewrite_predicates.exists,
    exp.Subquery: rewrite_predicates.scalar_query,
    exp.Select: rewrite_predicates.scalar_query,
    exp.Like: rewrite_predicates.like,
    exp.Escape: rewrite_predicates.escaped,
    exp.DPipe: Expressions._concat,
    exp.Case: Expressions._case,
    exp.If: Expressions._if,
    exp.Array: Expressions._array,
    exp.Tuple: Expressions._tuple,
    exp.Bracket: Expressions._bracket,
    exp.Cast: rewrite_conversions.cast_,
    exp.TryCast: rewrite_conversions.cast_,
    exp.AtTimeZone: at_time_zone,
    exp.Anonymous: lambda self, node: self._typed_literal(node) if node.this == LITERAL else self._call(node),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), Expressions._arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), rewrite_predicates.comparison),
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
