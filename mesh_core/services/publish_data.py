"""Where a draft's columns and rows come from: an upload, files in S3, or a SELECT.

An upload is kept as a file of this machine until its draft is published or discarded, so that questions can be answered
and types changed without sending it again; what becomes the product is the Parquet made of it, staged with the draft.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, assert_never

from mesh_core.domain.intents import Draft
from mesh_core.domain.publish_wizard import (
    Hint,
    Intake,
    Lacking,
    carried_over,
    fingerprint,
    lacking_readers,
    sql_fingerprint,
    suggestions,
    with_columns,
)
from mesh_core.domain.schema import ColumnSpec
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import NotFoundError
from mesh_core.services.drafts import Drafts
from mesh_core.services.ports import StorageReader
from mesh_core.services.ports_uploads import UploadReader
from mesh_core.services.publish_location import Locations
from mesh_core.services.query import Queries
from mesh_core.services.reading import Reading

SAMPLE_ROWS = 50
OnProgress = Callable[[float], None]
Taken = tuple[Draft, Intake]


@dataclass(frozen=True)
class Sources:
    """What data is read with. `folder` is this machine's place for uploads, one sub-folder a draft."""

    uploads: UploadReader
    storage: StorageReader
    folder: Path


class PublishData:
    """Uploads, files in S3 and views of drafts."""

    def __init__(self, drafts: Drafts, reading: Reading, queries: Queries, sources: Sources) -> None:
        self._drafts, self._reading, self._queries = drafts, reading, queries
        self._uploads, self._folder = sources.uploads, sources.folder
        self._locations = Locations(sources.storage, sources.uploads)

    def take(self, draft_id: str, draft: Draft, filename: str, content: BinaryIO) -> Taken:
        """Keep an upload and read it. UnreadableFileError leaves the earlier upload in place."""
        folder = self._folder / draft_id
        folder.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(4)
        path = folder / token
        try:
            with path.open("wb") as target:
                shutil.copyfileobj(content, target)
            schema = self._uploads.read_upload(path, filename)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        for other in folder.iterdir():
            if other != path:
                other.unlink()
        intake = Intake(filename, path.stat().st_size, token, schema, schema.columns)
        return replace(with_columns(draft, schema.columns), files=()), intake

    def answer(self, draft_id: str, draft: Draft, intake: Intake, answers: Mapping[str, str]) -> Taken:
        """Read the upload again with these answers; the visitor's names and types stay where they still fit."""
        schema = self._uploads.read_upload(self._path(draft_id, intake), intake.filename, answers)
        columns = carried_over(intake, schema)
        read = Intake(intake.filename, intake.size_bytes, intake.token, schema, columns, dict(answers))
        return replace(with_columns(draft, columns), files=()), read

    def edit(self, draft: Draft, intake: Intake, columns: tuple[ColumnSpec, ...]) -> Taken:
        """The visitor's names, types, descriptions and choice of columns."""
        edited = replace(intake, columns=columns)
        if edited.written and edited.written != fingerprint(edited):
            draft = replace(draft, files=())
            edited = replace(edited, written="", rejected_count=0, rejects=(), accepts_rejects=False)
        return with_columns(draft, columns), edited

    def has_upload(self, draft_id: str, intake: Intake) -> bool:
        """Whether the uploaded file is still on this machine."""
        return bool(intake.token) and (self._folder / draft_id / intake.token).is_file()

    def sample(self, draft_id: str, intake: Intake) -> list[dict[str, Any]]:
        """The first rows of an upload in the visitor's names and types."""
        return self._uploads.sample(self._path(draft_id, intake), intake.edited, SAMPLE_ROWS)

    def convert(self, draft_id: str, draft: Draft, intake: Intake, on_progress: OnProgress) -> Taken:
        """Stage the upload as Parquet, and count what did not fit; nothing to do when it is staged as it is."""
        wanted = fingerprint(intake)
        if draft.files and intake.written == wanted:
            return draft, intake
        path = self._path(draft_id, intake)
        with tempfile.TemporaryDirectory(prefix="mesh-publish-") as folder:
            target = Path(folder) / "data.parquet"
            written = self._uploads.to_parquet(path, intake.edited, target, on_progress)
            staged = self._drafts.stage(draft_id, draft, target, written.row_count)
        done = replace(intake, written=wanted, rejected_count=written.rejected_count, rejects=written.rejects)
        return with_columns(staged, intake.columns), done

    def describe_view(self, visitor: Visitor, draft: Draft, intake: Intake) -> Taken:
        """The columns of the draft's SELECT, found by running it for no rows as the visitor."""
        wanted = sql_fingerprint(draft.view_sql)
        if draft.columns and intake.written == wanted:
            return draft, intake
        words = {c.name: c.description for c in draft.columns}
        columns = self._queries.describe(visitor, draft.view_sql)
        found = tuple(ColumnSpec(c.name, c.type, words.get(c.name, "")) for c in columns)
        return with_columns(draft, found), replace(intake, written=wanted)

    def inspect(self, draft: Draft, intake: Intake) -> Taken:
        """The columns and the storage of the files that lie at the draft's location."""
        return self._locations.inspect(self._reading.world(), draft, intake)

    def location_hint(self, draft: Draft) -> str:
        """What a location of this draft looks like."""
        return f"s3://{self._reading.world().naming.bucket(draft.domain)}/incoming/"

    def lacking(self, draft: Draft) -> tuple[Lacking, ...]:
        """Which roles could not read the view, and what they lack."""
        return lacking_readers(self._reading.world(), draft)

    def suggestions(self, visitor: Visitor, draft_id: str, draft: Draft, intake: Intake) -> tuple[Hint, ...]:
        """Columns that look personal, by name, by a sample of the rows, by what a view reads."""
        return suggestions(self._reading.world(), draft, self._rows(visitor, draft_id, draft, intake))

    def _rows(self, visitor: Visitor, draft_id: str, draft: Draft, intake: Intake) -> list[dict[str, Any]]:
        match draft.template:
            case "from-file":
                return self.sample(draft_id, intake) if self.has_upload(draft_id, intake) else []
            case "from-s3":
                return self.location_rows(draft)
            case "cross-domain-view":
                return self._view_rows(visitor, draft)
        assert_never(draft.template)

    def location_rows(self, draft: Draft) -> list[dict[str, Any]]:
        """The first rows of a file at the draft's location; columns that the draft doesn't have are left out."""
        names = {c.name for c in draft.columns}
        rows = self._locations.sample(draft, SAMPLE_ROWS)
        return [{name: value for name, value in row.items() if name in names} for row in rows]

    def _view_rows(self, visitor: Visitor, draft: Draft) -> list[dict[str, Any]]:
        sql = f"SELECT * FROM (\n{draft.view_sql.rstrip().rstrip(';')}\n) LIMIT {SAMPLE_ROWS}"
        _, page = self._queries.run(visitor, sql, SAMPLE_ROWS)
        names = [c.name for c in page.columns]
        return [dict(zip(names, row, strict=True)) for row in page.rows]

    def sweep(self) -> None:
        """Delete uploads whose draft is gone: torn down with the mesh, or discarded by another process."""
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if self._drafts.load(folder.name) is None:
                self.forget(folder.name)

    def forget(self, draft_id: str) -> None:
        """Delete a draft's upload from this machine."""
        shutil.rmtree(self._folder / draft_id, ignore_errors=True)

    def _path(self, draft_id: str, intake: Intake) -> Path:
        if not self.has_upload(draft_id, intake):
            raise NotFoundError(
                f"'{intake.filename or 'The file'}' is no longer on this machine. Your answers, names and types are "
                "kept. Choose the file again."
            )
        return self._folder / draft_id / intake.token
