"""The portal's table of contents: which pages there are, and who is looking.

`st.navigation` comes before anything of mesh_core is imported: until it has run, Streamlit shows a menu of its own made
from the files in pages/.
"""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

st.set_page_config(page_title="Mesh Portal", page_icon=str(HERE / "static" / "icon.png"), layout="wide")


def _page(name: str, title: str, icon: str, default: bool = False, visible: bool = True) -> st.Page:
    visibility = "visible" if visible else "hidden"
    path = HERE / "pages" / f"{name}.py"
    return st.Page(path, title=title, icon=f":material/{icon}:", url_path=name, default=default, visibility=visibility)


PAGES = {
    "Discover": [
        _page("mesh", "Mesh", "hub", default=True),
        _page("catalog", "Catalog", "menu_book"),
        _page("query", "Query", "terminal"),
        _page("product", "Product", "dataset", visible=False),
    ],
    "Build": [
        _page("domains", "Domains", "domain"),
        _page("publish", "Create product", "add_box"),
    ],
    "Govern": [
        _page("tags", "Tags", "sell"),
        _page("access", "Access", "key"),
        _page("requests", "Requests", "inbox"),
        _page("personal", "Personal data", "fingerprint"),
        _page("policies", "Policies", "gavel"),
        _page("checks", "Governance tests", "checklist"),
    ],
    "Operate": [
        _page("activity", "Activity", "history"),
        _page("audit", "Audit", "policy"),
        _page("teardown", "Teardown", "delete_sweep"),
    ],
}

current = st.navigation(PAGES, expanded=True)

from pages.parts import session  # noqa: E402

session.draw_page(current)
