"""Steps and intents as data: each is described, taken back, projected, and survives the journal."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_args

import pytest

from mesh_core.domain import intents as i
from mesh_core.domain import steps as s
from mesh_core.domain import world as w
from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.glue_shapes import database_input, table_input
from mesh_core.domain.inventory import inventory_of
from mesh_core.domain.names import Naming, ProductName
from mesh_core.domain.plan import Plan
from mesh_core.domain.projection import after
from mesh_core.domain.undo import inverse, undo_of
from mesh_core.services.journal import _CLASSES, JobRecord
from tests.builders import COLUMNS, draft, view_draft

NAMING = Naming("000000000000", "us-east-1")
ANA = NAMING.role_arn("analyst")
FORMAT = {"EXTERNAL": "TRUE", "classification": "parquet"}  # as Glue has it
TABLE = w.Table("sales", "orders", COLUMNS, (w.Column("day", "date"),), "s3://b/orders/", parameters=FORMAT)
GRANT = w.Grant(ANA, w.TableResource("sales", "orders"), ("DESCRIBE", "SELECT"), ("SELECT",))
TARGET = w.Target("sales", "orders", "email")
FILTER = w.DataFilter("sales", "orders", "eu", ("id",), (), "region = 'eu'")
HARMLESS = (("pii", ("false",)),)
DATABASE = w.Database("sales", "s3://b/", "Sales", {"mesh.managed": "true"})
PARTS = ('{"Values": ["2026-01-01"]}',)
STEPS: list[s.Step] = [
    s.CreateBucket("b"),
    s.PutObject("b", "k", "{}"),
    s.CopyObject("c", "drafts/x", "b", "orders/x", 1500),
    s.RegisterLocation("s3://b/", ANA),
    s.DeregisterLocation("s3://b/", ANA),
    s.CreateDatabase("sales", database_input(DATABASE)),
    s.UpdateDatabase("sales", database_input(DATABASE), database_input(w.Database("sales"))),
    s.DeleteDatabase("sales", database_input(DATABASE)),
    s.CreateTable("sales", "orders", table_input(TABLE), PARTS),
    s.UpdateTable("sales", "orders", table_input(TABLE), table_input(w.Table("sales", "orders", COLUMNS))),
    s.DeleteTable("sales", "orders", table_input(TABLE), PARTS),
    s.SetTagValues("pii", (), ("true", "false")),
    s.SetTagValues("pii", ("true",), ("true", "false")),
    s.SetTagValues("pii", ("true", "false"), ()),
    s.AssignTags(TARGET, {"pii": "false"}, {"pii": "true", "sensitivity": "public"}),
    s.AssignTags(TARGET, {"pii": "true"}, {}),
    s.GrantPermissions(GRANT),
    s.RevokePermissions(GRANT),
    s.PutFilter(None, FILTER),
    s.PutFilter(FILTER, replace(FILTER, row_filter="")),
    s.PutFilter(FILTER, None),
    s.PutExpression("harmless", (), HARMLESS),
    s.PutExpression("harmless", HARMLESS, (("pii", ("true",)),)),
    s.PutExpression("harmless", HARMLESS, ()),
    s.CreateRole("analyst", "Reads", "{}", "{}"),
    s.DeleteRole("analyst", "Reads", "{}", "{}"),
    s.CreateWorkGroup("analyst", "s3://b/results/"),
    s.DeleteWorkGroup("analyst", "s3://b/results/"),
    s.PutLakeSettings('{"CreateTableDefaultPermissions": [{}]}', '{"CreateTableDefaultPermissions": []}'),
    s.Purge((s.PurgeTarget("b", "orders/", 2, 3000), s.PurgeTarget("c"))),
]
INTENTS: list[i.Intent] = [
    i.PrepareMesh(),
    i.CreateDomain("sales", "Ünïcode"),
    i.CreatePersona("analyst"),
    i.PublishProduct(draft(tags={"sensitivity": "public"}, labels=("a", "b"))),
    i.PublishProduct(view_draft()),
    i.EditProduct(ProductName("sales", "orders"), description="x", column_tags={"email": {"pii": "true"}}),
    i.ChangeVocabulary("pii", ("true",)),
    i.ChangeAssignments(((TARGET, {"pii": "true"}), (w.Target("sales"), {}))),
    *[
        i.ChangeGrants((w.Grant(ANA, resource, ("SELECT",)),), (GRANT,))
        for resource in (
            w.CatalogResource(),
            w.DatabaseResource("sales"),
            w.TableResource("sales", "*"),
            w.ColumnsResource("sales", "orders", ("id",), ()),
            w.ColumnsResource("sales", "orders", (), ("id",)),
            w.FilterResource("sales", "orders", "eu"),
            w.ExpressionResource("TABLE", (("pii", ("true", "false")), ("domain", ("sales",)))),
            w.NamedExpressionResource("TABLE", "harmless"),
            w.LocationResource("s3://b/"),
            w.TagResource("pii", ("true",)),
        )
    ],
    i.ChangeGrants(filters=(FILTER,), drops=(FILTER,)),
    i.ChangeFilter(FILTER),
    i.ChangeFilter(FILTER, delete=True),
    i.ChangeExpression("harmless", HARMLESS),
    i.Teardown("product", "sales.orders"),
]


def _id(value: object) -> str:
    return type(value).__name__


def test_the_cases_hold_every_kind_of_step_intent_and_resource() -> None:
    assert {type(one) for one in STEPS} == set(get_args(s.Step))
    assert {type(one) for one in INTENTS} == set(get_args(i.Intent))
    granted = {type(g.resource) for one in INTENTS if isinstance(one, i.ChangeGrants) for g in one.grants}
    assert granted == set(get_args(w.Resource))


@pytest.mark.parametrize("step", STEPS, ids=_id)
def test_every_step_is_told_in_one_line_that_names_its_thing(step: s.Step) -> None:
    words = s.describe(step)
    assert "\n" not in words and words[0].isupper()
    named = {"name", "key", "bucket", "uri"} & {f.name for f in fields(step)}
    for field in named - ({"bucket"} if "key" in named else set()):
        assert str(getattr(step, field)) in words


@pytest.mark.parametrize("step", STEPS, ids=_id)
def test_what_takes_a_step_back_is_itself_taken_back_by_the_step(step: s.Step) -> None:
    back = inverse(step)
    if back is None:
        assert isinstance(step, s.Purge)
    elif not isinstance(back, s.Purge):
        assert inverse(back) == step
    else:
        assert isinstance(step, s.CreateBucket | s.PutObject | s.CopyObject)


def test_steps_are_taken_back_from_the_last_to_the_first_and_not_at_all_after_a_purge() -> None:
    assert undo_of((STEPS[0], STEPS[3])) == (inverse(STEPS[3]), inverse(STEPS[0]))
    assert undo_of((STEPS[3], STEPS[-1])) is None


@pytest.mark.parametrize("step", [one for one in STEPS if not isinstance(one, s.Purge)], ids=_id)
def test_a_step_and_its_inverse_leave_the_world_as_it_was(step: s.Step) -> None:
    full = w.World(
        NAMING,
        (DATABASE,),
        (TABLE,),
        {"pii": ("true", "false")},
        {TARGET: {"pii": "true"}},
        (GRANT,),
        (),
        (w.Principal("analyst", ANA, "Reads", True),),
        locations=("s3://b/",),
        buckets=("c",),
        work_groups=("analyst",),
        settings={"CreateTableDefaultPermissions": [{}]},
    )
    makes = isinstance(
        step,
        s.CreateDatabase | s.CreateTable | s.CreateRole | s.CreateWorkGroup | s.RegisterLocation | s.GrantPermissions,
    ) or (isinstance(step, s.SetTagValues) and not step.before)
    before = w.World(NAMING) if makes else full
    if isinstance(step, s.SetTagValues):
        before = w.World(NAMING, tags={"pii": step.before} if step.before else {})
    if isinstance(step, s.AssignTags):
        before = w.World(NAMING, assigned={TARGET: step.before})
    if isinstance(step, s.PutFilter):
        before = replace(full, filters=(step.before,) if step.before else ())
    if isinstance(step, s.PutExpression):
        before = replace(full, expressions={step.name: step.before} if step.before else {})
    back = inverse(step)
    assert back is not None
    assert after(before, (step, back)) == before


@pytest.mark.parametrize("step", STEPS, ids=_id)
def test_a_step_comes_back_from_the_journal_as_it_went(step: s.Step) -> None:
    record = JobRecord("j", "t", "s", "a", (step,), "2026-01-01T00:00:00+00:00")
    assert from_json(to_json(record), _CLASSES) == record


@pytest.mark.parametrize("intent", INTENTS, ids=_id)
def test_an_intent_comes_back_from_the_journal_as_it_went(intent: i.Intent) -> None:
    record = JobRecord("j", "t", "s", "a", (), "2026-01-01T00:00:00+00:00", intent=intent, effects=("x",))
    assert from_json(to_json(record), _CLASSES) == record


def test_a_document_from_before_a_field_was_there_has_its_default() -> None:
    old = to_json(i.ChangeGrants((GRANT,))).replace(',"filters":[]', "").replace('"drops":[],', "")
    assert "filters" not in old and "drops" not in old
    assert from_json(old, _CLASSES) == i.ChangeGrants((GRANT,))


def test_what_goes_takes_the_grants_on_it_along() -> None:
    on_filter = w.Grant(ANA, FILTER.resource, ("SELECT",))
    by_name = w.Grant(ANA, w.NamedExpressionResource("TABLE", "harmless"), ("SELECT",))
    world = w.World(NAMING, filters=(FILTER,), expressions={"harmless": HARMLESS}, grants=(on_filter, by_name))
    assert after(world, [s.PutFilter(FILTER, None)]).grants == (by_name,)
    assert after(world, [s.PutExpression("harmless", HARMLESS, ())]).grants == (on_filter,)


def test_a_stored_document_names_no_class_but_the_journals_own() -> None:
    with pytest.raises(KeyError):
        from_json('{"_": "Path", "x": 1}', _CLASSES)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (150_000, "150 kB"),
        (2_500_000_000, "2.5 GB"),
        (3e15, "3000.0 TB"),
    ],
)
def test_sizes_are_told_in_decimal_units(size: int, words: str) -> None:
    assert s.in_bytes(size) == words


def test_an_inventory_counts_what_a_teardown_removes() -> None:
    found = dict(inventory_of(Plan("t", "s", None, tuple(STEPS[-1:]))).counts)
    assert (found["Object versions"], found["Buckets"]) == (2, 1)
    gone = (s.RevokePermissions(GRANT), s.DeleteTable("sales", "orders", table_input(TABLE)), STEPS[13])
    counts = dict(inventory_of(Plan("t", "s", None, gone)).counts)
    assert (counts["Grants"], counts["Tables"], counts["LF-tag values"], counts["Views"]) == (1, 1, 2, 0)
