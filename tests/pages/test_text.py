"""Free text of people is shown as these very characters, whatever Markdown would make of them."""

from __future__ import annotations

import pytest

from pages.parts.text import plain

NO_WIDTH = "\u200b"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        pytest.param("**bold** _it_", r"\*\*bold\*\* \_it\_", id="emphasis"),
        pytest.param("# h", r"\# h", id="a heading"),
        pytest.param("<b>", "&lt;b&gt;", id="HTML"),
        pytest.param("![x](y)", r"\!\[x\]\(y\)", id="an image"),
        pytest.param(":material/home:", r"\:material/home\:", id="an icon"),
        pytest.param("$x^2$", r"\$x\^2\$", id="a formula"),
        pytest.param("https://a.example", rf"https\:{NO_WIDTH}//a\.example", id="a web address"),
        pytest.param("www.a.example", rf"www{NO_WIDTH}\.a\.example", id="a web address without its scheme"),
        pytest.param("me@a.example", rf"me{NO_WIDTH}\@a\.example", id="an e-mail address"),
        pytest.param("a\n\n- b", r"a \- b", id="several lines"),
    ],
)
def test_what_people_wrote_is_no_markup(text: str, markdown: str) -> None:
    assert plain(text) == markdown
