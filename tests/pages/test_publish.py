"""The Create product page: who may, the steps from an upload to the product, drafts that survive, edits as a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import pages.parts.session as session
from mesh_core.bootstrap import Outside, Portal, assemble
from mesh_core.settings import Settings
from tests.builders import draft, mesh_with, steward, view_draft
from tests.fakes import FakeAws, FakeRunners

Open = Callable[..., AppTest]
CSV = b"id,e_mail\n1,a@example.org\n2,b@example.org\n3,c@example.org\n"
OWNER = "sales-owner"


@pytest.fixture
def portal(
    aws: FakeAws, runners: FakeRunners, empty_portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Portal:
    """The mesh of the other pages' tests in place of their portal, with a folder for uploads of its own."""
    made = assemble(Settings(home=tmp_path), aws.naming, Outside(aws.writers, runners))
    monkeypatch.setattr(session, "portal", lambda: made)
    mesh_with(made, aws, draft(), view_draft())
    return made


def texts(page: AppTest) -> str:
    kinds = (page.markdown, page.info, page.error, page.success, page.warning, page.caption)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception, page.exception
    return page


def named(page: AppTest, name: str = "returns") -> AppTest:
    """A new draft from a file with its basics filled in, on its data step."""
    click(page, "template_from-file")
    page.text_input(key="wizard_name").set_value(name)
    page.text_area(key="wizard_description").set_value("One parcel that came back").run()
    return click(page, "wizard_next")


def uploaded(page: AppTest, content: bytes = CSV, name: str = "returns.csv") -> AppTest:
    page.file_uploader(key="wizard_file").set_value((name, content, "text/csv")).run()
    assert not page.exception, page.exception
    return page


def step_of(page: AppTest) -> str:
    step = page.query_params["step"]
    return step if isinstance(step, str) else str(step[0])


def test_who_owns_no_domain_is_told_who_may_create_products(portal: Portal, open_page: Open) -> None:
    page = open_page("publish", role="analyst")
    assert "sales-owner" in texts(page)
    assert not [one for one in page.button if str(one.key).startswith("template_")]


def test_without_a_domain_the_way_leads_to_domains(empty_portal: Portal, open_page: Open) -> None:
    assert "there is none yet" in texts(open_page("publish"))


def test_a_csv_becomes_a_product_in_four_steps(portal: Portal, open_page: Open) -> None:
    page = uploaded(named(open_page("publish", role=OWNER)))
    click(page, "wizard_next")
    assert step_of(page) == "governance"
    assert not page.checkbox(key="wizard_personal_e_mail").value
    page.checkbox(key="wizard_personal_e_mail").check().run()
    click(page, "wizard_next")
    assert "Create the table sales.returns" in texts(page)
    assert "Tag sales.returns.e_mail: pii=true, sensitivity=confidential" in texts(page)
    click(page, "wizard_apply")
    (job,) = [one for one in portal.jobs.all() if one.subject == "sales.returns"]
    portal.jobs.wait(job.id)
    page.run()
    assert "sales.returns is published" in texts(page)
    assert "Query it" in [one.label for one in page.button]
    assert portal.reading.world(0).table("sales", "returns").parameters["mesh.row_count"] == "3"
    assert portal.wizard.mine(portal.visitors.visitor(OWNER)) == ()


def test_a_suggestion_that_is_not_ticked_tags_nothing(portal: Portal, open_page: Open) -> None:
    page = click(uploaded(named(open_page("publish", role=OWNER))), "wizard_next")
    click(page, "wizard_next")
    assert step_of(page) == "plan"
    assert "Tag sales" not in texts(page)


def test_next_says_what_is_missing_and_stays(portal: Portal, open_page: Open) -> None:
    page = open_page("publish", role=OWNER)
    click(click(page, "template_from-file"), "wizard_next")
    assert step_of(page) == "basics"
    assert "Give the product a name" in texts(page)
    assert "Say in a sentence what the product holds" in texts(page)


