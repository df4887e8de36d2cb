"""Load the demo mesh in the background of the portal, once at a time, with its progress."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from mesh_core.errors import MeshError


@dataclass(frozen=True)
class DemoRun:
    """How far it is: fraction from 0 to 1, the thing done last in words; error "" unless it failed."""

    fraction: float = 0.0
    words: str = "starting"
    is_over: bool = False
    error: str = ""


Report = Callable[[float, str], None]
Part = Literal["all", "late"]
Load = Callable[[Report, Part], None]


class DemoOffer:
    """`load` does the work and reports (fraction, words); its part `late` is what a demo mesh gets after its start."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._run: DemoRun | None = None

    def current(self) -> DemoRun | None:
        """The run of this process, None when there was none."""
        return self._run

    def start(self, part: Part = "all") -> None:
        """Start; joins the run that is under way."""
        with self._lock:
            if self._run is not None and not self._run.is_over:
                return
            self._run = DemoRun()
            threading.Thread(target=self._work, args=(part,), name="demo", daemon=True).start()

    def _work(self, part: Part) -> None:
        try:
            self._load(self._report, part)
            self._run = DemoRun(1.0, "done", is_over=True)
        except MeshError as error:
            self._run = replace(self._run or DemoRun(), is_over=True, error=str(error))
        except Exception as error:
            words = f"The demo mesh could not be loaded ({type(error).__name__}: {error}). Loading it again goes on."
            self._run = replace(self._run or DemoRun(), is_over=True, error=words)

    def _report(self, fraction: float, words: str) -> None:
        self._run = DemoRun(fraction, words)
