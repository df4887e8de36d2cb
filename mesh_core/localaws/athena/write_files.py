"""A query's files on their way into S3: written to a temporary folder, put as who may, taken away when it fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.localaws.athena.ddl_tables import in_folder, partition_name
from mesh_core.localaws.athena.executions import Job
from mesh_core.localaws.athena.failures import QueryCancelled, failure
from mesh_core.localaws.athena.iam_asks import require_data_access
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


@dataclass
class Written:
    """What has been put: the objects' URIs, the partitions that got files, and what it took."""

    uris: list[str] = field(default_factory=list)
    partitions: list[tuple[str, ...]] = field(default_factory=list)
    rows: int = 0
    bytes_scanned: int = 0


class FileWriter:
    """Runs a query into files of a target's format and puts them under its location."""

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

    @contextmanager
    def exported(self, job: Job, sql: str | None, target: Target, places: Places) -> Iterator[Written]:
        """The query's files are in S3 while the block runs; they go again when it raises. No query, no files."""
        folder, written = self._ctx.temp / f"{job.execution.id}.export", Written()
        self._writer(job, target.location, places)  # asked before any work is done
        try:
            if sql is not None:
                folder.mkdir()
                self._export(job, sql, target, folder, places, written)
            _stop_if_cancelled(job)
            yield written
        except BaseException:
            self._undo(written)
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _export(self, job: Job, sql: str, target: Target, folder: Path, places: Places, written: Written) -> None:
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
        written.rows, written.bytes_scanned = exported.row_count, exported.bytes_scanned
        self._put_all(job, target, folder, exported, places, written)

    def _put_all(
        self, job: Job, target: Target, folder: Path, exported: Exported, places: Places, written: Written
    ) -> None:
        for index, (relative, values) in enumerate(exported.files):
            _stop_if_cancelled(job)
            partition, place = tuple(values), target.location
            if partition:
                name = partition_name(list(target.partitioned_by), list(values))
                place = places.known.get(partition) or in_folder(place, name)
                if partition not in written.partitions:
                    written.partitions.append(partition)
            suffix = "".join(Path(relative).suffixes)
            uri = f"{place.rstrip('/')}/{job.execution.id}_{index}{suffix}"
            self._put(job, uri, folder / relative, places)
            written.uris.append(uri)

    def _put(self, job: Job, uri: str, path: Path, places: Places) -> None:
        place = S3Path.parse(uri)
        self._ctx.objects.put(place.bucket, place.key, path, self._writer(job, uri, places))

    def _writer(self, job: Job, uri: str, places: Places) -> Caller | None:
        """Who writes at a URI: None for the credentials that Lake Formation hands out."""
        if not places.vended(uri):
            return job.caller
        require_data_access(self._ctx, job.caller)
        return None

    def _undo(self, written: Written) -> None:
        # By the endpoint itself: who may write need not be allowed to delete, and nothing half made stays.
        for uri in written.uris:
            place = S3Path.parse(uri)
            self._ctx.objects.delete(place.bucket, place.key)


def _stop_if_cancelled(job: Job) -> None:
    if job.cancel.cancelled:
        raise QueryCancelled
