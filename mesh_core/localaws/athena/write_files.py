"""A query's files on their way into S3: written to a temporary folder, staged as who may, given up when it fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.localaws.athena.ddl_tables import in_folder, partition_name
from mesh_core.localaws.athena.executions import Job
from mesh_core.localaws.athena.failures import QueryCancelled, failure
from mesh_core.localaws.athena.iam_asks import require_data_access
from mesh_core.localaws.athena.landing import Landing
from mesh_core.localaws.athena.results import S3Path
from mesh_core.localaws.athena.target import Target
from mesh_core.localaws.athena.workgroups import WorkGroups
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.athena.engine import QueryEngine
    from mesh_core.localaws.athena.export import Exported


@dataclass(frozen=True)
class Places:
    """vended: whether Lake Formation's credentials write at a URI; where they don't, the caller's own do.

    known: where partitions that exist already lie, by their values.
    """

    vended: Callable[[str], bool]
    known: Mapping[tuple[str, ...], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """Where a statement's files are staged, and who may write at which of them."""

    landing: Landing
    places: Places

    def file(self, writer: Caller | None, uri: str, path: Path) -> None:
        """Stage one file at a URI (None: with vended credentials). AwsError when it may not be written."""
        place = S3Path.parse(uri)
        self.landing.stage(place.bucket, place.key, path, writer, "binary/octet-stream")


@dataclass
class Written:
    """What has been staged: the objects' URIs, the partitions that get files, and what it took."""

    uris: list[str] = field(default_factory=list)
    partitions: list[tuple[str, ...]] = field(default_factory=list)
    rows: int = 0
    bytes_scanned: int = 0


class FileWriter:
    """Runs a query into files of a target's format and stages them under its location."""

    def __init__(self, ctx: Context, groups: WorkGroups, engine: QueryEngine) -> None:
        self._ctx, self._groups, self._engine = ctx, groups, engine

    def require_empty(self, job: Job, location: str, what: str, places: Places) -> None:
        """QueryFailure when something lies there already: AWS never mixes a new table with old files.

        Who may not write there does not learn it.
        """
        place = S3Path.parse(location).under("")
        if (writer := self._writer(job, location, places)) is not None:
            self._ctx.objects.require(writer, "s3:PutObject", place.bucket, place.key)
        if self._ctx.objects.files(place.bucket, place.key):
            raise failure(
                "HIVE_PATH_ALREADY_EXISTS",
                f"Target directory for table '{what}' already exists: {location}. You may need to manually clean "
                "the data at this location before retrying",
            )

    def export(self, job: Job, sql: str, target: Target, stage: Stage) -> Written:
        """Run the query and stage its files. QueryFailure, Stopped, AwsError."""
        folder = self._ctx.temp / f"{job.execution.id}.export"
        self._writer(job, target.location, stage.places)  # asked before any work is done
        try:
            folder.mkdir()
            exported = self._run(job, sql, target, folder)
            return self._stage_all(job, target, folder, exported, stage)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, job: Job, sql: str, target: Target, folder: Path) -> Exported:
        from mesh_core.localaws.athena.export import Export

        export = Export(
            target.format,
            target.compression,
            target.partitioned_by,
            target.columns,
            target.delimiter,
            target.null_text,
        )
        exported = self._engine.export(job.caller, sql, job.database, folder, job.cancel, export)
        self._groups.get(job.execution.work_group).check_bytes(exported.bytes_scanned)
        return exported

    def _stage_all(self, job: Job, target: Target, folder: Path, exported: Exported, stage: Stage) -> Written:
        written = Written(rows=exported.row_count, bytes_scanned=exported.bytes_scanned)
        for index, (relative, values) in enumerate(exported.files):
            _stop_if_cancelled(job)
            partition, place = tuple(values), target.location
            if partition:
                name = partition_name(list(target.partitioned_by), list(values))
                place = stage.places.known.get(partition) or in_folder(place, name)
                if partition not in written.partitions:
                    written.partitions.append(partition)
            suffix = "".join(Path(relative).suffixes)
            uri = f"{place.rstrip('/')}/{job.execution.id}_{index}{suffix}"
            stage.file(self._writer(job, uri, stage.places), uri, folder / relative)
            written.uris.append(uri)
        return written

    def _writer(self, job: Job, uri: str, places: Places) -> Caller | None:
        """Who writes at a URI: None for the credentials that Lake Formation hands out."""
        if not places.vended(uri):
            return job.caller
        require_data_access(self._ctx, job.caller)
        return None


def _stop_if_cancelled(job: Job) -> None:
    if job.cancel.cancelled:
        raise QueryCancelled
