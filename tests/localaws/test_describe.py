"""What the endpoint says of itself is what it does: each operation that it lists is answered, or refused, as listed."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from mesh_core.localaws.describe import TITLES, describe
from tests.localaws.conftest import EndpointProcess

TARGETS = {"glue": "AWSGlue", "athena": "AmazonAthena"}
REFUSALS = ("NotImplemented", "not on the local endpoint", "has no action")


def answer(endpoint: Any, service: str, operation: str) -> str:
    """The body of the endpoint's answer to an operation without arguments."""
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    path, body = "/", "{}"
    if service in TARGETS:
        headers["X-Amz-Target"] = f"{TARGETS[service]}.{operation}"
    elif service == "lakeformation":
        path = endpoint.client(service).meta.service_model.operation_model(operation).http["requestUri"]
    else:
        headers["Content-Type"], body = "application/x-www-form-urlencoded", urlencode({"Action": operation})
    request = AWSRequest("POST", endpoint.url + path, headers, body)
    SigV4Auth(endpoint.session().get_credentials(), service, endpoint.region).add_auth(request)
    sent = urllib.request.Request(request.url, body.encode(), dict(request.headers), method="POST")
    try:
        with urllib.request.urlopen(sent) as got:
            return str(got.read().decode())
    except HTTPError as error:
        return f"{error.code} {error.read().decode()}"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointProcess]:
    """An endpoint that bears having every operation called."""
    process = EndpointProcess(tmp_path_factory.mktemp("described"))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return describe()


def service_of(described: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in described["services"] if each["name"] == name)


@pytest.mark.parametrize("name", [name for name in TITLES if name != "s3"])
def test_an_operation_is_answered_or_refused_as_it_is_listed(
    own: EndpointProcess, described: dict[str, Any], name: str
) -> None:
    service = service_of(described, name)
    refused = {
        operation
        for operation in [*service["answered"], *service["refused"]]
        if any(words in answer(own, name, operation) for words in REFUSALS)
    }
    assert refused == set(service["refused"])


@pytest.mark.parametrize("name", TITLES)
def test_answered_operations_are_those_of_awss_own_model(described: dict[str, Any], name: str) -> None:
    service = service_of(described, name)
    known = set(ServiceModel(Loader().load_service_model(name, "service-2")).operation_names)
    assert set(service["answered"]) <= known
    assert not set(service["answered"]) & set(service["refused"])


def test_a_difference_is_three_clauses(described: dict[str, Any]) -> None:
    found = [each for listed in described["differences"].values() for each in listed]
    assert len(found) > 20
    for each in found:
        assert set(each) == {"about", "aws", "here"}
        assert all(text and not text.endswith(".") and "\n" not in text for text in each.values()), each


def test_a_function_is_either_run_or_refused(described: dict[str, Any]) -> None:
    athena = described["athena"]
    assert not set(athena["functions"]) & set(athena["refused_functions"])
    assert {"sum", "coalesce", "reduce", "date_format", "approx_distinct"} <= set(athena["functions"])
    assert {"st_distance", "checksum"} <= set(athena["refused_functions"])
