"""The Activity page: what was changed, the way back and forth, and who was denied what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import Teardown
from mesh_core.errors import StepFailedError
from tests.builders import steward
from tests.fakes import FakeAws, FakeRunner, FakeRunners

Open = Callable[..., AppTest]
DENIED = "COLUMN_NOT_FOUND: line 1:8: Column 'email' cannot be resolved or requester is not authorized"


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning)
    return " ".join(one.value for one in texts)


def opened(test: AppTest, job_id: str) -> AppTest:
    """The page with one job opened."""
    test.session_state[f"job-{job_id}"] = True
    return test.run()


@pytest.fixture
def failed(portal: Portal, aws: FakeAws) -> str:
    """A teardown that failed at its first deletion; the job's id."""

    def refuse(what: str) -> None:
        if what == "delete_table":
            raise RuntimeError("no room")

    aws.before_write = refuse
    plan = portal.changes.preview(steward(portal), Teardown("product", "sales.orders"))
    with pytest.raises(StepFailedError):
        portal.jobs.run(plan, "mesh-steward")
    aws.before_write = lambda _: None
    return next(job.id for job in portal.jobs.all() if job.state == "failed")


def test_an_empty_mesh_has_no_changes_yet(open_page: Open):
    assert "Nothing has been changed yet" in words(open_page("activity"))


def test_changes_are_listed_with_who_and_when(portal: Portal, open_page: Open):
    labels = [one.label for one in open_page("activity").expander]
    assert any("Publish sales\\.orders – mesh\\-steward, " in label for label in labels)


def test_the_newest_change_comes_first_even_within_a_second(portal: Portal):
    started = [job.started_at for job in portal.jobs.all()]
    assert started == sorted(started, reverse=True)


def test_a_failed_job_says_why_and_offers_both_ways(portal: Portal, failed: str, open_page: Open):
    test = opened(open_page("activity"), failed)
    assert "1 of them did not finish" in words(test)
    assert "no room" in words(test)
    assert {f"resume-{failed}", f"undo-{failed}"} <= {one.key for one in test.button}


@pytest.mark.parametrize(("way", "state"), [("resume", "done"), ("undo", "undone")])
def test_resume_finishes_and_undo_takes_back(portal: Portal, failed: str, open_page: Open, way: str, state: str):
    opened(open_page("activity"), failed).button(key=f"{way}-{failed}").click().run()
    assert portal.jobs.wait(failed, 20).state == state


def test_a_bystander_sees_the_job_but_no_buttons(portal: Portal, failed: str, open_page: Open):
    assert not opened(open_page("activity", "analyst"), failed).button


@pytest.mark.parametrize(
    ("role", "seen"), [("mesh-steward", ["analyst"]), ("analyst", ["analyst"]), ("sales-owner", [])]
)
def test_denied_reads_are_shown_to_whom_they_concern(
    portal: Portal, runners: FakeRunners, open_page: Open, role: str, seen: list[str]
):
    sql = "SELECT email FROM sales.orders"
    runners.runners["analyst"] = FakeRunner({sql: DENIED, "SELECT 1 / 0": "DIVISION_BY_ZERO"}, [sql, "SELECT 1 / 0"])
    test = open_page("activity", role)
    test.session_state["activity_tab"] = "Denied reads"
    test.run()
    rows = test.dataframe[0].value.to_dict("records") if test.dataframe else []
    assert [row["SQL"] for row in rows] == [sql] * len(seen)
