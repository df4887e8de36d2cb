"""Journeys through a real portal in a real Chromium, on a demo mesh that is made once for the whole run.

`person("analyst")` opens a visit on the shared portal: journeys there read, or add things of their own; those that
remove take `own_portal`, a portal on a copy. At a test's end a visit's faults fail it: a console error, a failed
answer, a request that left this machine.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from scripts.portal_browser import WIDE, Visit, launched
from scripts.portal_process import PortalProcess, copy_mesh, load_demo, serve

Person = Callable[..., Visit]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # The first journey waits for the demo mesh to be made.
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def demo_mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo mesh, to be copied: made once, also where several workers run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home = shared / "demo-mesh"
    with (shared / "demo-mesh.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "made").exists():
            load_demo(home)
            (home / "made").touch()
    return home


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all journeys."""
    with launched(chromium) as found:
        yield found


@pytest.fixture(scope="session")
def portal(chromium: str, demo_mesh: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """A portal on the demo mesh, for journeys that remove nothing of the demo."""
    with serve(copy_mesh(demo_mesh, tmp_path_factory.mktemp("shared") / "mesh")) as found:
        yield found


@pytest.fixture
def own_portal(chromium: str, demo_mesh: Path, tmp_path: Path) -> Iterator[PortalProcess]:
    """A portal on a copy of the demo mesh that this test may take apart."""
    with serve(copy_mesh(demo_mesh, tmp_path / "mesh")) as found:
        yield found


@pytest.fixture
def visits(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """visits(portal, size, scheme): a visitor; its faults fail the test. A failure leaves a picture of the tab."""
    made: list[Visit] = []

    def visit(portal: PortalProcess, size: tuple[int, int] = WIDE, scheme: str = "light") -> Visit:
        made.append(Visit(browser, portal.url, size, scheme))
        return made[-1]

    yield visit
    if request.session.testsfailed:
        for number, one in enumerate(made):
            one.page.screenshot(path=tmp_path / f"visit-{number}.png")
    faults = [fault for one in made for fault in one.faults]
    for one in made:
        one.close()
    assert faults == []


@pytest.fixture
def person(portal: PortalProcess, visits: Callable[..., Visit]) -> Person:
    """person(role, page, **query): somebody who acts as the role on the shared portal and looks at the page."""

    def open_as(role: str, page: str = "", **query: str) -> Visit:
        visit = visits(portal)
        visit.open(page, **query)
        visit.act_as(role)
        return visit

    return open_as
