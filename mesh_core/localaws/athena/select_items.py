"""The items of a SELECT list, as they are written."""

from __future__ import annotations

from typing import Any

from sqlglot import exp


def is_star(node: Any) -> bool:
    """Whether an item is `*` or `t.*`."""
    return isinstance(node, exp.Star) or (
        isinstance(node, exp.Column | exp.Dot)
        and isinstance(node.parts[-1] if isinstance(node, exp.Column) else node.expression, exp.Star)
    )


def is_all(node: Any) -> bool:
    """Whether a LIMIT is ALL."""
    return (isinstance(node, exp.Var | exp.Column) and node.name.upper() == "ALL") or isinstance(node, exp.All)


def own_name(node: Any) -> str | None:
    """The name that an item has of itself, None for an expression."""
    match node:
        case exp.Column():
            return str(node.name).lower()
        case exp.Dot() if isinstance(node.expression, exp.Identifier):
            return str(node.expression.name).lower()
        case _:
            return None


def whole(node: Any) -> Any:
    """The condition or the key of GROUP BY in which an expression stands: Trino names its place."""
    while node.parent is not None and not isinstance(node.parent, exp.Where | exp.Join | exp.Group | exp.Select):
        node = node.parent
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def shown(node: Any) -> str:
    """An expression as Trino's messages write it: `(a + 1)`, `sum(x)`."""
    match node:
        case exp.Column():
            return ".".join(each.name for each in node.parts)
        case exp.Paren():
            return shown(node.this)
        case exp.Binary() if not isinstance(node, exp.Dot):
            return (
                f"({shown(node.this)} {_SIGNS.get(type(node), type(node).__name__.upper())} {shown(node.expression)})"
            )
        case exp.Anonymous():
            return f"{str(node.this).lower()}({', '.join(map(shown, node.expressions))})"
        case exp.Star():
            return "*"
        case _:
            return str(node.sql(dialect="trino"))


_SIGNS: dict[type, str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<",
    exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.And: "AND", exp.Or: "OR", exp.DPipe: "||",
}  # fmt: skip
