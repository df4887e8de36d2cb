"""Governance tests: sentences about who may read what, read from YAML and decided on a `World`.

A file is a list of sentences, or a mapping with the list under `tests` and, under `accepted`, the roles that may read
something of a domain by agreement:

    accepted:
      customer: [analyst]
    tests:
      - analyst cannot read customer.contacts.email
      - analyst can read sales.transactions
      - marketing-analyst sees only rows where city = 'Oslo' of customer.contacts
      - nobody outside customer reads customer.contacts.email
      - no principal outside customer gains access
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import yaml

from mesh_core.domain.access import Verdict, decide
from mesh_core.domain.explain import explain
from mesh_core.domain.explain_words import opening_sentence, sentences
from mesh_core.domain.junit import Case, report
from mesh_core.domain.names import NOT_PEOPLE, STEWARD
from mesh_core.domain.row_filter_conditions import sql_of
from mesh_core.domain.row_filters import parse_row_filter
from mesh_core.domain.world import Table, World
from mesh_core.errors import InvalidInputError, MeshError, TestFileError

Kind = Literal["can", "cannot", "rows", "outside", "gains"]

ROLE, PLACE = r"(?P<role>[\w+=,.@-]+)", r"(?P<place>[\w.]+)"
DOMAIN = r"(?P<domain>\w+)"
NOBODY = r"(?:nobody|no principal|no one|no role)"
FORMS: tuple[tuple[Kind, str], ...] = (
    ("cannot", rf"{ROLE} (?:cannot|can't|can not|may not) read {PLACE}"),
    ("can", rf"{ROLE} (?:can|may) read {PLACE}"),
    ("rows", rf"{ROLE} sees only (?:the )?rows where (?P<condition>.+) of {PLACE}"),
    ("outside", rf"{NOBODY} outside {DOMAIN} (?:reads|can read|may read) {PLACE}"),
    ("gains", rf"{NOBODY} outside {DOMAIN} gains access"),
)
HELP = (
    "Write: ROLE can read TABLE[.COLUMN]; ROLE cannot read TABLE[.COLUMN]; ROLE sees only rows where CONDITION of "
    "TABLE; nobody outside DOMAIN reads TABLE[.COLUMN]; no principal outside DOMAIN gains access."
)
MANY = 3  # columns or roles that a failure names with their grants


@dataclass(frozen=True)
class Sentence:
    """One test. line counts from 1 in its file; place is `database.table` or `database.table.column`."""

    text: str
    line: int
    kind: Kind
    role: str = ""
    place: str = ""
    domain: str = ""
    condition: str = ""


@dataclass(frozen=True)
class TestFile:
    """The sentences of a file, and who reads a domain by agreement."""

    __test__ = False  # no test of pytest's

    sentences: tuple[Sentence, ...]
    accepted: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Outcome:
    """How a test came out; words say for a failure which grant let it through, or what is missing."""

    sentence: Sentence
    passed: bool
    words: str = ""


def read_tests(text: str) -> TestFile:
    """The tests of a YAML document. TestFileError names the line."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise TestFileError(
            mark.line + 1 if mark else 1, f"it is no YAML: {getattr(error, 'problem', error)}"
        ) from error
    if root is None:
        return TestFile((), {})
    accepted: dict[str, tuple[str, ...]] = {}
    tests: yaml.Node | None = root
    if isinstance(root, yaml.MappingNode):
        parts = {str(key.value): (key, value) for key, value in root.value}
        for name, (key, _) in parts.items():
            if name not in ("tests", "accepted"):
                raise TestFileError(_line(key), f"'{name}' is not known here; a file has `tests` and `accepted`.")
        tests = parts["tests"][1] if "tests" in parts else None
        accepted = dict(_accepted(parts["accepted"][1])) if "accepted" in parts else {}
    if tests is None or tests.tag == "tag:yaml.org,2002:null":
        return TestFile((), accepted)
    if not isinstance(tests, yaml.SequenceNode):
        raise TestFileError(_line(tests), "the tests are no list. Begin each sentence with `- `.")
    return TestFile(tuple(_sentence(node) for node in tests.value), accepted)


def _accepted(node: yaml.Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not isinstance(node, yaml.MappingNode):
        raise TestFileError(_line(node), "`accepted` names for each domain a list of roles.")
    for key, roles in node.value:
        if not isinstance(roles, yaml.SequenceNode) or not all(isinstance(r, yaml.ScalarNode) for r in roles.value):
            raise TestFileError(_line(roles), f"what is accepted for {key.value} is no list of roles.")
        yield str(key.value), tuple(str(role.value) for role in roles.value)


def _sentence(node: yaml.Node) -> Sentence:
    if not isinstance(node, yaml.ScalarNode):
        raise TestFileError(_line(node), f"a test is one sentence. {HELP}")
    text = " ".join(str(node.value).split())
    for kind, form in FORMS:
        found = re.fullmatch(form, text, re.IGNORECASE)
        if found:
            place = (found.groupdict().get("place") or "").lower()
            if place and place.count(".") not in (1, 2):
                raise TestFileError(_line(node), f"'{place}' is neither `database.table` nor `database.table.column`.")
            parts = {name: value or "" for name, value in found.groupdict().items()}
            parts["place"] = place
            return Sentence(text, _line(node), kind, **parts)
    raise TestFileError(_line(node), f"'{text}' is not understood. {HELP}")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def run_tests(world: World, tests: TestFile) -> tuple[Outcome, ...]:
    """Every test decided, in the file's order. TestFileError for a role, table or column that doesn't exist."""
    for one in tests.sentences:
        _check_names(world, one)
    return tuple(_outcome(world, tests, one) for one in tests.sentences)


def _check_names(world: World, one: Sentence) -> None:
    roles = [p.name for p in world.principals]
    if one.role and one.role not in roles:
        raise TestFileError(one.line, _unknown("role", one.role, roles))
    if one.domain and not world.has_database(one.domain):
        raise TestFileError(one.line, _unknown("domain", one.domain, [d.name for d in world.databases]))
    if one.place:
        table, column = _resolved(world, one)
        if column and column not in table.column_names:
            raise TestFileError(one.line, _unknown(f"column of {table.full_name}", column, table.column_names))
    if one.condition:
        try:
            parse_row_filter(one.condition, _resolved(world, one)[0])
        except MeshError as error:
            raise TestFileError(one.line, str(error)) from error


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 3)
    return f"there is no {what} '{name}'." + (f" Did you mean {' or '.join(near)}?" if near else "")


