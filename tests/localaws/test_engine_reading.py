"""A running query keeps its files, whatever happens to their objects meanwhile."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryEngine


class _Watched:
    """Objects that say whether their files were held while the engine ran."""

    def __init__(self) -> None:
        self.open = 0

    @contextmanager
    def reading(self) -> Any:
        self.open += 1
        yield
        self.open -= 1


def test_files_are_held_from_their_listing_to_the_end_of_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects, held = _Watched(), []

    class Context:
        temp = tmp_path

    Context.objects = objects  # type: ignore[attr-defined]
    engine = QueryEngine(Context())  # type: ignore[arg-type]
    monkeypatch.setattr(engine, "_plan", lambda *_: None)
    monkeypatch.setattr(engine, "_once", lambda *_: held.append(objects.open))
    engine._run((None, "SELECT 1", ""), Cancel(), None)  # type: ignore[arg-type]
    assert held == [1]
    assert objects.open == 0
