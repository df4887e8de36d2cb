"""What of the mesh breaks its policies, what a plan would break anew, and the change that mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, EditProduct, Intent, PrepareMesh
from mesh_core.domain.policies import Action, Kind, Policies, Rule
from mesh_core.domain.publish import CONTACT, days_kept
from mesh_core.domain.tags import SENSITIVITY, effective_values
from mesh_core.domain.world import (
    IAM_ALLOWED,
    ColumnsResource,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import InvalidInputError

Tags = Mapping[str, Mapping[str, str]]  # column -> its own LF-tags
MANY = 4  # columns that a sentence names
DEFAULT_DAYS = 365


@dataclass(frozen=True)
class Violation:
    """One thing that breaks one rule.

    subject   `database.table`, `database`, or "new databases and tables"
    places    the columns, or parts, of it that break the rule
    words     what is wrong, without its subject
    text      the rule in its own words
    """

    kind: Kind
    action: Action
    domain: str
    subject: str
    places: tuple[str, ...]
    words: str
    text: str

    @property
    def sentence(self) -> str:
        """All of it in one."""
        return f"{self.subject} {self.words}. The rule: {self.text}"


@dataclass(frozen=True)
class Choice:
    """What must be said to mend a violation: options () for free text; default "" where nothing is at hand."""

    label: str
    options: tuple[str, ...] = ()
    default: str = ""


def violations(world: World, policies: Policies) -> tuple[Violation, ...]:
    """Everything that breaks a rule, refusals first, then by domain and subject."""
    found = [*_of_account(world, policies)]
    own = _own_of_columns(world)
    for domain in (d.name for d in world.databases if d.is_managed):
        rules = policies.rules_for(domain)
        tables = [t for t in world.tables if t.database == domain and t.is_managed and t.product]
        for rule in rules:
            if rule.kind == "no-iam-allowed-principals":
                found += _opened(world, rule, domain)
                continue
            for table in tables:
                if table.full_name not in rule.excepted:
                    found += _of_table(world, rule, table, own.get((domain, table.name), {}))
    return tuple(sorted(found, key=lambda one: (one.action != "refuse", one.domain, one.subject, one.kind)))


def breaches(before: Iterable[Violation], after: Iterable[Violation]) -> tuple[Violation, ...]:
    """What is broken after and was not before; of a subject that broke its rule already, the places that are new."""
    known = {(one.kind, one.subject): set(one.places) for one in before}
    return tuple(one for one in after if set(one.places) - known.get((one.kind, one.subject), set()))


def _own_of_columns(world: World) -> Mapping[tuple[str, str], Tags]:
    """(database, table) -> column -> what is assigned at the column itself."""
    found: dict[tuple[str, str], dict[str, Mapping[str, str]]] = {}
    for target, tags in world.assigned.items():
        if target.table and target.column:
            found.setdefault((target.database, target.table), {})[target.column] = tags
    return found


def _of_table(world: World, rule: Rule, table: Table, own: Tags) -> Iterator[Violation]:
    match rule.kind:
        case "owner-and-contact":
            said = (("owner", table.parameters.get("mesh.owner")), ("contact", table.parameters.get(CONTACT)))
            missing = tuple(name for name, value in said if not (value or "").strip())
            if missing:
                yield _violation(rule, table, missing, f"has no {' and no '.join(missing)}")
        case "retention":
            days = days_kept(table.parameters)
            if not days:
                yield _violation(rule, table, ("retention",), "doesn't say how long its rows are kept")
            elif rule.max_days and days > rule.max_days:
                words = f"keeps its rows for {days:,} days, {rule.max_days:,} are allowed"
                yield _violation(rule, table, ("retention",), words)
        case "personal-data" | "classified":
            yield from _of_columns(world, rule, table, own)
        case "no-iam-allowed-principals":
            raise AssertionError("a rule about grants, not about tables")


def _of_columns(world: World, rule: Rule, table: Table, own: Tags) -> Iterator[Violation]:
    inherited = effective_values(world, Target(table.database, table.name))
    wrong = [name for name in table.column_names if _is_wrong(rule, inherited, own.get(name, {}))]
    if not wrong:
        return
    named = f"{', '.join(wrong[:MANY])}{f' and {len(wrong) - MANY} more' if len(wrong) > MANY else ''}"
    if rule.kind == "personal-data":
        words = f"has personal columns that are {' or '.join(rule.never)}: {named}"
    else:
        words = f"has columns without a value of {' or '.join(rule.keys)}: {named}"
    yield _violation(rule, table, tuple(wrong), words)


def _is_wrong(rule: Rule, inherited: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Whether a column breaks a rule by what it inherits and what is assigned at itself."""
    if rule.kind == "personal-data":
        if own.get("pii", inherited.get("pii")) != "true":
            return False
        return own.get("sensitivity", inherited.get("sensitivity", SENSITIVITY[0])) in rule.never
    return any(key not in own and key not in inherited for key in rule.keys)


def _violation(rule: Rule, table: Table, places: tuple[str, ...], words: str) -> Violation:
    return Violation(rule.kind, rule.action, table.database, table.full_name, places, words, rule.text)


