"""Policies: rules that every plan is held against, read from YAML and decided on a `World`.

    rules:
      - rule: personal-data
        never: [public]
        action: refuse
      - rule: retention
        max_days: 3650
        action: warn
        except: [sales.archive]

The mesh has one document, and each domain may have one of its own that **tightens** it: where both have a rule, the
stricter of each part holds. `action` says what happens to a plan that would break the rule: it is refused, or applied
with a warning. What breaks a rule already is listed and stops nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

import yaml

from mesh_core.domain.world import World
from mesh_core.domain.yaml_lines import compose, days, line_of, mapping, scalar, strings
from mesh_core.errors import PolicyFileError

Kind = Literal["owner-and-contact", "personal-data", "no-iam-allowed-principals", "retention", "classified"]
Action = Literal["refuse", "warn"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What each rule takes beside `rule`, `action`, `text` and `except`.
PARTS: Mapping[Kind, tuple[str, ...]] = {
    "owner-and-contact": (),
    "personal-data": ("never",),
    "no-iam-allowed-principals": (),
    "retention": ("max_days",),
    "classified": ("keys",),
}
TEXTS: Mapping[Kind, str] = {
    "owner-and-contact": "Every product has an owner and a contact.",
    "personal-data": "Personal columns are never {never}.",
    "no-iam-allowed-principals": "Nothing of the mesh is open to IAM_ALLOWED_PRINCIPALS.",
    "retention": "Every product says how long its rows are kept{at_most}.",
    "classified": "Every column has a value of {keys}.",
}
HELP = f"Rules are {', '.join(KINDS)}; each may say `action` (refuse or warn), `text` and `except` (tables)."


@dataclass(frozen=True)
class Rule:
    """One rule of one document. line counts from 1.

    never     values of the LF-tag `sensitivity` that a column with pii=true may not have
    keys      LF-tags that every column needs
    max_days  the longest retention allowed, 0 for any
    excepted  tables (`database.table`) that it doesn't hold for
    domain    whose document it is in, "" for the mesh's
    """

    kind: Kind
    action: Action = "refuse"
    said: str = ""
    never: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    max_days: int = 0
    excepted: tuple[str, ...] = ()
    line: int = field(default=1, compare=False)
    domain: str = ""

    @property
    def text(self) -> str:
        """The rule in a sentence: its own, or one made of its parts."""
        parts = {"never": " or ".join(self.never), "keys": " and ".join(self.keys)}
        at_most = f", at most {self.max_days:,} days" if self.max_days else ""
        return self.said or TEXTS[self.kind].format(**parts, at_most=at_most)


@dataclass(frozen=True)
class Policies:
    """The mesh's rules, and those of domains by name."""

    mesh: tuple[Rule, ...] = ()
    domains: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    def rules_for(self, domain: str) -> tuple[Rule, ...]:
        """What holds in a domain, in the order of KINDS."""
        own = {rule.kind: rule for rule in self.domains.get(domain, ())}
        common = {rule.kind: rule for rule in self.mesh}
        found = (_stricter(common.get(kind), own.get(kind)) for kind in KINDS)
        return tuple(rule for rule in found if rule is not None)


def _stricter(mesh: Rule | None, own: Rule | None) -> Rule | None:
    """Part by part the stricter of both."""
    if mesh is None or own is None:
        return mesh or own
    limits = [limit for limit in (mesh.max_days, own.max_days) if limit]
    return replace(
        own,
        action="refuse" if "refuse" in (mesh.action, own.action) else "warn",
        never=tuple(dict.fromkeys((*mesh.never, *own.never))),
        keys=tuple(dict.fromkeys((*mesh.keys, *own.keys))),
        max_days=min(limits, default=0),
        excepted=tuple(name for name in mesh.excepted if name in own.excepted),
    )


