"""The port of uploads on DuckDB, loaded at the first upload: importing DuckDB costs a third of a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mesh_core.domain.schema import InferredSchema
from mesh_core.services.ports_uploads import WrittenUpload


class Uploads:
    """Implements `UploadReader`; see gateways/uploads.py for what each call does and raises."""

    def read_upload(self, path: Path, filename: str, answers: Mapping[str, str] | None = None) -> InferredSchema:
        """What the file holds."""
        from mesh_core.gateways import uploads

        return uploads.read_upload(path, filename, answers)

    def sample(self, path: Path, schema: InferredSchema, rows: int = 50) -> list[dict[str, Any]]:
        """Its first rows that fit."""
        from mesh_core.gateways import uploads

        return uploads.sample(path, schema, rows)

    def to_parquet(
        self,
        path: Path,
        schema: InferredSchema,
        target: Path,
        on_progress: Callable[[float], None] | None = None,
    ) -> WrittenUpload:
        """All rows that fit, as Parquet."""
        from mesh_core.gateways import uploads

        return uploads.to_parquet(path, schema, target, on_progress)