def _of_account(world: World, policies: Policies) -> Iterator[Violation]:
    rule = next((one for one in policies.mesh if one.kind == "no-iam-allowed-principals"), None)
    fields = ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions")
    open_to = tuple(name for name in fields if world.settings.get(name))
    if rule is not None and open_to and any(d.is_managed for d in world.databases):
        words = "are opened to IAM_ALLOWED_PRINCIPALS by the account's settings"
        yield Violation(rule.kind, rule.action, "", "new databases and tables", open_to, words, rule.text)


def _opened(world: World, rule: Rule, domain: str) -> Iterator[Violation]:
    for subject in sorted({s for g in world.grants if (s := _opened_at(g, domain)) and s not in rule.excepted}):
        words = "is open to IAM_ALLOWED_PRINCIPALS: Lake Formation isn't asked there"
        yield Violation(rule.kind, rule.action, domain, subject, (subject,), words, rule.text)


def _opened_at(grant: Grant, domain: str) -> str:
    if grant.principal != IAM_ALLOWED:
        return ""
    match grant.resource:
        case DatabaseResource(database) if database == domain:
            return database
        case TableResource(database, table) | ColumnsResource(database, table) | FilterResource(database, table) if (
            database == domain
        ):
            return f"{database}.{table}"
        case ExpressionResource() | NamedExpressionResource():
            return f"{domain} by LF-tags"
        case _:
            return ""


def choice(world: World, policies: Policies, violation: Violation) -> Choice | None:
    """What the visitor must say before the violation can be mended; None where nothing is open."""
    rule = _rule(policies, violation)
    match violation.kind:
        case "owner-and-contact":
            asked = "contact" if "contact" in violation.places else "owner"
            label = "Contact: an e-mail address, a link or a channel" if asked == "contact" else "Owner"
            return Choice(label, (), _said_elsewhere(world, violation, asked))
        case "retention":
            return Choice("Retention in days", (), str(rule.max_days if rule and rule.max_days else DEFAULT_DAYS))
        case "personal-data":
            never = rule.never if rule else ()
            allowed = tuple(v for v in world.tags.get("sensitivity", ()) if v not in never)
            usual = "confidential" if "confidential" in allowed else ""
            return Choice("Sensitivity of these columns", allowed, usual)
        case "classified":
            keys = [key for key in (rule.keys if rule else ()) if _lacks(world, violation, key)]
            return Choice("Value", tuple(f"{key}={value}" for key in keys[:1] for value in world.tags.get(key, ())))
        case "no-iam-allowed-principals":
            return None


def _rule(policies: Policies, violation: Violation) -> Rule | None:
    return next((one for one in policies.rules_for(violation.domain) if one.kind == violation.kind), None)


def _said_elsewhere(world: World, violation: Violation, asked: str) -> str:
    """What most products of the domain say."""
    key = CONTACT if asked == "contact" else "mesh.owner"
    said = [v for t in world.tables if t.database == violation.domain and (v := t.parameters.get(key, ""))]
    if asked == "owner" and not said:
        return world.database(violation.domain).owner
    return max(said, key=said.count, default="")


def _lacks(world: World, violation: Violation, key: str) -> bool:
    return any(key not in effective_values(world, target) for target in _columns(violation))


def _columns(violation: Violation) -> tuple[Target, ...]:
    database, _, table = violation.subject.partition(".")
    return tuple(Target(database, table, name) for name in violation.places)


def mended_by(world: World, violation: Violation, answer: str = "") -> Intent:
    """The change that mends a violation, to be planned like any other. InvalidInputError for an unusable answer."""
    database, _, name = violation.subject.partition(".")
    match violation.kind:
        case "owner-and-contact" | "retention":
            return _edit(world.table(database, name), violation, answer.strip())
        case "personal-data" | "classified":
            key, _, value = answer.partition("=") if "=" in answer else ("sensitivity", "", answer)
            if value not in world.tags.get(key, ()):
                raise InvalidInputError(f"There is no LF-tag {key}={value}. Nothing was changed. Choose another value.")
            return ChangeAssignments(
                tuple(
                    (target, {**world.assigned.get(target, {}), key: value})
                    for target in _columns(violation)
                    if violation.kind == "personal-data" or key not in effective_values(world, target)
                )
            )
        case "no-iam-allowed-principals":
            if not violation.domain:
                return PrepareMesh()
            return ChangeGrants(
                revokes=tuple(g for g in world.grants if _opened_at(g, violation.domain) == violation.subject)
            )


def _edit(table: Table, violation: Violation, answer: str) -> EditProduct:
    product = table.product
    if product is None:
        raise InvalidInputError(f"{table.full_name} is no data product any more. Nothing was changed. See Catalog.")
    if violation.kind == "retention":
        if not answer.isdecimal() or int(answer) < 1:
            raise InvalidInputError(f"'{answer}' is no number of days. Nothing was changed. Type a whole number.")
        return EditProduct(product, retention_days=int(answer))
    if not answer:
        raise InvalidInputError("Nothing was said yet. Nothing was changed. Type whom readers can ask.")
    if "contact" in violation.places:
        return EditProduct(product, contact=answer)
    return EditProduct(product, owner=answer)
