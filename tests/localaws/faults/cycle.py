"""Kill cycles: eight writers, a kill at a moment of the dice's choice, a start, a comparison; again and again.

The moments: from outside at any time; by the process itself at an event that reaches the disk (before it, after it, or
in its middle); within the start that follows a kill; within a clean end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mesh_core.localaws.s3 import index
from tests.localaws.conftest import EndpointProcess, policy, scrubbed_environment
from tests.localaws.faults import athena_changes, lake_changes
from tests.localaws.faults.requests import Clients, Person
from tests.localaws.faults.writer import Writer

WRITERS = 8
LONGEST_S = 60
ANSWERED = (20, 160)
"""After so many answered changes a kill comes from outside."""
MOMENTS = ("outside", "inside", "commit", "checkpoint", "statement", "start", "end")
BY_ITSELF = ("inside", "commit", "checkpoint", "statement")
"""Moments at which the process kills itself while it works."""
EVENTS = ("commit", "fsync", "replace", "link", "unlink")


class FaultyEndpoint(EndpointProcess):
    """An endpoint whose next start may have a fault in it; its port stays the same, so clients stay valid."""

    def __init__(self, folder: Path) -> None:
        self.plan: dict[str, Any] = {}
        self.start_s = 0.0
        super().__init__(folder)

    def command(self) -> list[str]:
        """How it is started."""
        port = self.url.rpartition(":")[2] if hasattr(self, "url") else "0"
        program = ["tests.localaws.faults.saboteur", json.dumps(self.plan)] if self.plan else ["mesh_core.localaws"]
        return [sys.executable, "-m", *program, "--data-dir", str(self.folder), "--port", port]

    def launch(self) -> None:
        """Start the process without waiting for it."""
        self.process = subprocess.Popen(
            self.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=scrubbed_environment(),
            cwd=Path(__file__).parents[3],
        )

    def start(self, *arguments: str) -> None:
        began_s = time.monotonic()
        self.launch()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.start_s = time.monotonic() - began_s
        assert line, f"the endpoint did not start again (status {self.process.wait(15)})"
        self.ready = json.loads(line)
        self.url, self.region, self.account_id = (self.ready[k] for k in ("endpoint", "region", "account_id"))


@dataclass
class Report:
    """What the cycles did."""

    cycles: int = 0
    looked_at: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    slowest_start_s: float = 0.0
    violations: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """In words."""
        return (
            f"{self.cycles} kills ({_listed(self.moments)}); {sum(self.counts.values()):,} answered changes; changes "
            f"under way: {_listed(self.met)}; {self.looked_at:,} things compared; slowest start "
            f"{self.slowest_start_s:.2f} s; {len(self.violations)} violations"
        )

    def kinds(self) -> str:
        """The answered changes by name."""
        return _listed(self.counts)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"


class Cycles:
    """Kill cycles on one folder: what one cycle leaves, the next one goes on with."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice, self.report = random.Random(seed), Report()
        self.endpoint = FaultyEndpoint(folder)
        self.clients = Clients(self.endpoint)
        self.people = [Person(f"w{n}", random.Random(f"{seed}/{n}"), self.clients) for n in range(WRITERS)]
        self._prepare()

    def _prepare(self) -> None:
        self.clients.s3.create_bucket(Bucket=athena_changes.RESULTS)
        trust = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
        self.clients.iam.create_role(RoleName=lake_changes.READER, AssumeRolePolicyDocument=trust)
        root = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{self.endpoint.account_id}:root"}
        self.clients.lake.put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": [root]})

    def run(self, moment: str | None = None) -> None:
        """One cycle, with a kill at a moment of that kind, or of any."""
        moment = moment or self.dice.choice(MOMENTS)
        self._cycle(moment)
        self.report.cycles += 1
        self.report.moments[moment] += 1

    def close(self) -> None:
        """End the endpoint, whatever state it is in."""
        if self.endpoint.process.poll() is None:
            self.endpoint.kill()

    def _cycle(self, moment: str) -> None:
        self.endpoint.plan = self._plan(moment)
        if self.endpoint.plan:
            self.endpoint.restart()
        killed = threading.Event()
        process = self.endpoint.process
        favourite = athena_changes.CHANGES if moment == "statement" else None

        def is_killed() -> bool:
            return killed.is_set() or process.poll() is not None

        writers = [Writer(person, is_killed, favourite) for person in self.people]
        for writer in writers:
            writer.start()
        self._kill(moment, writers, killed)
        for writer in writers:
            writer.join(LONGEST_S)
            assert not writer.is_alive(), f"{writer.name} waits for ever"
        self._start_again(moment)
        self._compare(writers)

    def _plan(self, moment: str) -> dict[str, Any]:
        kill: dict[str, Any] = {"when": self.dice.choice(["before", "after"])}
        match moment:
            case "inside":
                kill |= {"event": self.dice.choice(EVENTS), "at": self.dice.randint(1, 150)}
            case "statement":
                kill |= {"event": "replace", "at": self.dice.randint(5, 25)}  # files of statements are moved in
            case "commit":
                during = {"when": "during", "delay_us": self.dice.randint(0, 4000)}
                kill |= {"event": "commit", "at": self.dice.randint(30, 250), **during}
            case "checkpoint":
                during = {"when": "during", "delay_us": self.dice.randint(0, 9000)}
                kill |= {"event": "commit", "at": self.dice.randint(30, 250), **during}
                return {"kill": kill, "checkpoint_pages": 5}
            case "end":
                during = {"when": "during", "delay_us": self.dice.randint(0, 9000)}
                kill |= {"event": "fold", "at": 1, **(during if self.dice.random() < 0.7 else {})}
            case _:
                return {}
        return {"kill": kill}

    def _kill(self, moment: str, writers: list[Writer], killed: threading.Event) -> None:
        process, enough = self.endpoint.process, self.dice.randint(*ANSWERED)
        until_s = time.monotonic() + LONGEST_S / 2
        while process.poll() is None and time.monotonic() < until_s and not any(w.violations for w in writers):
            if moment not in BY_ITSELF and sum(sum(w.counts.values()) for w in writers) >= enough:
                break
            time.sleep(0.001)
        killed.set()
        if moment == "end" and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(LONGEST_S)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        self.endpoint.kill()

    def _start_again(self, moment: str) -> None:
        """Where the start is the moment, starts are killed twice before one is left alone."""
        for _ in range(2 if moment == "start" else 0):
            event, when = self.dice.choice(EVENTS), self.dice.choice(["before", "after"])
            self.endpoint.plan = {"kill": {"event": event, "at": self.dice.randint(1, 4), "when": when}}
            self.endpoint.launch()
            with suppress(subprocess.TimeoutExpired):
                self.endpoint.process.wait(self.dice.uniform(0.3, 1.5))
            self.endpoint.kill()
        self.endpoint.plan = {}
        self.endpoint.start()
        self.report.slowest_start_s = max(self.report.slowest_start_s, self.endpoint.start_s)

    def _compare(self, writers: list[Writer]) -> None:
        looked_at: list[int] = []
        threads = [threading.Thread(target=lambda w=writer: looked_at.append(w.compare())) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONGEST_S)
        self.report.looked_at += sum(looked_at)
        for writer in writers:
            self.report.counts += writer.counts
            self.report.violations += writer.violations
            self.report.met.update([writer.met] if writer.met else [])
        if len(looked_at) < len(writers) and not self.report.violations:
            self.report.violations.append("a comparison did not end")
        self.report.violations += self._files()

    def _files(self) -> list[str]:
        """Every file that the index names is there, and no other one."""
        state = sqlite3.connect(f"file:{self.endpoint.folder}/state.sqlite?mode=ro", uri=True)
        state.row_factory = sqlite3.Row
        with closing(state):
            known = index.known_files(state)
        root = self.endpoint.folder / "objects"
        there = {f"{file.parent.name}/{file.name}" for file in root.glob("*/*")}
        return [f"files without a name: {there - known}, names without a file: {known - there}"] * (there != known)
