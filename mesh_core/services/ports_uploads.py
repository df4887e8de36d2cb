"""The port of visitors' files: read as tables, sampled, written as Parquet; gateways/upload_reader.py implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from mesh_core.domain.schema import InferredSchema


class WrittenUpload(Protocol):
    """What became of an upload's rows; `rejects` are the first rejected ones as (line, text, reason)."""

    @property
    def row_count(self) -> int:
        """Rows in the Parquet file."""
        ...

    @property
    def rejected_count(self) -> int:
        """Rows that did not fit."""
        ...

    @property
    def rejects(self) -> tuple[tuple[int, str, str], ...]:
        """At most a hundred of them."""
        ...


class UploadReader(Protocol):
    """Files of visitors, read as tables. UnreadableFileError for a file that is none."""

    def read_upload(self, path: Path, filename: str, answers: Mapping[str, str] | None = None) -> InferredSchema:
        """What the file holds, with questions and notes."""
        ...

    def sample(self, path: Path, schema: InferredSchema, rows: int = 50) -> list[dict[str, Any]]:
        """Its first rows that fit, in the schema's names and types."""
        ...

    def to_parquet(
        self,
        path: Path,
        schema: InferredSchema,
        target: Path,
        on_progress: Callable[[float], None] | None = None,
    ) -> WrittenUpload:
        """Write all rows that fit; on_progress gets a share from 0 to 1."""
        ...