def test_a_taken_name_is_said_at_the_name(portal: Portal, open_page: Open) -> None:
    page = named(open_page("publish", role=OWNER), "orders")
    assert step_of(page) == "basics"
    assert "exists already" in texts(page)


def test_only_domains_that_may_be_changed_are_offered(portal: Portal, open_page: Open) -> None:
    page = click(open_page("publish", role=OWNER), "template_from-file")
    assert page.selectbox(key="wizard_domain").options == ["sales"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("empty.csv", b"", "is empty", id="an empty file"),
        pytest.param("scan.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "scan", id="another kind of file"),
        pytest.param("broken.parquet", b"PAR1 no", "broken", id="a Parquet file that is none"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_the_basics_are_kept(
    portal: Portal, open_page: Open, name: str, content: bytes, words: str
) -> None:
    page = uploaded(named(open_page("publish", role=OWNER)), content, name)
    assert words in page.error[0].value
    assert step_of(click(page, "wizard_next")) == "data"
    click(page, "wizard_back")
    assert page.text_input(key="wizard_name").value == "returns"


def test_a_draft_survives_a_new_session_and_is_offered_again(portal: Portal, open_page: Open) -> None:
    uploaded(named(open_page("publish", role=OWNER)))
    (saved,) = portal.wizard.mine(portal.visitors.visitor(OWNER))
    page = open_page("publish", role=OWNER)
    click(page, f"continue_{saved.id}")
    assert "returns.csv" in texts(page)
    assert step_of(click(page, "wizard_next")) == "governance"


def test_a_draft_survives_a_page_switch(portal: Portal, open_page: Open) -> None:
    page = uploaded(named(open_page("publish", role=OWNER)))
    page.switch_page("pages/domains.py").run()
    page.switch_page("pages/publish.py").run()
    assert "returns.csv" in texts(page)


def test_a_link_to_a_draft_opens_it_at_its_step(portal: Portal, open_page: Open) -> None:
    uploaded(named(open_page("publish", role=OWNER)))
    (saved,) = portal.wizard.mine(portal.visitors.visitor(OWNER))
    assert "returns.csv" in texts(open_page("publish", role=OWNER, draft=saved.id, step="data"))


def test_somebody_elses_draft_is_not_shown(portal: Portal, open_page: Open) -> None:
    uploaded(named(open_page("publish", role="mesh-steward")))
    (saved,) = portal.wizard.mine(steward(portal))
    page = open_page("publish", role=OWNER, draft=saved.id, step="data")
    assert "begun by mesh-steward" in texts(page)
    assert "returns.csv" not in texts(page)


def test_a_discarded_draft_is_gone(portal: Portal, open_page: Open) -> None:
    page = uploaded(named(open_page("publish", role=OWNER)))
    click(page, "wizard_discard")
    assert portal.wizard.mine(portal.visitors.visitor(OWNER)) == ()
    assert "Begin with a template" in [one.value for one in page.subheader]


def test_ragged_rows_are_counted_listed_and_left_out_only_with_a_tick(portal: Portal, open_page: Open) -> None:
    page = uploaded(named(open_page("publish", role=OWNER)), CSV + b"4,d@example.org,more,than,columns\n")
    assert "1 row doesn't fit" in texts(page)
    click(page, "wizard_next")
    assert step_of(page) == "data"
    page.checkbox(key="wizard_accepts").check().run()
    assert step_of(click(page, "wizard_next")) == "governance"


def test_nested_json_shows_its_first_rows(portal: Portal, open_page: Open) -> None:
    lines = b'{"id": 1, "who": {"name": "x", "tags": ["a", "b"]}}\n{"id": 2, "who": {"name": "y", "tags": []}}\n'
    page = uploaded(named(open_page("publish", role=OWNER)), lines, "nested.json")
    assert step_of(click(page, "wizard_next")) == "governance"


def test_the_sql_of_the_query_page_begins_a_view(portal: Portal, open_page: Open) -> None:
    page = open_page("publish", role=OWNER)
    page.session_state["draft_view_sql"] = "SELECT id FROM sales.orders"
    page.query_params["template"] = "cross-domain-view"
    page.run()
    page.text_input(key="wizard_name").set_value("ids")
    page.text_area(key="wizard_description").set_value("Ids").run()
    click(page, "wizard_next")
    assert page.text_area(key="wizard_sql").value == "SELECT id FROM sales.orders"


def test_a_view_that_athena_refuses_keeps_its_text_and_says_why(portal: Portal, open_page: Open) -> None:
    page = click(open_page("publish", role=OWNER), "template_cross-domain-view")
    page.text_input(key="wizard_name").set_value("ids")
    page.text_area(key="wizard_description").set_value("Ids").run()
    click(page, "wizard_next")
    page.text_area(key="wizard_sql").set_value("DELETE FROM sales.orders").run()
    click(page, "wizard_next")
    assert "Only a SELECT" in page.error[0].value
    assert page.text_area(key="wizard_sql").value == "DELETE FROM sales.orders"


def test_a_job_that_failed_keeps_the_draft_to_plan_again(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    page = click(uploaded(named(open_page("publish", role=OWNER))), "wizard_next")
    click(page, "wizard_next")

    def refuse(name: str) -> None:
        if name == "create_table":
            raise RuntimeError("no")

    aws.before_write = refuse
    click(page, "wizard_apply")
    (job,) = [one for one in portal.jobs.all() if one.subject == "sales.returns"]
    portal.jobs.wait(job.id)
    aws.before_write = lambda _what: None
    page.run()
    portal.jobs.undo(job.id, "mesh-steward")
    portal.jobs.wait(job.id)
    click(page.run(), "wizard_plan_again")
    assert "Create the table sales.returns" in texts(page)


def test_an_edit_is_a_plan_with_a_new_version(portal: Portal, open_page: Open) -> None:
    page = open_page("publish", role=OWNER, edit="sales.orders")
    assert "Nothing to do" in texts(page)
    page.text_area(key="edit_description").set_value("Orders, one a row").run()
    assert "Change the table sales.orders" in texts(page)
    click(page, "edit_apply")
    portal.jobs.wait(page.session_state["edit_job"])
    table = portal.reading.world(0).table("sales", "orders")
    assert (table.description, table.parameters["mesh.version"]) == ("Orders, one a row", "1.0.1")


def test_an_edit_of_a_tag_shows_who_loses_what(portal: Portal, open_page: Open) -> None:
    page = open_page("publish", role=OWNER, edit="sales.orders")
    page.selectbox(key="edit_tag_sensitivity").set_value("restricted").run()
    assert "Tag sales.orders: sensitivity=restricted" in texts(page)


def test_who_may_not_edit_a_product_is_told_whom_to_ask(portal: Portal, open_page: Open) -> None:
    page = open_page("publish", role="analyst", edit="sales.orders")
    assert "may not change the domain sales" in texts(page)
    assert not page.text_area


def test_a_product_that_is_gone_can_not_be_edited(portal: Portal, open_page: Open) -> None:
    assert "no product" in texts(open_page("publish", role=OWNER, edit="sales.gone"))


def test_a_published_link_says_when_the_product_is_gone(portal: Portal, open_page: Open) -> None:
    assert "There is no product" in texts(open_page("publish", role=OWNER, published="sales.gone"))


def test_a_column_that_is_tagged_as_personal_comes_back_ticked(portal: Portal, open_page: Open) -> None:
    page = click(uploaded(named(open_page("publish", role=OWNER))), "wizard_next")
    page.checkbox(key="wizard_personal_e_mail").check().run()
    (saved,) = portal.wizard.mine(portal.visitors.visitor(OWNER))
    again = open_page("publish", role=OWNER, draft=saved.id, step="governance")
    assert again.checkbox(key="wizard_personal_e_mail").value
    again.checkbox(key="wizard_personal_e_mail").uncheck().run()
    opened = portal.wizard.open(portal.visitors.visitor(OWNER), saved.id)
    assert opened.draft.column_tags == {}
