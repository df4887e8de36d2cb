"""What is written down about the mesh: one event for each change, decision and read that somebody may ask about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["change", "request", "decision", "run-as", "denied", "query", "policy", "disagreement"]


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    action      what was done, in few words ("approve", "apply: Change the access of analyst")
    actor       the role that the visitor acted as
    subject     what it was done to (`sales.transactions`, `access analyst`)
    outcome     how it ended ("granted", "failed: ...")
    before, after  the state in words, "" where there is none
    plan_hash   SHA-256 (hex) of the plan that was applied, "" where there was none
    detail      whatever else is worth keeping, as text
    """

    kind: Kind
    action: str
    actor: str
    subject: str
    outcome: str
    before: str = ""
    after: str = ""
    plan_hash: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
