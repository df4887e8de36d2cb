"""The self-serve templates of the wizard: YAML files that say which steps to take and what is filled in at first.

A platform team adds one by putting a file into a folder; nothing else knows their names. A file that can't be used is
an error with its name and line, never a template that is silently missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from mesh_core.errors import NotFoundError, TemplateInvalidError

FOLDER = Path(__file__).resolve().parent.parent / "templates"
Step = Literal["basics", "upload", "location", "query", "schema", "governance", "plan"]
# Where the data comes from: the step that makes one template differ from another.
SOURCES: tuple[Step, ...] = ("upload", "location", "query")
DEFAULTS = ("domain", "owner", "status", "version", "sensitivity", "pii", "purpose", "usage", "limitations")
_REQUIRED: Mapping[str, type] = {"name": str, "title": str, "description": str, "icon": str, "steps": list}
_OPTIONAL: Mapping[str, type] = {"order": int, "defaults": dict}


@dataclass(frozen=True)
class Template:
    """`icon` is a Streamlit icon (`:material/name:` or an emoji); `defaults` are a draft's first values, all text."""

    name: str
    title: str
    description: str
    icon: str
    steps: tuple[Step, ...]
    defaults: Mapping[str, str]
    order: int = 100

    @property
    def source(self) -> Step:
        """The step in which the data is chosen: upload, location or query."""
        return next(step for step in self.steps if step in SOURCES)


def load_templates(folder: Path = FOLDER) -> tuple[Template, ...]:
    """All templates of `folder`, by their order; TemplateInvalidError names file and line of the first fault."""
    found: dict[str, Path] = {}
    templates = []
    for path in sorted(folder.glob("*.yaml")):
        template = load_template(path)
        if template.name in found:
            raise invalid_template(path, 1, f"the name '{template.name}' is taken by {found[template.name].name}")
        found[template.name] = path
        templates.append(template)
    return tuple(sorted(templates, key=lambda one: (one.order, one.name)))


def template_named(name: str, folder: Path = FOLDER) -> Template:
    """The template of that name; NotFoundError lists those that there are."""
    templates = load_templates(folder)
    for template in templates:
        if template.name == name:
            return template
    known = ", ".join(one.name for one in templates)
    raise NotFoundError(f"There is no template '{name}' in {folder}. Nothing was created. Choose one of: {known}.")


def load_template(path: Path) -> Template:
    """The template in one file; TemplateInvalidError with file and line."""
    values, lines = read_fields(path)
    _check_keys(path, values, lines)
    _check_types(path, values, lines)
    _check_steps(path, values["steps"], lines["steps"])
    _check_defaults(path, values.get("defaults", {}), lines.get("defaults", 1))
    return Template(
        name=values["name"],
        title=values["title"],
        description=values["description"].strip(),
        icon=values["icon"],
        steps=tuple(values["steps"]),
        defaults=dict(values.get("defaults", {})),
        order=values.get("order", 100),
    )


def read_fields(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The file's fields, and the line (from 1) on which each stands."""
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise invalid_template(path, 1, "it is not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise invalid_template(
            path, mark.line + 1 if mark else 1, f"it is not YAML: {getattr(error, 'problem', error)}"
        ) from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(values, dict):
        raise invalid_template(path, 1, "fields such as 'title: ...' are needed")
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if key.value in lines:
            raise invalid_template(path, key.start_mark.line + 1, f"'{key.value}' stands there twice")
        lines[key.value] = key.start_mark.line + 1
    return {str(key): value for key, value in values.items()}, lines


def _check_keys(path: Path, values: Mapping[str, Any], lines: Mapping[str, int]) -> None:
    known = {**_REQUIRED, **_OPTIONAL}
    for key in values:
        if key not in known:
            raise invalid_template(
                path, lines[key], f"'{key}' is no field of a template; these are: {', '.join(known)}"
            )
    for key in _REQUIRED:
        if key not in values:
            raise invalid_template(path, 1, f"the field '{key}' is missing")


def _check_types(path: Path, values: Mapping[str, Any], lines: Mapping[str, int]) -> None:
    words = {str: "text", list: "a list", int: "a whole number", dict: "fields of its own"}
    for key, kind in {**_REQUIRED, **_OPTIONAL}.items():
        if key in values and (not isinstance(values[key], kind) or isinstance(values[key], bool)):
            raise invalid_template(path, lines[key], f"'{key}' must be {words[kind]}")
        if kind is str and not values[key].strip():
            raise invalid_template(path, lines[key], f"'{key}' is empty")


def _check_steps(path: Path, steps: list[Any], line: int) -> None:
    known = get_args(Step)
    for step in steps:
        if step not in known:
            raise invalid_template(path, line, f"'{step}' is no step; these are: {', '.join(known)}")
    if len(set(steps)) != len(steps):
        raise invalid_template(path, line, "a step stands there twice")
    if steps[:1] != ["basics"] or steps[-1:] != ["plan"]:
        raise invalid_template(path, line, "the steps must begin with 'basics' and end with 'plan'")
    if sum(step in SOURCES for step in steps) != 1:
        raise invalid_template(path, line, f"exactly one of the steps must be one of: {', '.join(SOURCES)}")


def _check_defaults(path: Path, defaults: Mapping[Any, Any], line: int) -> None:
    for key, value in defaults.items():
        if key not in DEFAULTS:
            raise invalid_template(path, line, f"'{key}' has no default; these have: {', '.join(DEFAULTS)}")
        if not isinstance(value, str):
            raise invalid_template(path, line, f"the default of '{key}' must be text: put it in quotes")


def invalid_template(path: Path, line: int, reason: str) -> TemplateInvalidError:
    """The error of a template that can't be used, with its line."""
    return TemplateInvalidError(
        f"The template {path.name} can't be used, line {line}: {reason}. Nothing was created. Correct {path}."
    )
