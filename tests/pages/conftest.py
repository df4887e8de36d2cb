"""Pages on a portal in memory: `open_page("catalog", role="analyst")` gives an AppTest that has run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import pages.parts.session as session
from mesh_core.bootstrap import Portal
from tests.builders import draft, mesh_with, portal_on, view_draft
from tests.fakes import FakeAws, FakeRunners

ROOT = Path(__file__).parents[2]


@pytest.fixture
def aws() -> FakeAws:
    """An account in memory, empty."""
    return FakeAws()


@pytest.fixture
def runners() -> FakeRunners:
    """Athena in memory."""
    return FakeRunners()


@pytest.fixture
def empty_portal(aws: FakeAws, runners: FakeRunners, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal on an account without a mesh; pages use it."""
    portal = portal_on(aws, runners)
    monkeypatch.setattr(session, "portal", lambda: portal)
    return portal


@pytest.fixture
def portal(aws: FakeAws, empty_portal: Portal) -> Portal:
    """A portal on a mesh with sales.orders (its e-mails personal) and the view sales.recent; pages use it."""
    mesh_with(empty_portal, aws, draft(), view_draft())
    return empty_portal


@pytest.fixture
def open_page(empty_portal: Portal) -> Callable[..., AppTest]:
    """open_page(name, role, **query) runs a page from the entry script."""

    def run(name: str, role: str = "mesh-steward", **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "portal.py"), default_timeout=30)
        test.session_state["acting_as"] = role
        test.run()
        for key, value in query.items():
            test.query_params[key] = value
        test.switch_page(f"pages/{name}.py").run()
        assert not test.exception, test.exception
        return test

    return run
