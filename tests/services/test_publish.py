"""The wizard on an account in memory: drafts, uploads, views, files in S3, and one product of two clicks."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from mesh_core.bootstrap import Outside, Portal, assemble
from mesh_core.domain.world import Column
from mesh_core.errors import MeshError, NotFoundError, PermissionDeniedError, UnreadableFileError
from mesh_core.services.ports_queries import ResultColumn, ResultPage
from mesh_core.services.publish import WizardDraft
from mesh_core.settings import Settings
from tests.builders import draft as built
from tests.builders import mesh_with, steward
from tests.fakes import FakeAws, FakeRunner, FakeRunners

GERMAN = "﻿Nr;Betrag;Datum;E-Mail\n1;12,50;01.02.2024;a@example.org\n2;3,25;13.02.2024;b@example.org\n".encode()
SQL = "SELECT id, email FROM sales.orders"


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def runners() -> FakeRunners:
    page = ResultPage(
        (ResultColumn("id", "bigint"), ResultColumn("email", "varchar")), (("1", "a@example.org"),), False
    )
    return FakeRunners({"mesh-steward": FakeRunner(default=page), "sales-owner": FakeRunner(default=page)})


@pytest.fixture
def portal(aws: FakeAws, runners: FakeRunners, tmp_path: Path) -> Portal:
    made = assemble(Settings(home=tmp_path), aws.naming, Outside(aws.writers, runners))
    mesh_with(made, aws, built())
    return made


def begun(portal: Portal, template: str = "from-file", role: str = "sales-owner") -> WizardDraft:
    opened = portal.wizard.begin(portal.visitors.visitor(role), template)
    named = replace(opened.draft, domain="sales", name="umsatz", description="One sale", owner="sales-owner")
    return replace(opened, draft=named)


def uploaded(portal: Portal, content: bytes = GERMAN, name: str = "umsatz.csv") -> WizardDraft:
    opened = begun(portal)
    draft, intake = portal.wizard.data.take(opened.id, opened.draft, name, io.BytesIO(content))
    return replace(opened, draft=draft, intake=intake)


def converted(portal: Portal, opened: WizardDraft) -> WizardDraft:
    draft, intake = portal.wizard.data.convert(opened.id, opened.draft, opened.intake, lambda _share: None)
    done = replace(opened, draft=draft, intake=intake)
    portal.wizard.save(done)
    return done


def answered(portal: Portal, opened: WizardDraft, **answers: str) -> WizardDraft:
    draft, intake = portal.wizard.data.answer(opened.id, opened.draft, opened.intake, answers)
    return replace(opened, draft=draft, intake=intake)


def test_a_semicolon_csv_with_a_bom_becomes_a_product_with_all_its_rows(portal: Portal, aws: FakeAws) -> None:
    done = converted(portal, uploaded(portal))
    who = portal.visitors.visitor("sales-owner")
    begun_job = portal.wizard.apply(who, done, portal.wizard.preview(who, done))
    assert portal.jobs.wait(begun_job.intake.job_id).state == "done"
    table = portal.reading.world().table("sales", "umsatz")
    assert table.column_names == ("nr", "betrag", "datum", "e_mail")
    assert table.parameters["mesh.row_count"] == "2"
    assert "umsatz/umsatz/part-00000.parquet" in aws.objects[aws.naming.bucket("sales")]


def test_two_clicks_on_apply_make_one_product(portal: Portal) -> None:
    done = converted(portal, uploaded(portal))
    who = portal.visitors.visitor("sales-owner")
    plan = portal.wizard.preview(who, done)
    first, second = portal.wizard.apply(who, done, plan), portal.wizard.apply(who, done, plan)
    portal.jobs.wait(first.intake.job_id)
    assert first.intake.job_id == second.intake.job_id
    assert len([job for job in portal.jobs.all() if job.subject == "sales.umsatz"]) == 1


def test_a_draft_comes_back_as_it_was_left(portal: Portal) -> None:
    left = converted(portal, uploaded(portal))
    assert portal.wizard.open(portal.visitors.visitor("sales-owner"), left.id) == left


def test_somebody_elses_draft_stays_closed(portal: Portal) -> None:
    left = begun(portal)
    with pytest.raises(PermissionDeniedError, match="begun by sales-owner"):
        portal.wizard.open(portal.visitors.visitor("analyst"), left.id)


@pytest.mark.parametrize("draft_id", ["", "../../jobs/x", "20260101T000000-00000000", "x" * 300])
def test_a_draft_id_that_is_none_is_not_found(portal: Portal, draft_id: str) -> None:
    with pytest.raises(NotFoundError):
        portal.wizard.open(steward(portal), draft_id)


def test_who_owns_no_domain_begins_no_draft(portal: Portal) -> None:
    with pytest.raises(PermissionDeniedError, match="owns no domain"):
        portal.wizard.begin(portal.visitors.visitor("analyst"), "from-file")
    assert portal.wizard.domains(portal.visitors.visitor("analyst")) == ()
    assert portal.wizard.domains(portal.visitors.visitor("sales-owner")) == ("sales",)


def test_discarding_a_draft_leaves_nothing_of_it(portal: Portal, aws: FakeAws, tmp_path: Path) -> None:
    left = converted(portal, uploaded(portal))
    portal.wizard.discard(left)
    assert not [key for key in aws.objects[aws.naming.control_bucket] if left.id in key]
    assert not (tmp_path / "uploads" / left.id).exists()


def test_a_file_that_is_no_table_leaves_the_earlier_upload_in_place(portal: Portal) -> None:
    opened = uploaded(portal)
    with pytest.raises(UnreadableFileError):
        portal.wizard.data.take(opened.id, opened.draft, "empty.csv", io.BytesIO(b""))
    assert portal.wizard.data.has_upload(opened.id, opened.intake)
    assert len(portal.wizard.data.sample(opened.id, opened.intake)) == 2


def test_another_answer_reads_the_file_again_and_keeps_what_was_edited(portal: Portal) -> None:
    opened = uploaded(portal, b"id,amount,note\n1,2,x\n2,3,y\n")
    columns = tuple(replace(c, name="price") if c.name == "amount" else c for c in opened.intake.columns)
    draft, intake = portal.wizard.data.edit(opened.draft, opened.intake, columns)
    again = answered(portal, replace(opened, draft=draft, intake=intake), header="yes")
    assert [c.name for c in again.draft.columns] == ["id", "price", "note"]


def test_rows_that_do_not_fit_are_counted_shown_and_left_out_only_when_ticked(portal: Portal) -> None:
    opened = uploaded(portal, b"id,amount\n1,2\n2,x\n3,4\n" + b"".join(b"%d,5\n" % n for n in range(4, 40)))
    columns = tuple(replace(c, hive_type="int") if c.name == "amount" else c for c in opened.intake.columns)
    draft, intake = portal.wizard.data.edit(opened.draft, opened.intake, columns)
    done = converted(portal, replace(opened, draft=draft, intake=intake))
    assert done.intake.rejected_count == 1
    assert done.intake.rejects[0][0] == 3
    assert [field for field, _ in portal.wizard.problems(done, "data")] == ["rejects"]
    ticked = replace(done, intake=replace(done.intake, accepts_rejects=True))
    assert portal.wizard.problems(ticked, "data") == ()


def test_a_type_changed_after_conversion_needs_another_conversion(portal: Portal) -> None:
    done = converted(portal, uploaded(portal))
    columns = tuple(replace(c, hive_type="string") for c in done.intake.columns)
    draft, intake = portal.wizard.data.edit(done.draft, done.intake, columns)
    assert (draft.files, intake.written) == ((), "")


def test_a_description_changed_after_conversion_keeps_the_rows(portal: Portal) -> None:
    done = converted(portal, uploaded(portal))
    columns = tuple(replace(c, description="said") for c in done.intake.columns)
    draft, intake = portal.wizard.data.edit(done.draft, done.intake, columns)
    assert draft.files == done.draft.files
    assert {c.description for c in draft.columns} == {"said"}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        pytest.param("", "Give the product a name", id="none"),
        pytest.param("Sales Data", "lower-case", id="refused by AWS"),
        pytest.param("select", "reserved", id="reserved"),
        pytest.param("orders", "exists already", id="taken"),
    ],
)
def test_a_name_that_can_not_be_used_is_a_problem_of_the_basics(portal: Portal, name: str, word: str) -> None:
    opened = begun(portal)
    found = portal.wizard.problems(replace(opened, draft=replace(opened.draft, name=name)), "basics")
    assert [field for field, _ in found] == ["name"]
    assert word in found[0][1]


def test_two_columns_of_one_name_are_said_once(portal: Portal) -> None:
    opened = uploaded(portal, b"a,b\n1,2\n")
    columns = tuple(replace(c, name="same") for c in opened.intake.columns)
    draft, intake = portal.wizard.data.edit(opened.draft, opened.intake, columns)
    found = portal.wizard.problems(replace(opened, draft=draft, intake=intake), "data")
    assert len([text for field, text in found if field == "columns"]) == 1


def test_personal_columns_are_suggested_by_name_and_sample_and_not_tagged(portal: Portal) -> None:
    opened = uploaded(portal)
    who = portal.visitors.visitor("sales-owner")
    found = portal.wizard.data.suggestions(who, opened.id, opened.draft, opened.intake)
    assert [(one.column, one.kind) for one in found] == [("e_mail", "email")]
    assert opened.draft.column_tags == {}


def test_a_views_columns_are_found_as_the_visitor_and_its_readers_gaps_are_listed(portal: Portal) -> None:
    opened = begun(portal, "cross-domain-view")
    who = portal.visitors.visitor("sales-owner")
    asked = replace(opened.draft, view_sql=SQL)
    draft, _ = portal.wizard.data.describe_view(who, asked, opened.intake)
    assert [(c.name, c.type) for c in draft.columns] == [("id", "bigint"), ("email", "string")]
    lacking = {one.role: one.bases for one in portal.wizard.data.lacking(draft)}
    assert lacking["analyst"] == ("sales.orders",)
    assert "sales-owner" not in lacking


def test_an_upload_that_is_gone_asks_for_it_again(portal: Portal) -> None:
    opened = uploaded(portal)
    portal.wizard.data.forget(opened.id)
    with pytest.raises(MeshError, match=r"Choose the file again\."):
        portal.wizard.data.sample(opened.id, opened.intake)


def put(aws: FakeAws, key: str, content: bytes) -> None:
    aws.objects[aws.naming.bucket("sales")].setdefault(key, []).append(content)


def located(portal: Portal, aws: FakeAws, prefix: str = "incoming/") -> WizardDraft:
    opened = begun(portal, "from-s3")
    asked = replace(opened.draft, location=f"s3://{aws.naming.bucket('sales')}/{prefix}")
    draft, intake = portal.wizard.data.inspect(asked, opened.intake)
    return replace(opened, draft=draft, intake=intake)


def test_csv_files_that_lie_in_s3_become_a_table_where_they_are(portal: Portal, aws: FakeAws) -> None:
    put(aws, "incoming/a.csv", b"id;name\n1;x\n2;y\n")
    put(aws, "incoming/b.csv", b"id;name\n3;z\n4;w\n")
    put(aws, "incoming/_SUCCESS", b"x")
    done = located(portal, aws)
    who = portal.visitors.visitor("sales-owner")
    plan = portal.wizard.preview(who, done)
    assert not [line for line in plan.lines if "Store data" in line]
    portal.wizard.save(done)
    portal.jobs.wait(portal.wizard.apply(who, done, plan).intake.job_id)
    table = portal.reading.world().table("sales", "umsatz")
    assert [(c.name, c.type) for c in table.columns] == [("id", "string"), ("name", "string")]
    assert table.location == f"s3://{aws.naming.bucket('sales')}/incoming/"
    assert (table.parameters["classification"], table.parameters["skip.header.line.count"]) == ("csv", "1")


def test_json_lines_in_s3_keep_their_types(portal: Portal, aws: FakeAws) -> None:
    put(aws, "incoming/a.json", b'{"id": 1, "tags": ["a"]}\n{"id": 2, "tags": []}\n')
    assert [(c.name, c.type) for c in located(portal, aws).draft.columns] == [
        ("id", "bigint"),
        ("tags", "array<string>"),
    ]


def test_personal_columns_of_files_in_s3_are_suggested_by_their_values(portal: Portal, aws: FakeAws) -> None:
    put(aws, "incoming/a.csv", b"id,reach\n1,a@example.org\n2,b@example.org\n3,c@example.org\n")
    done = located(portal, aws)
    found = portal.wizard.data.suggestions(steward(portal), done.id, done.draft, done.intake)
    assert [(one.column, one.kind) for one in found] == [("reach", "email")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param({}, "no files", id="an empty place"),
        pytest.param({"a.json": b'[{"id": 1}]'}, "one JSON array", id="a JSON array"),
        pytest.param({"a.json": b'{"Order Id": 1}\n'}, "Order Id", id="a name that Athena can't find"),
        pytest.param({"a.csv": b"a,b\n1,2\n", "b.csv": b"a;b\n1;2\n"}, "laid out differently", id="two delimiters"),
        pytest.param({"a.csv": b"a,b\n1,2\n", "b.csv": b"b,a\n1,2\n"}, "differ in columns", id="another order"),
        pytest.param({"a.csv": "a,b\nä,ö\n".encode("latin-1")}, "UTF-8", id="Latin-1"),
    ],
)
def test_files_that_one_table_would_misread_are_refused(
    portal: Portal, aws: FakeAws, files: dict[str, bytes], words: str
) -> None:
    for name, content in files.items():
        put(aws, f"incoming/{name}", content)
    with pytest.raises(MeshError, match=words):
        located(portal, aws)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        pytest.param("s3://mesh-customer-000000000000-us-east-1/contacts/", "own bucket", id="another domain's bucket"),
        pytest.param("s3://mesh-control-000000000000-us-east-1/drafts/", "own bucket", id="the mesh's records"),
        pytest.param("s3://mesh-sales-000000000000-us-east-1/", "documents", id="the whole bucket"),
        pytest.param("s3://mesh-sales-000000000000-us-east-1/_mesh/orders/", "documents", id="the documents"),
        pytest.param("s3://mesh-sales-000000000000-us-east-1/umsatz/x/", "another product name", id="its own place"),
        pytest.param("incoming", "s3://bucket/prefix/", id="no URI"),
    ],
)
def test_a_product_is_laid_only_over_data_of_its_own_domain(portal: Portal, location: str, words: str) -> None:
    opened = begun(portal, "from-s3")
    asked = replace(opened.draft, location=location)
    with pytest.raises(MeshError, match=words):
        portal.wizard.data.inspect(asked, opened.intake)
    found = portal.wizard.problems(replace(opened, draft=asked), "data")
    assert words in dict(found)["location"]


def test_a_draft_is_continued_at_the_first_step_that_lacks_something(portal: Portal) -> None:
    who = portal.visitors.visitor("sales-owner")
    bare = portal.wizard.begin(who, "from-file")
    assert portal.wizard.stage_left(who, bare.id) == "basics"
    opened = uploaded(portal)
    portal.wizard.save(opened)
    assert portal.wizard.stage_left(who, opened.id) == "data"
    done = converted(portal, opened)
    assert portal.wizard.stage_left(who, done.id) == "governance"


def test_a_views_column_that_is_read_from_a_personal_one_is_suggested_with_its_source(portal: Portal) -> None:
    opened = begun(portal, "cross-domain-view")
    who = portal.visitors.visitor("sales-owner")
    asked = replace(opened.draft, view_sql="SELECT id, lower(email) AS reach FROM sales.orders")
    columns = (Column("id", "bigint"), Column("reach", "string"))
    found = portal.wizard.data.suggestions(who, opened.id, replace(asked, columns=columns), opened.intake)
    assert [one.column for one in found] == ["reach"]
    assert found[0].reason.startswith("It is read from sales.orders.email, which is tagged pii=true.")


def test_an_upload_whose_draft_was_torn_down_does_not_stay_on_this_machine(
    portal: Portal, aws: FakeAws, tmp_path: Path
) -> None:
    opened = uploaded(portal)
    portal.wizard.save(opened)
    portal.wizard.mine(steward(portal))
    assert (tmp_path / "uploads" / opened.id).exists()
    for key in [key for key in aws.objects[aws.naming.control_bucket] if opened.id in key]:
        del aws.objects[aws.naming.control_bucket][key]
    portal.wizard.mine(steward(portal))
    assert not (tmp_path / "uploads" / opened.id).exists()
