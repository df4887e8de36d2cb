"""The portal in a browser: start, the switch to Catalog against a trivial page, memory, a CSV made queryable."""

import json
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.measure import Part, Room, Row, memory_bytes, once_s
from scripts import browser
from scripts.portal_browser import Visit, launched
from scripts.portal_process import PortalProcess, copy_mesh, load_demo, serve
from scripts.portal_walks import EXAMPLE, QUERY, file_to_product, run_query

PAGES = ("Catalog", "Query", "Domains", "Create product", "Tags", "Access", "Activity", "Teardown", "Mesh")
SWITCHES = 15
_CLICK = """title => {
    const links = [...document.querySelectorAll('[data-testid=stSidebarNavLink]')];
    window.meshClickedAt = performance.now();
    window.meshRestsSince = undefined;
    links.find(link => link.innerText.trim().endsWith(title)).click();
}"""


@dataclass(frozen=True)
class PortalFigures:
    """Seconds, bytes and clicks; what is measured more than once is a median."""

    start_s: float
    switch_s: float
    trivial_switch_s: float
    file_to_query_s: float
    file_to_query_clicks: int
    portal_bytes: int
    endpoint_bytes: int


def run(room: Room) -> Part:
    """The part of the report. RuntimeError without a browser."""
    chromium, times, mesh = browser.find(), room.rounds(3), room.temp / "mesh"
    if chromium is None:
        raise RuntimeError(browser.ADVICE)
    demo_s = demo_from_nothing(mesh, times)
    with launched(chromium) as started:
        return Part(rows(measure(started, mesh, times), demo_s))


def rows(figures: PortalFigures, demo_s: float) -> list[Row]:
    """What the portal did, against its goals."""
    ratio = figures.switch_s / figures.trivial_switch_s
    together = figures.portal_bytes + figures.endpoint_bytes
    switch = f"{ratio:.1f}x ({figures.switch_s * 1000:.0f} ms against {figures.trivial_switch_s * 1000:.0f} ms)"
    clicks = f"{figures.file_to_query_s:.1f} s, {figures.file_to_query_clicks} clicks and fields"
    halves = f"portal {figures.portal_bytes / 1e6:,.0f} MB, endpoint {figures.endpoint_bytes / 1e6:,.0f} MB"
    return [
        Row("Switch to Catalog with the demo mesh, against a trivial page", switch, "3x", ratio <= 3),
        Row("Portal: command to interactive, existing mesh", f"{figures.start_s:.1f} s", "5 s", figures.start_s <= 5),
        Row("Demo mesh from nothing, without promotions", f"{demo_s:.1f} s", "30 s", demo_s <= 30),
        Row("CSV to the first answer about it, in the browser", clicks, "180 s", figures.file_to_query_s <= 180),
        Row("Memory of both processes at its highest, every page seen", halves, "1,000 MB together", together < 1e9),
    ]


def demo_from_nothing(home: Path, times: int) -> float:
    """Median seconds of `python -m mesh_core.demo --only early` in an empty folder; the last one stays in `home`."""
    found = []
    for _ in range(times):
        shutil.rmtree(home, ignore_errors=True)
        found.append(once_s(lambda: load_demo(home)))
    return statistics.median(found)


def measure(browser: Browser, mesh: Path, starts: int) -> PortalFigures:
    """All figures of the portal on copies of a mesh."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        start_s = statistics.median(_start_s(browser, copy_mesh(mesh, room / f"start{n}")) for n in range(starts))
        with serve(room / "none", script="benchmarks/trivial.py") as trivial:
            trivial_switch_s = _switch_s(browser, trivial.url)
        with serve(copy_mesh(mesh, room / "mesh")) as portal:
            switch_s = _switch_s(browser, portal.url)
            seconds, clicks = _file_to_query(browser, portal)
            _see_every_page(browser, portal)
            endpoint_pid = json.loads((portal.home / "localaws" / "endpoint.json").read_text())["pid"]
            memory = (memory_bytes(portal.pid)[1], memory_bytes(endpoint_pid)[1])
    return PortalFigures(start_s, switch_s, trivial_switch_s, seconds, clicks, *memory)


def _start_s(browser: Browser, home: Path) -> float:
    """From the command to the Mesh page at rest in a fresh browser profile."""
    began = time.perf_counter()
    with serve(home) as portal:
        visit = Visit(browser, portal.url)
        visit.open()
        visit.see("Data products")
        took_s = time.perf_counter() - began
        visit.close()
    return took_s


def _switch_s(browser: Browser, url: str) -> float:
    """Median from the click on Catalog in the navigation to the page at rest, timed in the page itself."""
    visit = Visit(browser, url)
    visit.open()
    found = []
    for _ in range(SWITCHES):
        _timed_switch(visit, "Mesh")
        found.append(_timed_switch(visit, "Catalog"))
    visit.close()
    return statistics.median(found[1:])


def _timed_switch(visit: Visit, title: str) -> float:
    visit.page.evaluate(_CLICK, title)
    visit.page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
    visit.idle(reset=False)
    took_ms: float = visit.page.evaluate("() => window.meshRestsSince - window.meshClickedAt")
    return took_ms / 1000


def _file_to_query(browser: Browser, portal: PortalProcess) -> tuple[float, int]:
    """From Create product to the first answer about a file's rows; seconds, and clicks and fields filled."""
    visit = Visit(browser, portal.url)
    visit.open()
    visit.act_as("sales-owner")
    visit.clicks = 0
    began = time.perf_counter()
    file_to_product(visit, EXAMPLE, "visits")
    run_query(visit, QUERY.format(product="sales.visits"))
    took_s = time.perf_counter() - began
    clicks = visit.clicks
    visit.close()
    return took_s, clicks


def _see_every_page(browser: Browser, portal: PortalProcess) -> None:
    visit = Visit(browser, portal.url)
    visit.open()
    for title in PAGES:
        visit.go_to(title)
    visit.close()
