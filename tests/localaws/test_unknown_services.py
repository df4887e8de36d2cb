"""Services that the endpoint has not: the client says which, in its own words, and does not try again."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    "service, operation, params",
    [
        pytest.param("events", "list_rules", {}, id="JSON with a target"),
        pytest.param("logs", "describe_log_groups", {}, id="JSON of another version"),
        pytest.param("lambda", "list_functions", {}, id="JSON by path, no body"),
        pytest.param("ec2", "describe_instances", {}, id="EC2's own XML"),
        pytest.param("sns", "list_topics", {}, id="a form"),
        pytest.param("sqs", "list_queues", {}, id="SQS"),
        pytest.param("cloudwatch", "list_metrics", {}, id="CloudWatch"),
        pytest.param("route53", "list_hosted_zones", {}, id="XML by path"),
        pytest.param("kms", "list_keys", {}, id="KMS"),
    ],
)
def test_a_service_that_is_not_there_is_refused_by_name(
    endpoint: Any, service: str, operation: str, params: dict[str, Any]
) -> None:
    client = endpoint.client_of(endpoint.session(), service)
    signed_as = client.meta.service_model.signing_name
    with pytest.raises(ClientError) as error:
        getattr(client, operation)(**params)
    told = error.value.response
    assert told["Error"]["Code"] == "UnknownService"
    assert told["Error"]["Message"] == f"{signed_as} runs on AWS but the local endpoint has no such service."
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 404
