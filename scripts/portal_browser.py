"""A visitor of the portal in a real Chromium: opens pages, acts, waits until the portal is at rest, notes every fault.

Nothing here sleeps: `idle` waits until the page's own marks (script state, connection state) have held for a while.
"""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect, sync_playwright
from playwright.sync_api import TimeoutError as BrowserTimeout

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)
PATIENCE_MS = 45_000
OPENING_MS = 5_000
expect.set_options(timeout=PATIENCE_MS)
WIDE = (1400, 900)
NARROW = (390, 844)
# At a deep link Streamlit first looks for its own paths below the page's; their 404s are part of its protocol.
DEEP_LINK_PROBES = ("/_stcore/health", "/_stcore/host-config")
LOCAL_HOSTS = ("127.0.0.1", "localhost")
_IDLE = """quiet_ms => {
    const app = document.querySelector('[data-testid=stApp]');
    const rests = app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-testid=stSkeleton]');
    if (!rests) { window.meshRestsSince = undefined; return false; }
    window.meshRestsSince ??= performance.now();
    return performance.now() - window.meshRestsSince > quiet_ms;
}"""


@contextlib.contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """A headless Chromium, ended at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One visitor with one tab.

    faults  console errors, failed answers, requests that left this machine
    clicks  buttons pressed, links followed, options chosen and fields filled by the methods below
    """

    def __init__(self, browser: Browser, url: str, size: tuple[int, int] = WIDE, scheme: str = "light") -> None:
        """A fresh profile at `size` pixels; `scheme` is light or dark."""
        self.url = url
        self.faults: list[str] = []
        self.clicks = 0
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    def close(self) -> None:
        """Close every tab."""
        self.context.close()

    def open(self, page: str = "", **query: str) -> None:
        """Go to a page by its address, and wait until it has been drawn."""
        self.page.goto(f"{self.url}/{page}" + (f"?{urlencode(query)}" if query else ""))
        self.idle()

    def second_tab(self, address: str) -> "Visit":
        """The same browser profile at an address, in a tab of its own; faults are noted together."""
        other = object.__new__(Visit)
        other.url, other.faults, other.context, other.clicks = self.url, self.faults, self.context, 0
        other.page = self.context.new_page()
        other.page.goto(address)
        other.idle()
        return other

    def go_to(self, title: str) -> None:
        """Follow the navigation's link."""
        self.clicks += 1
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        self.page.get_by_role("heading", level=1, name=title, exact=True).wait_for()
        self.idle()

    def act_as(self, role: str) -> None:
        """Choose the role in the sidebar."""
        self.choose("acting_as", role)

    def choose(self, key: str, option: str) -> None:
        """Choose an option of a select box by its key, with the keyboard."""
        self.clicks += 1
        box = self.keyed(key).get_by_role("combobox")
        offered = self.page.get_by_role("option", name=option, exact=True).first
        for patience in (OPENING_MS, OPENING_MS, PATIENCE_MS):
            box.click()
            box.fill(option)
            try:
                offered.click(timeout=patience)
                break
            except BrowserTimeout:  # a list that opened while the page was still being drawn closes again
                if patience == PATIENCE_MS:
                    raise
                self.idle()
        self.idle()

    def keyed(self, key: str) -> Locator:
        """The element of a widget with this key."""
        return self.page.locator(f".st-key-{key}").first

    def press(self, key: str) -> None:
        """Click the button with this key, and wait until what it did has been drawn."""
        self.clicks += 1
        self.keyed(key).get_by_role("button").first.click()
        self.idle()

    def fill(self, key: str, text: str) -> None:
        """Type into the text field with this key, and leave it."""
        self.clicks += 1
        field = self.keyed(key).locator("input, textarea").first
        field.fill(text)
        field.press("Tab")
        self.idle()

    def see(self, text: str, timeout_ms: float = PATIENCE_MS) -> Locator:
        """Wait until this text can be seen."""
        found = self.page.get_by_text(text).filter(visible=True).first
        found.wait_for(timeout=timeout_ms)
        return found

    def idle(self, quiet_ms: int = 150, reset: bool = True) -> None:
        """Wait until the page has been at rest for `quiet_ms`, from now on if `reset`."""
        if reset:
            self.page.evaluate("() => { window.meshRestsSince = undefined; }")
        self.page.wait_for_function(_IDLE, arg=quiet_ms)

    def columns(self, alt: str) -> list[str]:
        """The column names of the table with these words in its alternative text, as far as it is wide."""
        names = self.grid(alt).locator("[role=columnheader]")
        names.first.wait_for(state="attached")
        return [name.strip() for name in names.all_text_contents() if name.strip()]

    def cells(self, alt: str) -> list[list[str]]:
        """The rows of that table, as far as they are in view."""
        cells = self.grid(alt).locator("[role=gridcell]")
        cells.first.wait_for(state="attached")
        rows = self.grid(alt).locator("[role=row]:has([role=gridcell])").all()
        return [[cell.strip() for cell in row.locator("[role=gridcell]").all_text_contents()] for row in rows]

    def grid(self, alt: str) -> Locator:
        """The table with these words in its alternative text."""
        return self.page.locator(f'[data-testid=stDataFrame]:has([aria-label*="{alt}"])').first

    @property
    def text(self) -> str:
        """What can be read on the page now."""
        return self.page.get_by_test_id("stMain").inner_text()

    def _watch(self, page: Page) -> None:
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._note_request)
        page.on("response", self._note_response)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location.get("url", "").endswith(DEEP_LINK_PROBES):
            self.faults.append(f"console: {message.text} at {message.location.get('url', '')}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in LOCAL_HOSTS:
            self.faults.append(f"left this machine: {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400 and not urlsplit(response.url).path.endswith(DEEP_LINK_PROBES):
            self.faults.append(f"answered {response.status}: {response.url}")
