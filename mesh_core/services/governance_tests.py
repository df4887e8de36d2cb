"""The mesh's governance tests: kept in the control bucket, run on what is granted now."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.audit import Event
from mesh_core.domain.governance_tests import Outcome, read_tests, run_tests
from mesh_core.domain.names import Naming
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import ConflictError, PermissionDeniedError
from mesh_core.services.audit import Audit
from mesh_core.services.ports import StorageWriter
from mesh_core.services.reading import Reading

KEY = "governance/mesh-tests.yaml"
LONGEST = 200_000  # characters


@dataclass(frozen=True)
class Document:
    """The tests as they are kept; etag is None while there are none."""

    text: str = ""
    etag: str | None = None


class GovernanceTests:
    """Read, saved and run; everybody may run them, the steward writes them."""

    def __init__(self, storage: StorageWriter, naming: Naming, reading: Reading, audit: Audit) -> None:
        self._storage, self._bucket = storage, naming.control_bucket
        self._reading, self._audit = reading, audit

    def document(self) -> Document:
        """What is kept."""
        found = self._storage.get_versioned(self._bucket, KEY)
        return Document(found.text, found.etag) if found else Document()

    def save(self, visitor: Visitor, text: str, etag: str | None) -> Document:
        """Keep other tests, over the version that was read.

        TestFileError, with the line; PermissionDeniedError; ConflictError where somebody else was faster.
        """
        if not visitor.is_steward:
            raise PermissionDeniedError(
                f"{visitor.role} may not change the mesh's tests. Nothing was saved. Ask mesh-steward."
            )
        run_tests(self._reading.world(), read_tests(text))
        before = self.document()
        if before.etag != etag:
            raise ConflictError("the governance tests")
        self._audit.record(
            Event("policy", "change the tests", visitor.role, "governance tests", "asked", before.text, text)
        )
        return Document(text, self._storage.put_if(self._bucket, KEY, text, etag))

    def run(self, text: str, fresh: bool = False) -> tuple[Outcome, ...]:
        """Decide tests on the world as it is; TestFileError, with the line. fresh reads the mesh anew."""
        tests = read_tests(text)
        world = self._reading.fresh(None) if fresh else self._reading.world()
        return run_tests(world, tests)