def read_policies(text: str, domain: str = "") -> tuple[Rule, ...]:
    """The rules of a document, () of an empty one. PolicyFileError names the line."""
    root = compose(text, PolicyFileError)
    if root is None:
        return ()
    parts = mapping(root, "a document", PolicyFileError)
    unknown = next((key for key in parts if key != "rules"), None)
    if unknown is not None or "rules" not in parts:
        has = f", not '{unknown}'" if unknown else ""
        raise PolicyFileError(line_of(root), f"a document has `rules` and nothing else{has}.")
    if parts["rules"].tag == "tag:yaml.org,2002:null":
        return ()
    if not isinstance(parts["rules"], yaml.SequenceNode):
        raise PolicyFileError(line_of(parts["rules"]), "`rules` is no list. Begin each rule with `- rule:`.")
    found = tuple(_rule(node, domain) for node in parts["rules"].value)
    first: dict[str, int] = {}
    for rule in found:
        if rule.kind in first:
            words = f"'{rule.kind}' stands in line {first[rule.kind]} already, and the two contradict or repeat."
            raise PolicyFileError(rule.line, f"{words} Keep one.")
        first[rule.kind] = rule.line
    return found


def _rule(node: yaml.Node, domain: str) -> Rule:
    parts = mapping(node, "a rule", PolicyFileError)
    if "rule" not in parts:
        raise PolicyFileError(line_of(node), f"a rule needs `rule`. {HELP}")
    kind = scalar(parts["rule"], "`rule`", PolicyFileError)
    if kind not in KINDS:
        raise PolicyFileError(line_of(parts["rule"]), f"there is no rule '{kind}'. {HELP}")
    found = Rule(kind, line=line_of(node), domain=domain)
    known = ("rule", "action", "text", "except", *PARTS[found.kind])
    for name, value in parts.items():
        if name not in known:
            raise PolicyFileError(line_of(value), f"the rule '{kind}' has no '{name}'; it has {', '.join(known)}.")
    action = scalar(parts["action"], "`action`", PolicyFileError) if "action" in parts else "refuse"
    if action not in get_args(Action):
        raise PolicyFileError(line_of(parts["action"]), f"`action` is {action}; it may be refuse or warn.")
    for needed in ("never", "keys"):
        if needed in PARTS[found.kind] and needed not in parts:
            raise PolicyFileError(line_of(node), f"the rule '{kind}' needs `{needed}`.")
    return replace(
        found,
        action=cast(Action, action),
        said=scalar(parts["text"], "`text`", PolicyFileError) if "text" in parts else "",
        never=_listed(parts, "never"),
        keys=_listed(parts, "keys"),
        max_days=days(parts.get("max_days"), PolicyFileError),
        excepted=_listed(parts, "except"),
    )


def _listed(parts: Mapping[str, yaml.Node], name: str) -> tuple[str, ...]:
    if name not in parts:
        return ()
    found = strings(parts[name], f"`{name}`", PolicyFileError)
    if not found:
        raise PolicyFileError(line_of(parts[name]), f"`{name}` names nothing.")
    return found


def check_policies(world: World, rules: Iterable[Rule], mesh: Iterable[Rule] = ()) -> None:
    """PolicyFileError for a rule that names what doesn't exist, or is looser than the mesh's rule of its kind.

    mesh   the mesh's rules, where `rules` are a domain's
    """
    common = {rule.kind: rule for rule in mesh}
    for rule in rules:
        for key in rule.keys:
            if key not in world.tags:
                raise PolicyFileError(rule.line, f"there is no LF-tag '{key}'; there are {', '.join(world.tags)}.")
        for value in rule.never:
            if value not in world.tags.get("sensitivity", ()):
                raise PolicyFileError(rule.line, f"the LF-tag sensitivity has no value '{value}'.")
        for name in rule.excepted:
            database, _, table = name.partition(".")
            if world.find_table(database, table) is None:
                raise PolicyFileError(rule.line, f"`except` names {name}, which doesn't exist.")
        looser = _looser(rule, common.get(rule.kind))
        if looser:
            raise PolicyFileError(rule.line, f"a domain may only tighten the mesh's rule: {looser}.")


def _looser(rule: Rule, mesh: Rule | None) -> str:
    """In what a domain's rule is looser than the mesh's, "" in nothing."""
    if mesh is None:
        return ""
    if (mesh.action, rule.action) == ("refuse", "warn"):
        return "the mesh refuses, this one would warn"
    for name, theirs, own in (("never", mesh.never, rule.never), ("keys", mesh.keys, rule.keys)):
        left_out = [one for one in theirs if one not in own]
        if left_out:
            return f"`{name}` leaves out {', '.join(left_out)}"
    if mesh.max_days and not 0 < rule.max_days <= mesh.max_days:
        return f"the mesh allows at most {mesh.max_days:,} days"
    added = [name for name in rule.excepted if name not in mesh.excepted]
    return f"`except` adds {', '.join(added)}" if added else ""
