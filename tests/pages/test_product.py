"""The Product page: each tab, for those who may read and those who may not."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import Teardown
from mesh_core.services.ports_queries import ResultColumn, ResultPage
from tests.builders import draft, mesh_with, steward
from tests.fakes import FakeAws, FakeRunner, FakeRunners

Open = Callable[..., AppTest]
ORDERS = "sales.orders"
ROWS = ResultPage(
    (ResultColumn("id", "bigint"), ResultColumn("email", "varchar")), (("1", "a@b.c"), (None, None)), False
)


def words(page: AppTest) -> str:
    """All Markdown of a page and the text of its tables."""
    tables = "\n".join(one.value.to_string() for one in page.main.table)
    return "\n".join(one.value for one in page.main.markdown) + tables


def test_the_overview_tells_owner_purpose_version_and_status(portal: Portal, open_page: Open) -> None:
    page = open_page("product", product=ORDERS)
    assert page.title[0].value == "sales\\.orders"
    for fact in ("sales\\-owner", "1\\.0\\.0", "active", "Nobody has said yet"):
        assert fact in words(page)
    assert "FROM sales.orders" in page.main.code[0].value


def test_each_tag_says_where_it_is_assigned(portal: Portal, open_page: Open) -> None:
    text = words(open_page("product", product=ORDERS, tab="Schema"))
    assert "pii\\=true · assigned here" in text
    assert "pii\\=false · inherited from sales" in text


def test_a_sample_is_read_with_my_own_credentials(portal: Portal, runners: FakeRunners, open_page: Open) -> None:
    runners.runners["sales-owner"] = FakeRunner(default=ROWS)
    page = open_page("product", role="sales-owner", product=ORDERS, tab="Sample")
    assert list(page.dataframe[0].value["email"])[0] == "a@b.c"
    assert [sql for sql in runners.runners["sales-owner"].started if "LIMIT 20" in sql]
    assert set(runners.runners) == {"sales-owner"}


def test_who_may_not_read_is_told_whom_to_ask_and_nothing_is_run(
    portal: Portal, runners: FakeRunners, open_page: Open
) -> None:
    page = open_page("product", role="analyst", product=ORDERS, tab="Sample")
    assert "analyst may not read sales\\.orders yet" in words(page)
    assert "Ask sales\\-owner, who owns it, or mesh-steward" in words(page)
    assert runners.runners == {}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(ResultPage(ROWS.columns, (), False), "holds no rows yet", id="an empty product"),
        pytest.param("SYNTAX_ERROR: line 1:8", "SYNTAX", id="a failure is told in a sentence"),
    ],
)
def test_a_sample_without_rows_is_explained(
    portal: Portal, runners: FakeRunners, open_page: Open, answer: ResultPage | str, said: str
) -> None:
    runners.runners["sales-owner"] = FakeRunner(default=answer if isinstance(answer, ResultPage) else None)
    if isinstance(answer, str):
        sql = "SELECT\n  id,\n  email\nFROM sales.orders\nLIMIT 20"
        runners.runners["sales-owner"].answers[sql] = answer
    page = open_page("product", role="sales-owner", product=ORDERS, tab="Sample")
    assert said in "".join(one.value for one in (*page.info, *page.error))


def test_the_contract_can_be_read(portal: Portal, open_page: Open) -> None:
    page = open_page("product", product=ORDERS, tab="Contract")
    assert "kind: DataContract" in page.main.code[0].value


def test_a_lost_contract_is_said(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    del aws.objects[aws.naming.bucket("sales")]["_mesh/orders/1.0.0/orders.odcs.yaml"]
    page = open_page("product", product=ORDERS, tab="Contract")
    assert "is gone" in page.info[0].value


def test_who_can_read_it_is_listed_with_the_reason(portal: Portal, open_page: Open) -> None:
    table = open_page("product", product=ORDERS, tab="Who can read it").main.table[0].value
    by_role = {row["Role"]: row for row in table.to_dict("records")}
    assert "All of it" in by_role["**sales\\-owner**"]["Can read"]
    assert "SELECT" in by_role["**sales\\-owner**"]["Because of"]
    assert "holds no grant" in by_role["**analyst**"]["What is missing"]


def test_lineage_is_listed_column_by_column(portal: Portal, open_page: Open) -> None:
    page = open_page("product", product="sales.recent", tab="Lineage")
    rows = page.dataframe[0].value
    assert rows.to_dict("records") == [{"From": "sales.orders.id", "To": "sales.recent.id", "How": "its value"}]


def test_only_the_open_tab_is_drawn(portal: Portal, open_page: Open) -> None:
    page = open_page("product", product=ORDERS)
    assert len(page.dataframe) == 0
    assert "DataContract" not in "".join(one.value for one in page.main.code)


def test_only_who_may_change_it_is_offered_to_edit_it(portal: Portal, open_page: Open) -> None:
    def offered(role: str) -> bool:
        return any(button.key == "edit" for button in open_page("product", role=role, product=ORDERS).main.button)

    assert (offered("mesh-steward"), offered("sales-owner"), offered("analyst")) == (True, True, False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("", "No data product was chosen", id="none"),
        pytest.param("sales.nothing", "There is no product", id="unknown"),
        pytest.param("<b>", "domain\\.name", id="no name at all"),
    ],
)
def test_a_product_that_is_not_there_leads_back_to_the_catalog(
    portal: Portal, open_page: Open, name: str, said: str
) -> None:
    page = open_page("product", product=name)
    assert said in words(page)
    assert any(e.proto.page == "catalog" for e in page.main.get("page_link"))


def test_a_product_torn_down_meanwhile_is_said_to_be(portal: Portal, open_page: Open) -> None:
    page = open_page("product", product="sales.recent")
    portal.changes.apply_now(steward(portal), Teardown("product", "sales.recent"))
    page.run()
    assert "torn down" in words(page)


def test_what_people_wrote_is_shown_as_text(aws: FakeAws, empty_portal: Portal, open_page: Open) -> None:
    hostile = "![x](https://a.example/p.png)"
    columns = tuple(replace(c, description=hostile) for c in draft().columns)
    mesh_with(empty_portal, aws, draft(description=hostile, purpose=hostile, columns=columns))
    for tab in ("Overview", "Schema", "Who can read it"):
        assert hostile not in words(open_page("product", product=ORDERS, tab=tab))


@pytest.mark.parametrize("tab", ["Schema", "Sample"])
def test_what_is_hidden_from_me_leads_to_its_explanation(portal: Portal, open_page: Open, tab: str) -> None:
    page = open_page("product", role="analyst", product=ORDERS, tab=tab)
    links = [(one.proto.label, one.proto.query_string) for one in page.main.get("page_link")]
    assert ("Why not id?", "access_role=analyst&access_product=sales.orders&access_column=id") in links
    assert ("Why?", "access_role=analyst&access_product=sales.orders") in links


def test_each_reader_is_explained(portal: Portal, open_page: Open) -> None:
    page = open_page("product", product=ORDERS, tab="Who can read it")
    page.selectbox(key="explain_role").select("analyst").run()
    links = [one.proto.query_string for one in page.main.get("page_link") if "can or can" in one.proto.label]
    assert links == ["access_role=analyst&access_product=sales.orders"]
