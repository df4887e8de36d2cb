"""The form of a new grant: to whom, by LF-tags or by name; live words on what it reaches."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.delegation import DOMAIN, GRANT_BY, allowed_values
from mesh_core.domain.world import (
    ColumnsResource,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Resource,
    TableResource,
)
from pages.parts import session, tag_guidance
from pages.parts.text import plain

BY_TAGS, BY_SAVED, BY_NAME = "By LF-tags", "By a saved expression", "By name"
ALL_TABLES, EVERY_ROW = "all products, future ones too", "every row"


def draw() -> Grant | None:
    """The grant as filled in, None while something is missing."""
    roles = session.portal().access.matrix().roles
    role = st.selectbox("To whom", roles, index=None, key="grant_role", placeholder="Choose a role …")
    world = session.portal().reading.world()
    own = allowed_values(world, session.visitor(), GRANT_BY).get(DOMAIN, ())
    kinds = [BY_TAGS, *([BY_SAVED] if world.expressions else [])] if own or session.visitor().is_steward else []
    kinds = [*kinds, BY_NAME] if session.visitor().is_steward else [BY_NAME, *kinds]
    kind = st.segmented_control("How", kinds, default=kinds[0], key="grant_kind", required=True)
    match kind:
        case "By LF-tags":
            resource = _by_tags(() if session.visitor().is_steward else own)
        case "By a saved expression":
            resource = _by_saved()
        case _:
            resource = _by_name()
    if role is None or resource is None:
        return None
    return Grant(session.portal().naming.role_arn(role), resource, ("SELECT",))


def _by_saved() -> Resource | None:
    found = {one.name: one for one in session.portal().tags.expressions()}
    name = st.selectbox("Saved expression", list(found), index=None, key="grant_saved", placeholder="Choose one …")
    if name is None:
        st.caption("A grant by a saved expression follows it when the steward changes it.")
        return None
    one = found[name]
    st.markdown(f"{plain(one.words)}: reaches {one.columns} columns of {one.tables} tables now.")
    return NamedExpressionResource("TABLE", name)


def _by_tags(own: tuple[str, ...]) -> Resource | None:
    """own: the domains that the grant must stay in, () for any."""
    pairs = []
    for key, values in sorted(session.portal().reading.world().tags.items()):
        confined = key == DOMAIN and bool(own)
        chosen = st.multiselect(
            key,
            own if confined else values,
            list(own) if confined else None,
            key=f"grant_tag_{key}",
            placeholder="any, or not set",
            help=tag_guidance.help_for(key),
        )
        if chosen:
            pairs.append((key, tuple(sorted(chosen))))
    if own and not any(key == DOMAIN for key, _ in pairs):
        st.caption(f"Say {DOMAIN}: without it the grant would open other domains' data.")
        return None
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
