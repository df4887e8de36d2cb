"""Domains with their health, checked live."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.contract import sha256
from mesh_core.domain.domains import DomainView, domain_views
from mesh_core.domain.names import split_s3_uri
from mesh_core.domain.world import World
from mesh_core.services.jobs import Jobs
from mesh_core.services.journal import OPEN_STATES
from mesh_core.services.ports import StorageReader
from mesh_core.services.reading import Reading


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

    def __init__(self, reading: Reading, storage: StorageReader, jobs: Jobs) -> None:
        self._reading, self._storage, self._jobs = reading, storage, jobs
        self._checked: dict[str, tuple[World, Health]] = {}

    def all(self) -> tuple[DomainView, ...]:
        """By name."""
        return domain_views(self._reading.world())

    def health(self, domain: DomainView) -> Health:
        """Applies finished, contracts as recorded, Lake Formation in force. Kept while the world is the same."""
        world = self._reading.world()
        kept = self._checked.get(domain.name)
        if kept is None or kept[0] != world:
            problems = (*self._open_jobs(domain), *self._contracts(world, domain), *_open_to_iam(domain))
            kept = self._checked[domain.name] = (world, Health(problems))
        return kept[1]

    def _open_jobs(self, domain: DomainView) -> tuple[str, ...]:
        subjects = {f"domain {domain.name}", *domain.products}
        stuck = [
            j for j in self._jobs.all() if j.subject in subjects and j.state in OPEN_STATES - {"running", "waiting"}
        ]
        return tuple(f"'{job.title}' did not finish: resume or undo it on Activity." for job in stuck)

    def _contracts(self, world: World, domain: DomainView) -> tuple[str, ...]:
        found = []
        for table in world.tables:
            where = table.parameters.get("mesh.contract", "")
            if table.database != domain.name or not table.is_managed or not where:
                continue
            text = self._storage.get_text(*split_s3_uri(where))
            if text is None:
                found.append(f"The contract of {table.full_name} is gone from S3: edit the product to write it again.")
            elif sha256(text) != table.parameters.get("mesh.contract_sha256"):
                found.append(f"The contract of {table.full_name} in S3 was changed outside of the portal.")
        return tuple(found)


def _open_to_iam(domain: DomainView) -> tuple[str, ...]:
    return tuple(
        f"IAM_ALLOWED_PRINCIPALS opens {name}: Lake Formation is not asked there. Revoke it on Access."
        for name in domain.open_to_iam
    )
