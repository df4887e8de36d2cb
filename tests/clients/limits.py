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


_NO_SELECT = "S3 Select is refused by name; AWS closed it to new customers"
_SPARK = "Athena for Spark is another engine"

LIMITS = (
    Limit("AWS CLI", "s3api select-object-content", NOT_HERE, _NO_SELECT),
    Limit("AWS CLI", "s3 website, replication, object lock", NOT_HERE, "what serves or copies a bucket is not there"),
    Limit("AWS CLI", "glue crawlers, jobs, workflows", NOT_HERE, "of Glue, only the Data Catalog is there"),
    Limit("AWS CLI", "athena sessions and notebooks (Spark)", NOT_HERE, _SPARK),
    Limit("AWS CLI", "lakeformation transactions (governed tables)", NOT_HERE, "AWS ended governed tables in 2024"),
    Limit(
        "AWS CLI",
        "a profile with role_arn, in Debian's version 2.9",
        r"sts\.us-nowhere-1\.amazonaws\.com",
        "it knows no AWS_ENDPOINT_URL (2.13 does), and --endpoint-url does not lead the profile's own call to STS",
    ),
    Limit(
        "AWS CLI",
        "sts assume-root, decode-authorization-message",
        "not on the local endpoint",
        "no organisation is there",
    ),
    Limit(
        "AWS CLI",
        "sts with web identity or SAML",
        "no identity providers",
        "there is no identity provider to ask: refused by name, signed or not",
    ),
    Limit(
        "AWS CLI",
        "services other than S3, Glue, Lake Formation, Athena, IAM, STS",
        NOT_HERE,
        "refused by name, in the protocol that the service's clients read",
    ),
    Limit(
        "awswrangler", "athena.to_iceberg, delete_from_iceberg_table", NOT_HERE, "Iceberg tables are refused by name"
    ),
    Limit("awswrangler", "Athena on ORC files (s3.to_orc writes them)", NOT_HERE, "DuckDB reads no ORC"),
    Limit("awswrangler", "s3.select_query", NOT_HERE, _NO_SELECT),
    Limit("awswrangler", "data_quality", NOT_HERE, "Glue Data Quality runs on Spark"),
    Limit("awswrangler", "cloudwatch", NOT_HERE, "the endpoint has no CloudWatch Logs"),
    Limit(
        "PyAthena",
        "ArrowCursor",
        NO_ROUTE,
        "it makes pyarrow's S3FileSystem of keys and region only, and pyarrow then asks amazonaws.com, whatever "
        "AWS_ENDPOINT_URL says; PandasCursor, S3FSCursor and PolarsCursor read the same results",
    ),
    Limit("PyAthena", "SparkCursor", NOT_HERE, _SPARK),
    Limit(
        "dbt-athena",
        "table_type: iceberg (merge, delete+insert, time travel)",
        NOT_HERE,
        "Iceberg tables are refused by name; append and insert_overwrite work on Hive tables",
    ),
    Limit("dbt-athena", "bucketed_by", NOT_HERE, "refused by name; partitioned_by works"),
    Limit("dbt-athena", "format: orc, avro", NOT_HERE, "DuckDB reads and writes neither"),
    Limit(
        "dbt-athena",
        "lf_grants with column_names",
        "cannot have both column wildcard expression and column names",
        "refused as on AWS: dbt-athena 1.9.5 sends a column wildcard beside the names",
    ),
    Limit(
        "dbt-athena",
        "Python models",
        NOT_HERE,
        f"{_SPARK}; dbt-athena takes the refusal for a busy session and asks for ever: interrupt it",
    ),
    Limit(
        "datacontract-cli",
        "test, with a server of type athena",
        NO_ROUTE,
        "it reads results with PyAthena's ArrowCursor, see there; a server of type s3 works",
    ),
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
