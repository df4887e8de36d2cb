"""Step "Data and schema" of the templates without an upload: a SELECT, or files that lie in S3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from mesh_core.domain.world import Column
from mesh_core.services.publish import WizardDraft
from pages.parts import session, trouble, wizard_plan, wizard_table
from pages.parts.text import plain
from pages.parts.wizard_basics import complain


def draw_view(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    """The SELECT, its columns as Athena describes them, and who could not read it."""
    st.session_state.setdefault("wizard_sql", opened.draft.view_sql)
    sql = st.text_area(
        "SELECT",
        key="wizard_sql",
        height=220,
        placeholder="SELECT ... FROM sales.transactions t JOIN customer.households h ON ...",
        help="Write tables as domain.name. It is run with your own rights to find its columns.",
    )
    complain(problems, "view_sql")
    if sql != opened.draft.view_sql:
        opened = replace(
            opened,
            draft=replace(opened.draft, view_sql=sql, columns=(), column_tags={}),
            intake=replace(opened.intake, written=""),
        )
    if st.button("Find its columns", key="wizard_describe", icon=":material/table_view:") and sql.strip():
        with trouble.caught(), st.spinner("Asking Athena for the columns …"):
            draft, intake = session.portal().wizard.data.describe_view(session.visitor(), opened.draft, opened.intake)
            opened = replace(opened, draft=draft, intake=intake)
    if opened.draft.columns:
        opened = describe_columns(opened, f"wizard_view_columns_{opened.intake.written[:12]}")
        wizard_plan.draw_lacking(opened)
    complain(problems, "columns")
    return opened


def describe_columns(opened: WizardDraft, key: str) -> WizardDraft:
    """Columns whose names and types are given; only their descriptions can be written."""
    st.markdown("**Columns** · what each one holds")
    edited = wizard_table.edit(
        [{"Name": c.name, "Type": c.type, "Description": c.description} for c in opened.draft.columns],
        key,
        ["Name", "Type"],
        {"Description": st.column_config.TextColumn(max_chars=255, width="large")},
        "Columns with their types and descriptions",
    )
    columns = tuple(Column(row["Name"], row["Type"], (row["Description"] or "").strip()) for row in edited)
    return replace(opened, draft=replace(opened.draft, columns=columns))


def draw_location(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    """The prefix of the domain's bucket, and the columns of the files under it."""
    st.session_state.setdefault("wizard_location", opened.draft.location)
    location = st.text_input(
        "S3 location",
        key="wizard_location",
        placeholder=session.portal().wizard.data.location_hint(opened.draft),
        help="A prefix that holds Parquet, CSV or JSON files, all of one kind. They stay where they are.",
    )
    complain(problems, "location")
    if location.strip() != opened.draft.location:
        draft = replace(opened.draft, location=location.strip(), columns=(), storage="", column_tags={})
        opened = replace(opened, draft=draft, intake=replace(opened.intake, written=""))
    if st.button("Look at the files", key="wizard_inspect", icon=":material/search:") and location.strip():
        with trouble.caught(), st.spinner("Reading the files …"):
            draft, intake = session.portal().wizard.data.inspect(opened.draft, opened.intake)
            session.portal().wizard.save(replace(opened, draft=draft, intake=intake))
            st.session_state.pop("wizard_location", None)
            st.rerun()
    if opened.draft.columns:
        if opened.intake.schema is not None:
            for note in opened.intake.schema.notes:
                st.caption(plain(note))
        opened = describe_columns(opened, f"wizard_s3_columns_{opened.intake.written[:12]}")
        wizard_table.first_rows(opened.intake.written, lambda: session.portal().wizard.data.location_rows(opened.draft))
    complain(problems, "columns")
    return opened
