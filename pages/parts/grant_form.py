"""The form of a new grant: to whom, by LF-tags or by name; live words on what it reaches."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.world import ColumnsResource, ExpressionResource, FilterResource, Grant, Resource, TableResource
from pages.parts import session
from pages.parts.text import plain

ALL_TABLES, EVERY_ROW = "all products, future ones too", "every row"


def draw() -> Grant | None:
    """The grant as filled in, None while something is missing."""
    roles = session.portal().access.matrix().roles
    role = st.selectbox("To whom", roles, index=None, key="grant_role", placeholder="Choose a role …")
    kinds = ["By LF-tags", "By name"] if session.visitor().is_steward else ["By name"]
    kind = st.segmented_control("How", kinds, default=kinds[0], key="grant_kind", required=True)
    resource = _by_tags() if kind == "By LF-tags" else _by_name()
    if role is None or resource is None:
        return None
    return Grant(session.portal().naming.role_arn(role), resource, ("SELECT",))


def _by_tags() -> Resource | None:
    pairs = []
    for key, values in sorted(session.portal().reading.world().tags.items()):
        chosen = st.multiselect(key, values, key=f"grant_tag_{key}", placeholder="any, or not set")
        if chosen:
            pairs.append((key, tuple(sorted(chosen))))
    if not pairs:
        st.caption("Choose a value of at least one LF-tag: all keys must match, any of a key's values does.")
        return None
    reach = session.portal().access.reach(tuple(pairs))
    words = ", ".join(f"{plain(name)} ({len(columns)})" for name, columns in sorted(reach.columns.items()))
    st.markdown(f"Reaches {reach.count} columns of {len(reach.columns)} tables now: {words or 'none'}")
    return ExpressionResource("TABLE", tuple(pairs))


def _by_name() -> Resource | None:
    world, who = session.portal().reading.world(), session.visitor()
    domains = tuple(d.name for d in world.databases if d.is_managed and who.may_change(d.name))
    domain = st.selectbox("Domain", domains, index=None, key="grant_domain", placeholder="Choose a domain …")
    if domain is None:
        return None
    tables = {t.name: t for t in world.tables if t.is_managed and t.database == domain}
    name = st.selectbox("Product", (ALL_TABLES, *sorted(tables)), key=f"grant_table_{domain}")
    if name == ALL_TABLES:
        return TableResource(domain, "*")
    table = tables[name]
    if table.view_sql is not None:
        st.caption("A view is granted whole; its reader needs access to what it reads, too.")
        return TableResource(domain, name)
    filters = [one.name for one in world.filters if (one.database, one.table) == (domain, name)]
    if filters:
        rows = st.selectbox("Rows", (EVERY_ROW, *filters), key=f"grant_rows_{domain}_{name}")
        if rows != EVERY_ROW:
            return FilterResource(domain, name, rows)
    columns = st.multiselect("Columns", table.column_names, key=f"grant_columns_{domain}_{name}", placeholder="all")
    return ColumnsResource(domain, name, tuple(sorted(columns))) if columns else TableResource(domain, name)
