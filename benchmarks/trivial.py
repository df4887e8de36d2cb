"""The floor for a page switch: an app of two pages with one title each."""

import streamlit as st


def home() -> None:
    """The page that is left."""
    st.title("Mesh")


def other() -> None:
    """The page that is switched to."""
    st.title("Catalog")


st.navigation([st.Page(home, title="Mesh", default=True), st.Page(other, title="Catalog")]).run()
