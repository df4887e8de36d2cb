"""The tabs of a product's page. Only the open one is drawn, so only it costs anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import streamlit as st

from mesh_core.domain.catalog import SAMPLE_ROWS, ColumnView, ProductView, Reader, sample_queries, sample_sql
from mesh_core.domain.names import STEWARD
from mesh_core.domain.publish import CONTACT, days_kept
from mesh_core.domain.tags import EffectiveTag
from mesh_core.domain.visitors import Visitor
from mesh_core.services.ports_queries import ResultPage
from pages.parts import query_run, run_as_view, session, sql_editor, tag_origin, why_view
from pages.parts.cards import access_badge, badge
from pages.parts.text import count, plain, size

WHOLE_NUMBERS = ("tinyint", "smallint", "int", "integer", "bigint")
FRACTIONS = ("double", "float", "real")
MOST_REASONS = 4  # links to explanations in a row


def draw_overview(view: ProductView) -> None:
    """Purpose and sample queries beside the facts."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"**Purpose**\n\n{plain(view.purpose) or 'Nobody has said yet what it is for.'}")
        for number, one in enumerate(sample_queries(view), 1):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(one.title)}**", width="content")
                st.space("stretch")
                if st.button("Open in Query", key=f"open_{number}", icon=":material/terminal:", type="tertiary"):
                    open_in_query(one.sql)
            st.code(one.sql, language=None, wrap_lines=True)
    with right:
        st.table(_facts(view), border="horizontal", hide_header=True, alt=f"Facts about {view.card.name}")


def open_in_query(sql: str) -> NoReturn:
    """Leave for the Query page with the statement in its editor."""
    sql_editor.replace(sql)
    query_run.clear()
    st.switch_page("pages/query.py")


def _facts(view: ProductView) -> dict[str, str]:
    card, table = view.card, view.table
    known = {
        "Owner": card.owner,
        "Contact": table.parameters.get(CONTACT, ""),
        "Domain": card.name.domain,
        "Status": card.status,
        "Version": card.version,
        "Kind": "Cross-domain view" if card.is_view else "Table",
        "Rows": "" if card.is_view else count(card.row_count),
        "Stored": "" if card.is_view else size(card.size_bytes),
        "Retention": f"{count(kept)} days" if (kept := days_kept(table.parameters)) else "",
        "Columns": count(len(card.columns)),
        "Partitioned by": ", ".join(c.name for c in table.partition_keys),
        "Labels": ", ".join(card.labels),
        "Location": table.location,
        "Read by": ", ".join(view.used_by),
        "Reads": ", ".join(r.full_name for r in view.reads),
    }
    return {what: plain(text) for what, text in known.items() if text}


def draw_schema(view: ProductView) -> None:
    """Columns with types, descriptions and tags; each tag says where it is assigned."""
    if view.table_tags:
        st.markdown("LF-tags of the product: " + " ".join(_tag(one) for one in view.table_tags))
    st.table(
        [_column(one) for one in view.columns],
        border="horizontal",
        hide_index=True,
        alt=f"Columns of {view.card.name} with types, tags and whether I may read them",
    )
    draw_hidden(view)


def _column(one: ColumnView) -> dict[str, str]:
    sign = ":green[:material/lock_open:] yes" if one.is_readable else ":gray[:material/lock:] no"
    return {
        "Column": f"**{plain(one.column.name)}**",
        "Type": f":small[{plain(one.column.type)}]",
        "Readable": sign,
        "LF-tags": " ".join(_tag(tag) for tag in one.tags),
        "Description": plain(one.column.description),
    }


def _tag(tag: EffectiveTag) -> str:
    who = tag_origin.words(tag)
    if tag.inherited:
        return badge(f"{tag.key}={tag.value} · inherited from {tag.source}{who}", "gray")
    return badge(f"{tag.key}={tag.value} · assigned here{who}", "blue", "sell")


def draw_hidden(view: ProductView) -> None:
    """Which columns the visitor may not read, and why; nothing where all may be read."""
    if not view.verdict.denied:
        return
    lines = [
        f"- **{plain(', '.join(columns))}**: {plain(reason)}" for reason, columns in _by_reason(view.verdict.denied)
    ]
    st.markdown(":material/lock: **Hidden from me**\n\n" + "\n".join(lines))
    with st.container(horizontal=True):
        for _, columns in list(_by_reason(view.verdict.denied))[:MOST_REASONS]:
            label = f"Why not {plain(columns[0])}?"
            why_view.link(label, session.visitor().role, str(view.card.name), columns[0])


