"""Sentences about who reads what: how they are read, what is refused with its line, and which grant a failure names."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from mesh_core.domain.governance_tests import Outcome, TestFile, junit, read_tests, run_tests
from mesh_core.domain.names import Naming
from mesh_core.domain.world import (
    IAM_ALLOWED,
    Column,
    ColumnsResource,
    Database,
    DataFilter,
    ExpressionResource,
    Grant,
    Principal,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import TestFileError

NAMING = Naming("000000000000", "us-east-1")
ROLES = ("analyst", "marketing-analyst", "customer-owner", "mesh-steward")
CONTACTS = Table("customer", "contacts", (Column("id", "bigint"), Column("email", "string"), Column("city", "string")))
STORES = Table("sales", "stores", (Column("id", "bigint"),))
OSLO = DataFilter("customer", "contacts", "oslo", (), (), "city = 'Oslo'")


def grant(role: str, resource: object) -> Grant:
    return Grant(NAMING.role_arn(role), resource, ("SELECT",))  # type: ignore[arg-type]


BY_TAG = grant("analyst", ExpressionResource("TABLE", (("pii", ("false",)),)))
EMAIL = grant("analyst", ColumnsResource("customer", "contacts", ("email",)))
ROWS = grant("marketing-analyst", OSLO.resource)
OWNER = grant("customer-owner", TableResource("customer", "contacts"))


def world(*grants: Grant) -> World:
    return World(
        NAMING,
        (Database("customer", parameters={"mesh.owner": "customer-owner"}), Database("sales")),
        (CONTACTS, STORES),
        tags={"pii": ("false", "true")},
        assigned={
            Target("customer"): {"pii": "false"},
            Target("sales"): {"pii": "false"},
            Target("customer", "contacts", "email"): {"pii": "true"},
        },
        grants=(*grants, OWNER),
        filters=(OSLO,),
        principals=tuple(Principal(name, NAMING.role_arn(name)) for name in ROLES),
    )


def outcome(sentence: str, *grants: Grant, accepted: str = "") -> Outcome:
    head = f"accepted:\n  customer: [{accepted}]\n" if accepted else ""
    (found,) = run_tests(world(*grants), read_tests(f"{head}tests:\n  - {sentence}\n"))
    return found


@pytest.mark.parametrize(
    ("sentence", "grants", "passed", "words"),
    [
        ("analyst cannot read customer.contacts.email", (BY_TAG,), True, ""),
        ("analyst can't read customer.contacts.email", (BY_TAG, EMAIL), False, "SELECT on customer.contacts (email)"),
        ("analyst cannot read customer.contacts", (BY_TAG,), False, "pii=false"),
        ("analyst can read sales.stores", (BY_TAG,), True, ""),
        ("analyst can read customer.contacts", (BY_TAG,), False, "may not read customer.contacts.email"),
        ("analyst may read customer.contacts.city", (BY_TAG,), True, ""),
        ("marketing-analyst sees only rows where city = 'Oslo' of customer.contacts", (ROWS,), True, ""),
        ("marketing-analyst sees only the rows where city='Oslo' of customer.contacts", (ROWS,), True, ""),
        ("marketing-analyst sees only rows where city = 'Bergen' of customer.contacts", (ROWS,), False, "Oslo"),
        ("analyst sees only rows where city = 'Oslo' of customer.contacts", (BY_TAG,), False, "every row"),
        ("analyst sees only rows where city = 'Oslo' of customer.contacts", (), False, "reads nothing"),
        ("nobody outside customer reads customer.contacts.email", (BY_TAG, ROWS), False, "marketing-analyst reads"),
        ("nobody outside customer reads customer.contacts.email", (BY_TAG,), True, ""),
        ("no principal outside customer can read customer.contacts", (EMAIL,), False, "analyst reads"),
        ("no principal outside customer gains access", (), True, ""),
        ("no principal outside customer gains access", (EMAIL,), False, "analyst reads customer.contacts (email)"),
    ],
)
def test_a_sentence_holds_or_names_the_grant_that_let_it_through(
    sentence: str, grants: tuple[Grant, ...], passed: bool, words: str
) -> None:
    found = outcome(sentence, *grants)
    assert (found.passed, words in found.words) == (passed, True)
    assert bool(found.words) is not passed


def test_who_is_accepted_has_gained_nothing() -> None:
    assert outcome("no principal outside customer gains access", EMAIL, accepted="analyst").passed


def test_a_table_that_is_open_to_iam_is_open_to_everybody() -> None:
    everybody = Grant(IAM_ALLOWED, TableResource("customer", "contacts"), ("ALL",))
    found = outcome("analyst cannot read customer.contacts.email", everybody)
    assert (found.passed, "IAM_ALLOWED_PRINCIPALS" in found.words) == (False, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("tests:\n  - a b: [", 2, "no YAML"),
        ("tests:\n\t- x", 2, "no YAML"),
        ("tests:\n  - analyst can read sales.stores\n  - analyst reads something", 3, "is not understood"),
        ("tests: analyst can read sales.stores", 1, "no list"),
        ("tests:\n  - {a: b}", 2, "one sentence"),
        ("policies: []", 1, "'policies' is not known"),
        ("accepted: [analyst]", 1, "`accepted` names for each domain"),
        ("accepted:\n  customer: analyst", 2, "no list of roles"),
        ("- analyst can read stores", 1, "neither `database.table`"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(TestFileError, match=f"^Line {line}: .*{words}") as error:
        read_tests(text)
    assert error.value.line == line


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("analist can read sales.stores", "no role 'analist'. Did you mean analyst"),
        ("analyst can read sales.store", "no table 'sales.store'. Did you mean sales.stores"),
        ("analyst can read customer.contacts.mail", "no column of customer.contacts 'mail'. Did you mean email"),
        ("nobody outside custommer reads sales.stores", "no domain 'custommer'. Did you mean customer"),
        ("analyst sees only rows where lower(city) = 'x' of customer.contacts", "lower"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_the_line_and_what_is_like_it(sentence: str, words: str) -> None:
    with pytest.raises(TestFileError) as error:
        run_tests(world(), read_tests(f"# tests\n- {sentence}"))
    assert error.value.line == 2
    assert words in str(error.value)


def test_a_file_without_tests_has_none() -> None:
    assert read_tests("") == TestFile((), {})
    assert read_tests("# nothing yet\naccepted:\n  customer: []\ntests:\n") == TestFile((), {"customer": ()})


def test_the_junit_file_holds_every_test_and_the_words_of_each_failure() -> None:
    outcomes = run_tests(
        world(EMAIL), read_tests("- analyst can read customer.contacts.email\n- analyst cannot read customer.contacts")
    )
    suite = ElementTree.fromstring(junit((*outcomes, replace(outcomes[1], words="<&\"'>")), 0.5))
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    assert [case.get("line") for case in suite] == ["1", "2", "2"]
    assert [failure.text for failure in suite.iter("failure")][1] == "<&\"'>"
