"""Create a data product."""

from __future__ import annotations

import streamlit as st

st.title("Create product")
