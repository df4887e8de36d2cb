"""IAM and STS through boto3: who may become whom, what a key is good for, and that all of it is remembered."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.localaws.conftest import EndpointProcess, policy


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_the_root_is_who_the_credentials_file_says(endpoint: EndpointProcess) -> None:
    identity = endpoint.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{endpoint.account_id}:root"
    assert identity["UserId"] == identity["Account"] == endpoint.account_id
