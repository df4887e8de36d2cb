"""What each client can't do against the endpoint, and why. Decision 0009 shows this table; a test compares the two.

A test that meets a limit says so: `with cannot("PyAthena", "ArrowCursor"): ...`. The body must fail with the words that
the limit names, so that a limit which is gone, or has changed its reason, fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

NOT_HERE = "runs on (AWS|Athena) but (not on the local|the local endpoint has no)"
NO_ROUTE = r"(amazonaws\.com|NETWORK_CONNECTION|Could not resolve|InvalidAccessKeyId|ACCESS_DENIED)"


@dataclass(frozen=True)
class Limit:
    """`says` is a pattern of the words the client's user reads; `why` the reason, as a sentence for the table."""

    client: str
    feature: str
    says: str
    why: str


LIMITS: tuple[Limit, ...] = (
    Limit(
        "awswrangler", "athena.to_iceberg, delete_from_iceberg_table", NOT_HERE, "Iceberg tables are refused by name"
    ),
    Limit("awswrangler", "Athena on ORC files (s3.to_orc writes them)", NOT_HERE, "DuckDB reads no ORC"),
    Limit("awswrangler", "s3.select_query", NOT_HERE, "S3 Select is refused by name; AWS closed it to new customers"),
    Limit("awswrangler", "data_quality", NOT_HERE, "Glue Data Quality runs on Spark, which the endpoint has not"),
    Limit("awswrangler", "cloudwatch", NOT_HERE, "the endpoint has no CloudWatch Logs"),
)
met: list[Limit] = []
"""The limits that the running test met; read and emptied when its outcome is reported."""


@contextmanager
def cannot(client: str, feature: str) -> Iterator[None]:
    """Run a body that must fail as the limit says; pytest.fail when it works."""
    limit = next(each for each in LIMITS if (each.client, each.feature) == (client, feature))
    try:
        yield
    except Exception as error:
        if not re.search(limit.says, str(error), re.S):
            raise
        met.append(limit)
    else:
        pytest.fail(f"{client} can do this now: {feature}. Take it out of tests/clients/limits.py and decision 0009.")
