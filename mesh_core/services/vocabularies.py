"""The templates of vocabularies that ship, read from YAML: a platform team adds one by adding a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mesh_core.domain.names import check_tag
from mesh_core.domain.vocabularies import ValueGuidance, VocabularyTemplate
from mesh_core.errors import InvalidNameError
from mesh_core.services.templates import invalid_template, read_fields

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "vocabularies"
OF_DOMAINS = "from-domains"
_TEXTS = ("title", "key", "description", "decides")
_KNOWN = (*_TEXTS, "values", "order")
_OF_VALUE = ("means", "use", "decides")


def load_vocabularies(folder: Path = FOLDER) -> tuple[VocabularyTemplate, ...]:
    """All templates of a folder, by their order. TemplateInvalidError names file and line of the first fault."""
    found: dict[str, str] = {}
    templates = []
    for path in sorted(folder.glob("*.yaml")):
        template = load_vocabulary(path)
        if template.key in found:
            raise invalid_template(path, 1, f"the key '{template.key}' is taken by {found[template.key]}")
        found[template.key] = path.name
        templates.append(template)
    return tuple(sorted(templates, key=lambda one: (one.order, one.name)))


@cache
def shipped_vocabularies() -> tuple[VocabularyTemplate, ...]:
    """Those of this version, read once a process."""
    return load_vocabularies()


def load_vocabulary(path: Path) -> VocabularyTemplate:
    """The template in one file; TemplateInvalidError with file and line."""
    fields, lines = read_fields(path)
    _check_fields(path, fields, lines)
    of_domains = fields["values"] == OF_DOMAINS
    values = () if of_domains else tuple(_value(path, lines["values"], *pair) for pair in fields["values"].items())
    return VocabularyTemplate(
        name=path.stem,
        title=fields["title"].strip(),
        key=_name(path, lines["key"], fields["key"]),
        description=fields["description"].strip(),
        decides=fields["decides"].strip(),
        values=values,
        of_domains=of_domains,
        order=fields.get("order", 100),
    )


def _check_fields(path: Path, fields: Mapping[str, Any], lines: Mapping[str, int]) -> None:
    for name in fields:
        if name not in _KNOWN:
            raise invalid_template(path, lines[name], f"'{name}' is no field; these are: {', '.join(_KNOWN)}")
    for name in (*_TEXTS, "values"):
        if name not in fields:
            raise invalid_template(path, 1, f"the field '{name}' is missing")
    for name in _TEXTS:
        if not isinstance(fields[name], str) or not fields[name].strip():
            raise invalid_template(path, lines[name], f"'{name}' must be text")
    if fields["values"] != OF_DOMAINS and not (isinstance(fields["values"], dict) and fields["values"]):
        raise invalid_template(path, lines["values"], f"'values' must name the values, or be {OF_DOMAINS}")
    if not isinstance(fields.get("order", 100), int):
        raise invalid_template(path, lines["order"], "'order' must be a whole number")


def _value(path: Path, line: int, value: Any, guidance: Any) -> ValueGuidance:
    if not isinstance(value, str):
        raise invalid_template(path, line, f"the value {value} must be text: put it in quotes")
    if not isinstance(guidance, dict) or any(not isinstance(guidance.get(part), str) for part in _OF_VALUE):
        raise invalid_template(path, line, f"the value {value} needs these as text: {', '.join(_OF_VALUE)}")
    return ValueGuidance(_name(path, line, value), *(guidance[part].strip() for part in _OF_VALUE))


def _name(path: Path, line: int, name: str) -> str:
    try:
        return check_tag(name)
    except InvalidNameError as error:
        rule = error.rule.rstrip(".")
        raise invalid_template(path, line, f"'{name}' can't be an LF-tag: {rule}") from error
