"""Step "Data and schema": upload, files in S3 or a SELECT; questions, columns, first rows, rejected rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from mesh_core.domain.hive_types import WIZARD_SCALARS
from mesh_core.domain.publish_wizard import fingerprint, sql_fingerprint
from mesh_core.domain.schema import ColumnSpec, Question
from mesh_core.errors import MeshError
from mesh_core.services.publish import WizardDraft
from pages.parts import session, trouble, wizard_source, wizard_table
from pages.parts.text import count, plain, size
from pages.parts.wizard_basics import complain

SEEN, REFUSED = "wizard_file_seen", "wizard_file_refused"


def draw(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    """The step of the draft's template. Returns the draft as the fields have it."""
    match opened.draft.template:
        case "from-file":
            return _draw_upload(opened, problems)
        case "from-s3":
            return wizard_source.draw_location(opened, problems)
        case "cross-domain-view":
            return wizard_source.draw_view(opened, problems)


def finish(opened: WizardDraft) -> WizardDraft:
    """What leaving the step takes: the upload as Parquet, the view's columns."""
    data = session.portal().wizard.data
    match opened.draft.template:
        case "from-file" if opened.intake.schema is not None:
            if any(field == "columns" for field, _ in session.portal().wizard.problems(opened, "data")):
                return opened
            bar = st.progress(0.0, text="Writing the rows as Parquet …")
            draft, intake = data.convert(opened.id, opened.draft, opened.intake, lambda share: _tell(bar, share))
            bar.empty()
            return replace(opened, draft=draft, intake=intake)
        case "from-s3" if opened.draft.location and not opened.draft.columns:
            draft, intake = data.inspect(opened.draft, opened.intake)
            return replace(opened, draft=draft, intake=intake)
        case "cross-domain-view" if opened.draft.view_sql.strip():
            draft, intake = data.describe_view(session.visitor(), opened.draft, opened.intake)
            return replace(opened, draft=draft, intake=intake)
        case _:
            return opened


def _tell(bar: Any, share: float) -> None:
    bar.progress(share, text=f"Writing the rows as Parquet: {share:.0%}")


