"""Rules by which requests are approved without an owner's click, read from YAML.

    rules:
      - name: internal figures for a quarter
        domain: [sales, marketing]
        tags: {pii: ["false"], sensitivity: [public, internal]}
        purpose: [report, campaign]
        max_days: 90

Every part that a rule names must hold, for every column that is asked for; a rule needs `name` and `tags`. What no rule
matches waits for its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import yaml

from mesh_core.domain.requests import Part, Request
from mesh_core.domain.tags import effective_values
from mesh_core.domain.world import Target, World
from mesh_core.domain.yaml_lines import compose, days, line_of, mapping, scalar, strings
from mesh_core.errors import RulesError

FIELDS = ("name", "domain", "tags", "purpose", "max_days")


@dataclass(frozen=True)
class Rule:
    """What may be approved by itself. domains and words () and max_days 0 leave a part open; line counts from 1."""

    name: str
    tags: Mapping[str, tuple[str, ...]]
    domains: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    max_days: int = 0
    line: int = 1


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a document, () of an empty one. RulesError names the line."""
    root = compose(text, RulesError)
    if root is None:
        return ()
    parts = mapping(root, "a document", RulesError)
    unknown = next((key for key in parts if key != "rules"), None)
    if unknown is not None or "rules" not in parts:
        raise RulesError(
            line_of(root), f"a document has `rules` and nothing else{f', not {unknown}' if unknown else ''}."
        )
    if not isinstance(parts["rules"], yaml.SequenceNode):
        raise RulesError(line_of(parts["rules"]), "`rules` is no list. Begin each rule with `- name:`.")
    found = tuple(_rule(node) for node in parts["rules"].value)
    names: set[str] = set()
    for rule in found:
        if rule.name in names:
            raise RulesError(
                rule.line, f"there are two rules '{rule.name}'. The history names the rule: choose another."
            )
        names.add(rule.name)
    return found


def _rule(node: yaml.Node) -> Rule:
    parts = mapping(node, "a rule", RulesError)
    unknown = next((key for key in parts if key not in FIELDS), None)
    if unknown is not None:
        raise RulesError(line_of(parts[unknown]), f"a rule has no '{unknown}'; it has {', '.join(FIELDS)}.")
    for needed in ("name", "tags"):
        if needed not in parts:
            raise RulesError(line_of(node), f"a rule needs `{needed}`.")
    name = scalar(parts["name"], "`name`", RulesError)
    wanted = mapping(parts["tags"], "`tags`", RulesError)
    tags = {key: strings(value, f"`{key}`", RulesError) for key, value in wanted.items()}
    if not tags or not all(tags.values()):
        raise RulesError(line_of(parts["tags"]), "`tags` names no value: it would approve everything.")
    domains = strings(parts["domain"], "`domain`", RulesError) if "domain" in parts else ()
    words = strings(parts["purpose"], "`purpose`", RulesError) if "purpose" in parts else ()
    return Rule(name, tags, domains, words, days(parts.get("max_days"), RulesError), line_of(node))


def check_rules(world: World, rules: Iterable[Rule]) -> None:
    """RulesError for a rule that names a domain, an LF-tag or a value that doesn't exist: it could never match."""
    for rule in rules:
        for domain in rule.domains:
            if not world.has_database(domain):
                raise RulesError(rule.line, f"'{rule.name}' names the domain {domain}, which doesn't exist.")
        for key, values in rule.tags.items():
            gone = [value for value in values if value not in world.tags.get(key, ())]
            if gone:
                raise RulesError(rule.line, f"'{rule.name}' names {key}={gone[0]}, which no LF-tag has.")


def rule_for(world: World, rules: Iterable[Rule], request: Request, part: Part, today: date) -> Rule | None:
    """The first rule that approves a part, None where its owner is to decide."""
    database, _, table = part.table.partition(".")
    tagged = [effective_values(world, Target(database, table, column)) for column in part.columns]
    return next((rule for rule in rules if _matches(rule, request, part, tagged, today)), None)


def _matches(rule: Rule, request: Request, part: Part, tagged: list[dict[str, str]], today: date) -> bool:
    if rule.domains and part.owner not in rule.domains:
        return False
    if rule.words and not any(word.casefold() in request.purpose.casefold() for word in rule.words):
        return False
    if rule.max_days and not _ends_within(request, today, rule.max_days):
        return False
    return all(own.get(key) in values for own in tagged for key, values in rule.tags.items())


def _ends_within(request: Request, today: date, days: int) -> bool:
    return bool(request.until) and date.fromisoformat(request.until) <= today + timedelta(days=days)
