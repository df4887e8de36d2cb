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
