"""Domains with their health, checked live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mesh_core.domain.contract import sha256
from mesh_core.domain.domains import DomainView, domain_views
from mesh_core.domain.names import split_s3_uri
from mesh_core.domain.world import World
from mesh_core.services.jobs import Jobs
from mesh_core.services.journal import OPEN_STATES, JobRecord
from mesh_core.services.ports import StorageReader
from mesh_core.services.reading import MAX_AGE_S, Reading

UNDER_WAY = frozenset({"waiting", "running", "undoing"})


@dataclass(frozen=True)
class Health:
    """What is wrong with a domain, each as a sentence; () when all is well."""

    problems: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class Domains:
    """The reading side; domains are made through Changes."""

    def __init__(
        self, reading: Reading, storage: StorageReader, jobs: Jobs, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reading, self._storage, self._jobs, self._clock = reading, storage, jobs, clock
        self._kept: tuple[float, World, dict[str, Health]] | None = None

    def all(self) -> tuple[DomainView, ...]:
        """By name."""
        return domain_views(self._reading.world())

    def health(self, domain: DomainView) -> Health:
        """Last applies finished, contracts as recorded, Lake Formation in force; at most a few seconds old."""
        return self._checked().get(domain.name, Health(()))

    def _checked(self) -> dict[str, Health]:
        """All domains at once: jobs are read once for them, and documents in S3 no more often than the catalog."""
        world, now = self._reading.world(), self._clock()
        if self._kept is None or self._kept[1] is not world or now - self._kept[0] >= MAX_AGE_S:
            jobs = self._jobs.all()
            found = {one.name: Health(tuple(self._problems(world, one, jobs))) for one in domain_views(world)}
            self._kept = (now, world, found)
        return self._kept[2]

    def _problems(self, world: World, domain: DomainView, jobs: tuple[JobRecord, ...]) -> Iterable[str]:
        yield from _unfinished(domain, jobs)
        yield from self._contracts(world, domain)
        for name in domain.open_to_iam:
            yield f"IAM_ALLOWED_PRINCIPALS opens {name}: Lake Formation is not asked there. Revoke it on Access."

    def _contracts(self, world: World, domain: DomainView) -> Iterable[str]:
        for table in world.tables:
            where = table.parameters.get("mesh.contract", "")
            if table.database != domain.name or not table.is_managed or not where:
                continue
            text = self._storage.get_text(*split_s3_uri(where))
            if text is None:
                yield f"The contract of {table.full_name} is gone from S3: edit the product to write it again."
            elif sha256(text) != table.parameters.get("mesh.contract_sha256"):
                yield (
                    f"The contract of {table.full_name} in S3 was changed outside of the portal: edit the product to "
                    "write it again."
                )


def _unfinished(domain: DomainView, jobs: tuple[JobRecord, ...]) -> Iterable[str]:
    """The last apply of each of the domain's things, where it did not finish; `jobs` are newest first."""
    last: dict[str, JobRecord] = {}
    for job in jobs:
        if job.subject == f"domain {domain.name}" or job.subject.startswith(f"{domain.name}."):
            last.setdefault(job.subject, job)
    for job in last.values():
        if job.state in OPEN_STATES - UNDER_WAY:
            yield f"'{job.title}' did not finish: resume or undo it on Activity."
