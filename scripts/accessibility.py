"""What axe-core finds wrong with a page as it is drawn now: serious and critical faults, each in one line.

Left out is what Streamlit draws so that no page can change it:
- the navigation's list, whose groups stand between `ul` and `li` as `div` (rules `list` and `listitem`);
- in the dark theme, the chosen option of a segmented control or of pills: its text is the primary colour on a tint of
  itself (3.7:1), while the same colour must carry a primary button's white text (4.7:1), and no colour does both.

axe-core 4.14.1 lies in tests/journeys/axe with its licence (MPL-2.0), so that the tests need no Node.
"""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "tests" / "journeys" / "axe" / "axe.min.js"
_RUN = """async () => {
    const page = {exclude: [['[data-testid=stSidebarNavItems]'], ['button[data-selected=true]']]};
    const found = await axe.run(page, {resultTypes: ['violations']});
    return found.violations.filter(v => ['serious', 'critical'].includes(v.impact)).flatMap(v => v.nodes.map(node =>
        `${v.id} (${v.impact}): ${node.target.join(' ')}: ${node.html.slice(0, 160)}: ` +
        node.failureSummary.split('\\n').slice(1).join(' ').slice(0, 300)));
}"""


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def accessibility_faults(page: Page) -> list[str]:
    """Every element with a serious or critical fault: the rule, where, and what axe says of it."""
    if page.evaluate("() => typeof window.axe === 'undefined'"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(_RUN)
    return found
