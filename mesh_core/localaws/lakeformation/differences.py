"""Known differences from AWS Lake Formation. How its contradictory rules are read: docs/decisions/0004."""

from __future__ import annotations

from mesh_core.localaws.difference import Difference

DIFFERENCES = (
    Difference(
        "grants to other accounts, organisations, directory users; grants with conditions",
        "are possible",
        "refused by name",
    ),
    Difference(
        "administration",
        "an IAM policy with `lakeformation:*` is enough to make oneself administrator",
        "administrators and the root only",
    ),
    Difference(
        "DESCRIBE on the database `default`",
        "needed by users of Athena, where there is such a database",
        "not asked: grant it to every persona",
    ),
    Difference("governed tables, transactions, storage optimizers", "ended in 2024", "refused by name"),
    Difference(
        "where AWS's documents contradict each other",
        "unknown",
        "one reading is taken, the one that gives less; all are listed in decision 0004",
    ),
)