def _by_reason(denied: Mapping[str, str]) -> Iterable[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for column, reason in denied.items():
        groups.setdefault(reason, []).append(column)
    return groups.items()


def draw_sample(view: ProductView, who: Visitor) -> None:
    """The first rows, read with the visitor's own credentials."""
    if not view.verdict.columns:
        _draw_denied(view, who)
        return
    with st.spinner(f"Reading {SAMPLE_ROWS} rows of {view.card.name} as {who.role} …"):
        _, page = session.portal().queries.run(who, sample_sql(view), SAMPLE_ROWS)
    if not page.rows:
        st.info("The product holds no rows yet.", icon=":material/inbox:")
    else:
        st.dataframe(_rows(page), hide_index=True, alt=f"{len(page.rows)} rows of {view.card.name}")
        st.markdown(f":small[{len(page.rows)} rows, read as {plain(who.role)}.]")
    if view.verdict.filters:
        st.markdown(f":material/filter_alt: Row filters narrow what I see: {plain(', '.join(view.verdict.filters))}.")
    draw_hidden(view)


def _draw_denied(view: ProductView, who: Visitor) -> None:
    with st.container(border=True):
        owner = view.card.owner or STEWARD
        st.markdown(
            f":material/lock: **{plain(who.role)} may not read {plain(str(view.card.name))} yet.** "
            f"Ask {plain(owner)}, who owns it, or {STEWARD}."
        )
        draw_hidden(view)
        if view.base_owners:
            bases = ", ".join(f"{base} (ask {owner or STEWARD})" for base, owner in view.base_owners)
            st.markdown(f"To read the view one must be able to read what it reads: {plain(bases)}.")
        st.page_link("pages/access.py", label="See who can read what", icon=":material/key:")


def _rows(page: ResultPage) -> list[dict[str, Any]]:
    """Rows by column; a name that comes twice is numbered."""
    names: list[str] = []
    for column in page.columns:
        names.append(column.name if column.name not in names else f"{column.name} ({len(names) + 1})")
    types = [column.type for column in page.columns]
    return [dict(zip(names, map(_value, row, types), strict=True)) for row in page.rows]


def _value(text: str | None, kind: str) -> Any:
    if text is None:
        return None
    if kind in WHOLE_NUMBERS:
        return int(text)
    return float(text) if kind in FRACTIONS else text


def draw_contract(view: ProductView) -> None:
    """The ODCS contract, to read and to download."""
    text = session.portal().catalog.contract(view)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"Open Data Contract Standard, version {plain(view.card.version)} of this contract", width="content"
        )
        st.space("stretch")
        st.download_button(
            "Download",
            text,
            file_name=f"{view.card.name}.odcs.yaml",
            mime="application/yaml",
            key="contract",
            on_click="ignore",
            icon=":material/download:",
        )
    st.code(text, language=None, wrap_lines=True)


def draw_readers(view: ProductView) -> None:
    """Each role with what it may read, and why."""
    if view.verdict.open_to_iam:
        st.error(
            "IAM_ALLOWED_PRINCIPALS may read this table: Lake Formation is not asked. Whoever may call Glue and S3 "
            "reads all of it. Revoke that grant on Access.",
            icon=":material/gpp_bad:",
        )
    order = {"all": 0, "part": 1, "none": 2}
    readers = sorted(view.readers, key=lambda one: (order[one.verdict.amount], one.principal))
    st.table(
        [_reader(one) for one in readers],
        border="horizontal",
        hide_index=True,
        alt=f"Who can read {view.card.name}, and why",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        role = st.selectbox("Explain for", [one.principal for one in readers], key="explain_role")
        if role:
            why_view.link(f"Why {plain(role)} can or can't", role, str(view.card.name))
    st.page_link("pages/access.py", label="Change who can read it", icon=":material/key:")
    _draw_run_as(view, [one.principal for one in readers])


def _draw_run_as(view: ProductView, roles: list[str]) -> None:
    """For who answers for the product: what one of the roles gets of it."""
    product = view.table.full_name
    if roles and session.portal().run_as.may_preview(session.visitor(), product):
        role = st.selectbox("Look through the eyes of", roles, key="run_as_role", width=320)
        run_as_view.draw(role or roles[0], product)


def _reader(one: Reader) -> dict[str, str]:
    verdict = one.verdict
    because = sorted({reason.words for reasons in verdict.reasons.values() for reason in reasons})
    filters = [f"only the rows of the filter {name}" for name in verdict.filters]
    if verdict.amount == "none":
        lacks = [plain(reason) for reason in sorted(set(verdict.denied.values()))]
    else:
        lacks = [f"**{plain(', '.join(names))}**: {plain(reason)}" for reason, names in _by_reason(verdict.denied)]
    return {
        "Role": f"**{plain(one.principal)}**",
        "Can read": access_badge(verdict.amount),
        "Because of": "; ".join(plain(line) for line in (*because, *filters)),
        "What is missing": "; ".join(lacks),
    }
