"""moto's IAM, loaded when the first of IAM's own operations needs it: nothing else waits for it or pays for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply
from mesh_core.localaws.iam import change_log
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.known import Known
from mesh_core.localaws.migrations import DamagedStateError
from mesh_core.localaws.store import Store

if TYPE_CHECKING:
    from mesh_core.localaws.iam.bridge import MotoIam


class LateIam:
    """What `MotoIam` offers, and `known`, which is there from the start. DamagedStateError as MotoIam, but then only
    when the log is longer than what is known: else IAM's operations are refused (ServiceFailure)."""

    def __init__(self, store: Store, account_id: str, now: Callable[[], datetime]) -> None:
        self._arguments = (store, account_id, now)
        self._loading = threading.Lock()
        self._loaded: MotoIam | None = None
        store.ensure(change_log.SCHEMA)
        self.known = Known(store)
        if not self.known.is_current():
            self._loaded = self._load()

    @property
    def lock(self) -> threading.RLock:
        """Held by whoever reads `backend`."""
        return self._moto().lock

    @property
    def backend(self) -> Any:
        """moto's IAMBackend."""
        return self._moto().backend

    def managed_policy(self, arn: str) -> str:
        """The text of a managed policy's default version. AwsError ValidationError."""
        return self._moto().managed_policy(arn)

    def operations(self) -> frozenset[str]:
        """The names of IAM's operations that are answered here."""
        return self._moto().operations()

    def run(self, form: Form) -> Reply:
        """Answer one IAM request; a successful change is on disk before this returns."""
        return self._moto().run(form)

    def _moto(self) -> MotoIam:
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = self._load()
                except DamagedStateError as error:
                    raise AwsError("ServiceFailure", str(error), 500) from error
            return self._loaded

    def _load(self) -> MotoIam:
        from mesh_core.localaws.iam.bridge import MotoIam

        return MotoIam(*self._arguments, self.known)
