"""The portal's pages: inputs, one service call, drawing. No AWS, no decisions.

Streamlit runs a file of a folder named `pages` by itself, without portal.py, when the first address that a fresh
process is asked for is that page's, since only `st.navigation` tells it not to. A page so run imports this package
before it draws anything: the run is begun again, through portal.py, at the same address.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

if PagesManager.uses_pages_directory:
    PagesManager.uses_pages_directory = False
    st.rerun()