def _resolved(world: World, one: Sentence) -> tuple[Table, str]:
    database, name, *rest = one.place.split(".")
    table = world.find_table(database, name)
    if table is None:
        known = [t.full_name for t in world.tables]
        raise TestFileError(one.line, _unknown("table", f"{database}.{name}", known))
    return table, rest[0] if rest else ""


def _outcome(world: World, tests: TestFile, one: Sentence) -> Outcome:
    match one.kind:
        case "can":
            return _can(world, one)
        case "cannot":
            words = _through(world, one, (one.role,))
        case "rows":
            return _rows(world, one)
        case "outside":
            words = _through(world, one, _outside(world, one.domain))
        case "gains":
            words = _gained(world, tests, one)
    return Outcome(one, not words, words)


def _outside(world: World, domain: str) -> tuple[str, ...]:
    """Roles of people but the domain's owner and the steward."""
    own = {world.database(domain).owner, STEWARD, *NOT_PEOPLE}
    return tuple(p.name for p in world.principals if p.name not in own)


def _verdict(world: World, role: str, table: Table) -> Verdict:
    return decide(world, world.naming.role_arn(role), table)


def _can(world: World, one: Sentence) -> Outcome:
    table, column = _resolved(world, one)
    verdict = _verdict(world, one.role, table)
    missing = [name for name in ((column,) if column else table.column_names) if name not in verdict.columns]
    if not missing:
        return Outcome(one, True)
    told = sentences(explain(world, world.naming.role_arn(one.role), table, missing[0]))
    more = f" And {len(missing) - 1} more columns." if len(missing) > 1 else ""
    return Outcome(one, False, " ".join(told) + more)


def _through(world: World, one: Sentence, roles: Iterable[str]) -> str:
    """Which grants let roles read a place, "" where none does."""
    table, column = _resolved(world, one)
    found = []
    for role in roles:
        verdict = _verdict(world, role, table)
        read = [name for name in verdict.columns if not column or name == column]
        if read:
            found.append(_let_through(world, role, table, read))
    more = f" And {len(found) - MANY} more roles." if len(found) > MANY else ""
    return " ".join(found[:MANY]) + more


def _let_through(world: World, role: str, table: Table, read: list[str]) -> str:
    told = explain(world, world.naming.role_arn(role), table, read[0])
    because = [opening_sentence(told, grant) for grant in told.opened_by[:MANY]]
    if told.open_to_iam:
        because = ["IAM_ALLOWED_PRINCIPALS opens it: Lake Formation is not asked."]
    columns = f"{', '.join(read[:MANY])}{' and more' if len(read) > MANY else ''}"
    return f"{role} reads {table.full_name} ({columns}): {' '.join(because) or 'what the view reads is open to it.'}"


def _rows(world: World, one: Sentence) -> Outcome:
    table, _ = _resolved(world, one)
    wanted = sql_of(parse_row_filter(one.condition, table))
    verdict = _verdict(world, one.role, table)
    if not verdict.columns:
        return Outcome(one, False, f"{one.role} reads nothing of {table.full_name}, not even those rows.")
    conditions = {cell.row_filter for cell in verdict.cells if set(cell.columns)} if verdict.cells else {""}
    wrong = sorted(text for text in conditions if not text or _sql(text, table) != wanted)
    if not wrong:
        return Outcome(one, True)
    rows = "every row" if "" in wrong else f"the rows where {' or '.join(wrong)}"
    told = _let_through(world, one.role, table, list(verdict.columns))
    return Outcome(one, False, f"{one.role} sees {rows}. {told}")


def _sql(text: str, table: Table) -> str:
    try:
        return sql_of(parse_row_filter(text, table))
    except InvalidInputError:
        return text


def _gained(world: World, tests: TestFile, one: Sentence) -> str:
    """Who reads something of a domain and is neither of it nor accepted."""
    accepted = set(tests.accepted.get(one.domain, ()))
    found = []
    for role in _outside(world, one.domain):
        if role in accepted:
            continue
        for table in world.tables:
            read = list(_verdict(world, role, table).columns) if table.database == one.domain else []
            if read:
                found.append(_let_through(world, role, table, read))
                break
    more = f" And {len(found) - MANY} more roles." if len(found) > MANY else ""
    return " ".join(found[:MANY]) + more


def junit(outcomes: Iterable[Outcome], seconds: float, name: str = "mesh-tests.yaml") -> str:
    """The outcomes as a JUnit file, as CI services read it."""
    cases = (
        Case(one.sentence.text, "" if one.passed else one.words or "it doesn't hold", one.sentence.line)
        for one in outcomes
    )
    return report("governance", name, cases, seconds)
