"""Policies: how they are read, where a domain's may tighten the mesh's, and what breaks them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, EditProduct, PrepareMesh
from mesh_core.domain.names import MANAGED, Naming
from mesh_core.domain.policies import Policies, Rule, check_policies, read_policies
from mesh_core.domain.violations import Violation, breaches, choice, mended_by, violations
from mesh_core.domain.world import (
    IAM_ALLOWED,
    Column,
    Database,
    DatabaseResource,
    Grant,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import InvalidInputError, PolicyFileError
from mesh_core.services.policies import shipped

OWN = {MANAGED: "true", "mesh.owner": "sales-owner", "mesh.product": "sales.orders"}
COLUMNS = (Column("id", "bigint"), Column("email", "string"), Column("city", "string"))
ORDERS = Table("sales", "orders", COLUMNS, parameters=OWN)
FOREIGN = Table("sales", "adopted", COLUMNS)
SALES, TABLE, EMAIL = Target("sales"), Target("sales", "orders"), Target("sales", "orders", "email")
CLASSIFIED = {SALES: {"pii": "false", "sensitivity": "internal"}}
PERSONAL = Rule("personal-data", never=("public",))


def world(table: Table = ORDERS, **changes: object) -> World:
    found = World(
        Naming("000000000000", "us-east-1"),
        (Database("sales", parameters=OWN), Database("hr", parameters=OWN), Database("other")),
        (table, FOREIGN),
        tags={"pii": ("false", "true"), "sensitivity": ("public", "internal", "confidential")},
        assigned=CLASSIFIED,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def found(at: World, *rules: Rule, domain: tuple[Rule, ...] = ()) -> list[tuple[str, str, tuple[str, ...]]]:
    policies = Policies(rules, {"sales": domain} if domain else {})
    return [(one.kind, one.subject, one.places) for one in violations(at, policies)]


def test_the_rules_that_ship_can_be_read_and_hold_every_kind() -> None:
    rules = read_policies(shipped())
    check_policies(world(), rules)
    assert [(rule.kind, rule.action) for rule in rules] == [
        ("personal-data", "refuse"),
        ("no-iam-allowed-principals", "refuse"),
        ("owner-and-contact", "warn"),
        ("retention", "warn"),
        ("classified", "warn"),
    ]


def test_a_rule_has_a_sentence_of_its_own_or_one_made_of_its_parts() -> None:
    text = (
        "rules:\n- {rule: retention, max_days: 3650, action: warn}\n- {rule: classified, keys: pii, text: All of it.}"
    )
    assert [rule.text for rule in read_policies(text)] == [
        "Every product says how long its rows are kept, at most 3,650 days.",
        "All of it.",
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "rules:\n"])
def test_a_document_without_rules_holds_none(text: str) -> None:
    assert read_policies(text) == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rules:\n  - rule: [\n", 3, "it is no YAML"),
        ("- rule: retention", 1, "no mapping"),
        ("rule: retention", 1, "not 'rule'"),
        ("rules: retention", 1, "no list"),
        ("rules:\n- retention", 2, "no mapping"),
        ("rules:\n- action: warn", 2, "needs `rule`"),
        ("rules:\n- rule: retension", 2, "there is no rule 'retension'"),
        ("rules:\n- rule: retention\n  action: stop", 3, "refuse or warn"),
        ("rules:\n- rule: retention\n  keys: [pii]", 3, "has no 'keys'"),
        ("rules:\n- rule: retention\n  max_days: long", 3, "no number of days"),
        ("rules:\n- rule: personal-data", 2, "needs `never`"),
        ("rules:\n- rule: classified\n  keys: []", 3, "names nothing"),
        ("rules:\n- rule: classified\n  keys: [pii]\n  keys: [pii]", 4, "stands there twice"),
        ("rules:\n- {rule: retention, action: warn}\n- {rule: retention, action: refuse}", 3, "contradict"),
    ],
)
def test_a_document_that_can_not_be_used_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(PolicyFileError, match=f"^Line {line}: ") as caught:
        read_policies(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("classified", keys=("colour",)), "no LF-tag 'colour'"),
        (Rule("personal-data", never=("secret",)), "no value 'secret'"),
        (Rule("retention", excepted=("sales.nothing",)), "doesn't exist"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_is_refused(rule: Rule, words: str) -> None:
    with pytest.raises(PolicyFileError, match=words):
        check_policies(world(), (rule,))


@pytest.mark.parametrize(
    ("mesh", "own", "words"),
    [
        (Rule("retention"), Rule("retention", "warn"), "the mesh refuses"),
        (PERSONAL, Rule("personal-data", never=("internal",)), "leaves out public"),
        (Rule("classified", keys=("pii",)), Rule("classified", keys=("sensitivity",)), "leaves out pii"),
        (Rule("retention", max_days=30), Rule("retention", max_days=31), "at most 30 days"),
        (Rule("retention", max_days=30), Rule("retention"), "at most 30 days"),
        (Rule("retention"), Rule("retention", excepted=("sales.orders",)), "adds sales.orders"),
    ],
)
def test_a_domain_may_not_loosen_the_mesh(mesh: Rule, own: Rule, words: str) -> None:
    with pytest.raises(PolicyFileError, match=words):
        check_policies(world(), (own,), (mesh,))


@pytest.mark.parametrize(
    ("mesh", "own"),
    [
        (Rule("retention", "warn"), Rule("retention")),
        (PERSONAL, Rule("personal-data", never=("public", "internal"))),
        (Rule("retention", max_days=30), Rule("retention", max_days=7)),
        (Rule("retention", excepted=("sales.orders",)), Rule("retention")),
    ],
)
def test_a_domain_may_tighten_the_mesh(mesh: Rule, own: Rule) -> None:
    check_policies(world(), (own,), (mesh,))
    assert Policies((mesh,), {"sales": (own,)}).rules_for("sales") == (own,)
    assert Policies((mesh,), {"sales": (own,)}).rules_for("hr") == (mesh,)


def test_a_domain_whose_rule_fell_behind_the_mesh_s_is_held_to_the_stricter_of_each_part() -> None:
    mesh = Rule("retention", "refuse", max_days=30)
    (holds,) = Policies((mesh,), {"sales": (Rule("retention", "warn", max_days=90),)}).rules_for("sales")
    assert (holds.action, holds.max_days) == ("refuse", 30)


def test_a_product_without_a_contact_breaks_its_rule_until_it_says_one() -> None:
    rule = Rule("owner-and-contact")
    assert found(world(), rule) == [("owner-and-contact", "sales.orders", ("contact",))]
    said = replace(ORDERS, parameters={**OWN, "mesh.contact": "#sales"})
    assert found(world(said), rule) == []


@pytest.mark.parametrize(("days", "max_days", "broken"), [("", 0, True), ("400", 0, False), ("400", 365, True)])
def test_retention_must_be_said_and_not_be_longer_than_allowed(days: str, max_days: int, broken: bool) -> None:
    table = replace(ORDERS, parameters={**OWN, "mesh.retention_days": days})
    assert bool(found(world(table), Rule("retention", max_days=max_days))) is broken


def test_personal_columns_may_not_be_public_wherever_both_come_from() -> None:
    public = {**CLASSIFIED, TABLE: {"sensitivity": "public"}, EMAIL: {"pii": "true"}}
    assert found(world(assigned=public), PERSONAL) == [("personal-data", "sales.orders", ("email",))]
    assert found(world(assigned={**public, EMAIL: {"pii": "true", "sensitivity": "internal"}}), PERSONAL) == []


def test_every_column_needs_each_key_its_own_or_inherited() -> None:
    rule = Rule("classified", keys=("pii", "sensitivity"))
    assert found(world(), rule) == []
    half = {SALES: {"pii": "false"}, EMAIL: {"sensitivity": "internal"}}
    assert found(world(assigned=half), rule) == [("classified", "sales.orders", ("id", "city"))]


def test_what_iam_alone_opens_is_found_in_domains_only() -> None:
    rule = Rule("no-iam-allowed-principals")
    grants = tuple(
        Grant(IAM_ALLOWED, resource, ("ALL",))
        for resource in (TableResource("sales", "orders"), DatabaseResource("hr"), DatabaseResource("other"))
    )
    assert [one[1] for one in found(world(grants=grants), rule)] == ["hr", "sales.orders"]
    settings = {"CreateTableDefaultPermissions": [{"Principal": {}}]}
    assert [one[1] for one in found(world(settings=settings), rule)] == ["new databases and tables"]


def test_tables_that_a_rule_excepts_and_those_that_are_no_products_are_left_alone() -> None:
    assert found(world(), Rule("retention", excepted=("sales.orders",))) == []


def test_refusals_come_first() -> None:
    listed = violations(world(), Policies((Rule("owner-and-contact", "warn"), Rule("retention"))))
    assert [(one.kind, one.action) for one in listed] == [("retention", "refuse"), ("owner-and-contact", "warn")]


def test_only_what_was_not_broken_before_counts_against_a_plan() -> None:
    one = Violation("classified", "warn", "sales", "sales.orders", ("id",), "", "")
    more = replace(one, places=("id", "city"))
    assert breaches([one], [one]) == ()
    assert breaches([more], [one]) == ()
    assert breaches([one], [more]) == (more,)
    assert breaches([], [one]) == (one,)


def first(at: World, rule: Rule) -> tuple[Policies, Violation]:
    policies = Policies((rule,))
    return policies, violations(at, policies)[0]


def test_a_missing_contact_is_mended_by_an_edit_and_what_the_domain_says_is_offered() -> None:
    beside = Table("sales", "b", COLUMNS, parameters={**OWN, "mesh.product": "sales.b", "mesh.contact": "#sales"})
    at = replace(world(), tables=(ORDERS, beside))
    policies, one = first(at, Rule("owner-and-contact"))
    asked = choice(at, policies, one)
    assert asked is not None and asked.default == "#sales"
    assert mended_by(at, one, " #sales ") == EditProduct(ORDERS.product, contact="#sales")  # type: ignore[arg-type]


def test_a_retention_is_mended_in_days() -> None:
    policies, one = first(world(), Rule("retention", max_days=90))
    asked = choice(world(), policies, one)
    assert asked is not None and asked.default == "90"
    assert mended_by(world(), one, "30") == EditProduct(ORDERS.product, retention_days=30)  # type: ignore[arg-type]


def test_public_personal_columns_are_mended_by_a_value_that_the_rule_allows() -> None:
    at = world(assigned={**CLASSIFIED, TABLE: {"sensitivity": "public"}, EMAIL: {"pii": "true"}})
    policies, one = first(at, PERSONAL)
    asked = choice(at, policies, one)
    assert asked is not None and (asked.options, asked.default) == (("internal", "confidential"), "confidential")
    wanted = ((EMAIL, {"pii": "true", "sensitivity": "confidential"}),)
    assert mended_by(at, one, "confidential") == ChangeAssignments(wanted)


def test_unclassified_columns_are_mended_one_key_at_a_time() -> None:
    at = world(assigned={EMAIL: {"pii": "true", "sensitivity": "internal"}})
    policies, one = first(at, Rule("classified", keys=("pii", "sensitivity")))
    asked = choice(at, policies, one)
    assert asked is not None and asked.options == ("pii=false", "pii=true")
    changed = mended_by(at, one, "pii=false")
    assert isinstance(changed, ChangeAssignments)
    assert [(str(target), own) for target, own in changed.changes] == [
        ("sales.orders.id", {"pii": "false"}),
        ("sales.orders.city", {"pii": "false"}),
    ]


def test_what_iam_alone_opens_is_revoked_and_the_account_s_settings_are_put_right() -> None:
    rule, grant = Rule("no-iam-allowed-principals"), Grant(IAM_ALLOWED, TableResource("sales", "orders"), ("ALL",))
    at = world(grants=(grant, replace(grant, resource=TableResource("hr", "x"))))
    by_subject = {one.subject: one for one in violations(at, Policies((rule,)))}
    assert mended_by(at, by_subject["sales.orders"]) == ChangeGrants(revokes=(grant,))
    assert choice(at, Policies((rule,)), by_subject["sales.orders"]) is None
    at = world(settings={"CreateTableDefaultPermissions": [{"Principal": {}}]})
    assert mended_by(at, violations(at, Policies((rule,)))[0]) == PrepareMesh()


@pytest.mark.parametrize(
    ("rule", "answer"),
    [(Rule("owner-and-contact"), " "), (Rule("retention"), "a year"), (Rule("classified", keys=("colour",)), "blue")],
)
def test_an_answer_that_can_not_be_used_is_refused_in_words(rule: Rule, answer: str) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was changed"):
        mended_by(world(), first(world(), rule)[1], answer)
