"""YAML documents that people and the portal edit alike: read, changed in place, written the same way each time.

A document stays what it was but for the fields that the portal sets: unknown fields, their order and the order of lists
are kept; comments are not (YAML drops them). Equal documents have equal text, so a SHA-256 of the text tells versions
apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import yaml
from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError

from mesh_core.errors import ContractInvalidError

Document = dict[str, Any]
# A contract of a wide table has some 100 kB; more is a wrong file, or a bomb of YAML aliases.
MAX_CHARACTERS = 5_000_000


class _Loader(yaml.SafeLoader):
    """Safe, without dates (a contract's are text), aliases' expansion or repeated keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.get_mark().line + 1
            raise ContractInvalidError(f"line {line}", "YAML aliases (*name) are not read.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ContractInvalidError(f"line {key.start_mark.line + 1}", f"'{key.value}' stands there twice.")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, several lines of text as a block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_BREAKS = ("\x85", "\u2028", "\u2029")


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if any(mark in text for mark in _BREAKS):
        style = '"'  # a line break to YAML 1.1, which a plain scalar would give back as a space
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def load(text: str) -> Document:
    """The document; ContractInvalidError with the line when it is no YAML mapping."""
    if len(text) > MAX_CHARACTERS:
        raise ContractInvalidError("", f"it has {len(text):,} characters, at most {MAX_CHARACTERS:,} are read.")
    try:
        found = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ContractInvalidError(place, f"this is not YAML: {getattr(error, 'problem', error)}.") from error
    except RecursionError as error:
        raise ContractInvalidError("", "it is nested too deeply.") from error
    if not isinstance(found, dict):
        raise ContractInvalidError("", "a document with fields is needed.")
    return found


def dump(document: Mapping[str, Any]) -> str:
    """The text; the same for equal documents."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def sha256(text: str) -> str:
    """Of the UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def validate(document: Document, schema: Mapping[str, Any]) -> None:
    """ContractInvalidError for the first fault, by place in the document."""
    faults = sorted(Draft201909Validator(schema).iter_errors(document), key=lambda e: [str(p) for p in e.absolute_path])
    if faults:
        fault = _innermost(faults[0])
        raise ContractInvalidError(path_of(fault.absolute_path), _sentence(fault))


def path_of(parts: Any) -> str:
    """`schema[0].properties[2].name`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def put(document: MutableMapping[str, Any], key: str, value: Any) -> None:
    """Sets `key`, or removes it when `value` is empty (None, "", (), {})."""
    if value is None or value == "" or value == [] or value == () or value == {}:
        document.pop(key, None)
    else:
        document[key] = value


def named(items: Any, name: str, field: str = "name") -> Document:
    """A copy of the entry of a list of mappings whose `field` is `name`, else a new one."""
    for item in items or ():
        if isinstance(item, dict) and item.get(field) == name:
            return dict(item)
    return {field: name}


def custom_properties(document: Mapping[str, Any]) -> dict[str, Any]:
    """`customProperties` as a mapping."""
    return {one["property"]: one["value"] for one in document.get("customProperties") or ()}


def put_custom_properties(document: Document, values: Mapping[str, Any]) -> None:
    """Sets these custom properties and keeps the others."""
    kept = [one for one in document.get("customProperties") or () if one["property"] not in values]
    mine = [
        {**named(document.get("customProperties"), key, "property"), "value": values[key]} for key in sorted(values)
    ]
    put(document, "customProperties", [*kept, *mine])


def ordered(document: Document, order: Callable[[str], int]) -> Document:
    """The same with its keys in the standard's order, unknown ones last as they came."""
    return {key: document[key] for key in sorted(document, key=order)}


def _innermost(fault: ValidationError) -> ValidationError:
    """Of a failed choice, the fault that lies deepest: what the writer most likely meant."""
    while fault.context:
        fault = max(fault.context, key=lambda e: len(e.absolute_path))
    return fault


def _sentence(fault: ValidationError) -> str:
    allowed: Any = fault.validator_value
    match fault.validator:
        case "required" | "additionalProperties" | "unevaluatedProperties":
            return f"{fault.message[:300]}."
        case "enum":
            return f"'{fault.instance}' is none of {', '.join(map(str, allowed))}."
        case "type":
            return f"{repr(fault.instance)[:80]} should be of type {allowed}."
        case _:
            return f"{fault.message[:300]}."
