"""Drafts of data products: one JSON document and the staged files of each, in the control bucket under `drafts/<id>/`.

A draft touches nothing but that: the domain's bucket and the catalog know nothing of it until it is published.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.intents import CLASSES, Draft, DraftFile
from mesh_core.domain.names import Naming
from mesh_core.domain.world import Column
from mesh_core.services.ports import StorageWriter


@dataclass(frozen=True)
class SavedDraft:
    """A draft as stored. actor is the role that began it; saved_at is ISO 8601, UTC."""

    id: str
    actor: str
    saved_at: str
    draft: Draft


class Drafts:
    """Stores and finds drafts. The control bucket is made with the first one."""

    def __init__(self, storage: StorageWriter, naming: Naming) -> None:
        self._storage, self._bucket = storage, naming.control_bucket

    def new_id(self) -> str:
        """Unguessable, sortable by time."""
        return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"

    def save(self, draft_id: str, draft: Draft, actor: str) -> SavedDraft:
        """Store a draft; the last one saved wins."""
        saved = SavedDraft(draft_id, actor, datetime.now(UTC).isoformat(), draft)
        self._ensure_bucket()
        self._storage.put_text(self._bucket, f"drafts/{draft_id}/draft.json", to_json(saved))
        return saved

    def load(self, draft_id: str) -> SavedDraft | None:
        """None when there is none of that id."""
        text = self._storage.get_text(self._bucket, f"drafts/{draft_id}/draft.json")
        return from_json(text, (SavedDraft, Column, *CLASSES)) if text else None

    def of_actor(self, actor: str) -> tuple[SavedDraft, ...]:
        """A role's drafts, newest first."""
        keys = [one.key for one in self._storage.objects(self._bucket, "drafts/") if one.key.endswith("/draft.json")]
        found = (self.load(key.split("/")[1]) for key in sorted(keys, reverse=True))
        return tuple(one for one in found if one is not None and one.actor == actor)

    def stage(self, draft_id: str, draft: Draft, parquet: Path, row_count: int) -> Draft:
        """Upload a Parquet file as the draft's data; an earlier one is replaced."""
        self._ensure_bucket()
        key = f"drafts/{draft_id}/data-{secrets.token_hex(4)}.parquet"
        self._storage.put_file(self._bucket, key, parquet)
        return replace(draft, files=(DraftFile(key, parquet.stat().st_size, row_count),))

    def put_note(self, draft_id: str, name: str, text: str) -> None:
        """Keep a document of the wizard's own beside a draft."""
        self._ensure_bucket()
        self._storage.put_text(self._bucket, f"drafts/{draft_id}/{name}", text)

    def note(self, draft_id: str, name: str) -> str | None:
        """Such a document, None when there is none."""
        return self._storage.get_text(self._bucket, f"drafts/{draft_id}/{name}")

    def discard(self, draft_id: str) -> None:
        """Delete a draft and its files for good."""
        self._storage.purge(self._bucket, f"drafts/{draft_id}/")

    def _ensure_bucket(self) -> None:
        if self._bucket not in self._storage.buckets():
            self._storage.create_bucket(self._bucket)
