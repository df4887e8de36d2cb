"""YAML read by its nodes, so that every complaint names a line.

`fail(line, reason)` makes the error of whoever reads; lines count from 1.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml

from mesh_core.errors import MeshError

Fail = Callable[[int, str], MeshError]


def compose(text: str, fail: Fail) -> yaml.Node | None:
    """The document's root, None of an empty one."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise fail(mark.line + 1 if mark else 1, f"it is no YAML: {getattr(error, 'problem', error)}.") from error


def line_of(node: yaml.Node) -> int:
    """Where it begins."""
    return int(node.start_mark.line) + 1


def mapping(node: yaml.Node, what: str, fail: Fail) -> dict[str, yaml.Node]:
    """Its parts by name."""
    if not isinstance(node, yaml.MappingNode):
        raise fail(line_of(node), f"{what} is no mapping of names to values.")
    parts: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if str(key.value) in parts:
            raise fail(line_of(key), f"'{key.value}' stands there twice.")
        parts[str(key.value)] = value
    return parts


def strings(node: yaml.Node, what: str, fail: Fail) -> tuple[str, ...]:
    """A list of texts, or the one that stands for a list."""
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(scalar(one, what, fail) for one in nodes)


def scalar(node: yaml.Node, what: str, fail: Fail) -> str:
    """A text that isn't blank."""
    if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
        raise fail(line_of(node), f"{what} is no text.")
    return str(node.value).strip()


def days(node: yaml.Node | None, fail: Fail) -> int:
    """`max_days`, 0 where it is left out."""
    if node is None:
        return 0
    text = scalar(node, "`max_days`", fail)
    if not text.isdecimal() or int(text) < 1:
        raise fail(line_of(node), f"`max_days` is {text}, which is no number of days.")
    return int(text)