def _draw_upload(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    uploaded = st.file_uploader(
        "A CSV, JSON or Parquet file, at most 200 MB",
        key="wizard_file",
        help="It is read on this machine. Its rows are stored as Parquet when you publish.",
    )
    if uploaded is not None and st.session_state.get(SEEN) != uploaded.file_id:
        st.session_state[SEEN] = uploaded.file_id
        opened = _take(opened, uploaded)
    if REFUSED in st.session_state:
        st.error(plain(st.session_state[REFUSED]), icon=":material/error:")
    complain(problems, "files")
    if opened.intake.schema is None:
        return opened
    _draw_facts(opened)
    if not session.portal().wizard.data.has_upload(opened.id, opened.intake):
        st.info(
            "The file is no longer on this machine. What it became is kept; choose it again to change how it is read."
        )
        return opened
    opened = _ask(opened)
    opened = _edit_columns(opened)
    complain(problems, "columns")
    _draw_column_problems(opened)
    wizard_table.first_rows(
        fingerprint(opened.intake), lambda: session.portal().wizard.data.sample(opened.id, opened.intake)
    )
    return _draw_rejects(opened, problems)


def _take(opened: WizardDraft, uploaded: Any) -> WizardDraft:
    st.session_state.pop(REFUSED, None)
    try:
        with st.spinner(f"Reading {uploaded.name} …"):
            draft, intake = session.portal().wizard.data.take(opened.id, opened.draft, uploaded.name, uploaded)
    except MeshError as error:
        st.session_state[REFUSED] = str(error)
        return opened
    taken = replace(opened, draft=draft, intake=intake)
    session.portal().wizard.save(taken, opened)
    return taken


def _draw_facts(opened: WizardDraft) -> None:
    intake, schema = opened.intake, opened.intake.edited
    st.markdown(
        f":material/description: **{plain(intake.filename)}** · {size(intake.size_bytes)} · "
        f"{count(schema.row_count)} rows · {count(len(schema.columns))} columns"
    )
    for note in schema.notes:
        st.caption(plain(note))


def _ask(opened: WizardDraft) -> WizardDraft:
    """The questions that the file leaves open; another answer reads it again."""
    intake = opened.intake
    assert intake.schema is not None
    if not intake.schema.questions:
        return opened
    st.markdown("**The file leaves these open**")
    given = {q.key: _answer(q, intake.answers) for q in intake.schema.questions}
    answers = {**intake.answers, **{k: v for k, v in given.items() if v != intake.answers.get(k, _default(intake, k))}}
    if answers == dict(intake.answers):
        return opened
    with trouble.caught():
        draft, read = session.portal().wizard.data.answer(opened.id, opened.draft, intake, answers)
        session.portal().wizard.save(replace(opened, draft=draft, intake=read), opened)
        st.rerun()
    return opened


def _default(intake: Any, key: str) -> str:
    return next(q.default for q in intake.schema.questions if q.key == key)


def _answer(question: Question, answers: Mapping[str, str]) -> str:
    key = f"wizard_question_{question.key}"
    if st.session_state.get(key) not in question.options:
        st.session_state[key] = answers.get(question.key, question.default)
    return st.radio(plain(question.text), question.options, key=key, horizontal=True)


def _edit_columns(opened: WizardDraft) -> WizardDraft:
    """Names, types, descriptions and choice of columns, in one table."""
    intake = opened.intake
    assert intake.schema is not None
    rows = _rows(opened)
    st.markdown("**Columns** · names and types can be changed, unticked ones are left out")
    edited = wizard_table.edit(
        rows,
        f"wizard_columns_{intake.token}_{sql_fingerprint(repr(sorted(intake.answers.items())))[:8]}",
        ["In the file"],
        {
            "Use": st.column_config.CheckboxColumn(width="small"),
            "Name": st.column_config.TextColumn(required=True, max_chars=255),
            "Type": st.column_config.SelectboxColumn(
                options=list(dict.fromkeys([*WIZARD_SCALARS, *(c.hive_type for c in intake.schema.columns)])),
                required=True,
            ),
            "Description": st.column_config.TextColumn(max_chars=255, width="large"),
        },
        "Columns of the file with their names, types and descriptions",
    )
    columns = tuple(
        ColumnSpec((row["Name"] or "").strip(), row["Type"], (row["Description"] or "").strip(), row["In the file"])
        for row in edited
        if row["Use"]
    )
    if columns == tuple(replace(c, nullable=True) for c in intake.columns):
        return opened
    draft, changed = session.portal().wizard.data.edit(opened.draft, intake, columns)
    return replace(opened, draft=draft, intake=changed)


def _rows(opened: WizardDraft) -> list[dict[str, Any]]:
    assert opened.intake.schema is not None
    chosen = {c.source_name: c for c in opened.intake.columns}
    found = []
    for column in opened.intake.schema.columns:
        now = chosen.get(column.source_name, column)
        found.append(
            {
                "Use": column.source_name in chosen,
                "In the file": column.source_name,
                "Name": now.name,
                "Type": now.hive_type,
                "Description": now.description,
            }
        )
    return found


def _draw_column_problems(opened: WizardDraft) -> None:
    found = [text for field, text in session.portal().wizard.problems(opened, "data") if field == "columns"]
    for text in found:
        st.error(plain(text), icon=":material/error:")


def _draw_rejects(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    intake = opened.intake
    found = intake.rejected_count or (intake.schema.rejected_rows if intake.schema else 0)
    if not found:
        return opened
    what = "1 row doesn't" if found == 1 else f"{found:,} rows don't"
    st.warning(f"{what} fit and would be left out.", icon=":material/warning:")
    complain(problems, "rejects")
    if not intake.written:
        st.caption("Next looks at every row and lists what doesn't fit, with the reason.")
        return opened
    rows = [{"Line": line, "Text": text, "Why": reason} for line, text, reason in intake.rejects]
    st.dataframe(rows, hide_index=True, width="stretch", alt="Rows that don't fit, with the reason")
    st.session_state.setdefault("wizard_accepts", intake.accepts_rejects)
    accepts = st.checkbox("Leave out what doesn't fit", key="wizard_accepts")
    return replace(opened, intake=replace(intake, accepts_rejects=accepts))
