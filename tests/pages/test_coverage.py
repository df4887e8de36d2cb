"""Coverage on the Tags page: counts, gaps, and one plan for many columns."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeVocabulary, PublishProduct
from mesh_core.domain.world import Column
from tests.builders import draft, stage, steward
from tests.fakes import FakeAws

Open = Callable[..., AppTest]


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts)


def covered(open_page: Open, role: str = "mesh-steward") -> AppTest:
    test = open_page("tags", role)
    test.session_state["tags_tab"] = "Coverage"
    return test.run()


def test_a_mesh_without_gaps_but_inheritance_says_so_by_domain(portal: Portal, open_page: Open) -> None:
    table = covered(open_page).dataframe[0].value
    assert list(table["Domain"]) == ["sales"]
    assert list(table["Covered"]) == [1.0]


def test_five_hundred_columns_are_tagged_in_one_plan(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    wide = tuple(Column(f"c{n:03}", "bigint", "Number") for n in range(500))
    stage(aws)
    portal.changes.apply_now(steward(portal), PublishProduct(draft("wide", columns=wide, column_tags={})))
    portal.changes.apply_now(steward(portal), ChangeVocabulary("team", ("a", "b")))
    test = covered(open_page)
    test.text_input(key="coverage_text").input("sales.wide.c").run()
    test.toggle(key="coverage_all").set_value(True).run()
    test.selectbox(key="coverage_key").select("team").run()
    test.selectbox(key="coverage_value_team").select("a").run()
    test.button(key="apply_tags_coverage").click().run()
    job = portal.jobs.wait(portal.jobs.all()[0].id)
    assert (job.state, len(job.steps)) == ("done", 500)
    world = portal.reading.world()
    assert sum(own.get("team") == "a" for own in world.assigned.values()) == 500


def test_an_owner_may_not_tag_what_others_own(portal: Portal, open_page: Open) -> None:
    portal.changes.apply_now(steward(portal), ChangeVocabulary("team", ("a", "b")))
    test = covered(open_page, "analyst")
    test.toggle(key="coverage_all").set_value(True).run()
    assert "may not change tags in sales" in words(test)
