"""What the portal makes of AWS's refusals: which are tried again, and what each becomes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions as b
from botocore.awsrequest import AWSResponse

from mesh_core import errors
from mesh_core.gateways import clients
from mesh_core.gateways.aws_errors import DENIED, EXISTS, NOT_FOUND, UNAVAILABLE, translated
from mesh_core.gateways.clients import MAX_EXTRA_RETRIES, Clients, Target

SERVICES = ("glue", "lakeformation", "athena", "s3", "iam", "sts")
# Refusals that mean what they say: the sentence of AWS is shown, and no class of ours would add to it.
PLAIN = {
    "ConcurrentModification",
    "DeleteConflict",
    "EncryptionTypeMismatch",
    "FederatedResourceAlreadyExistsException",
    "FederationSourceException",
    "FederationSourceRetryableException",
    "GlueEncryptionException",
    "InvalidInput",
    "InvalidInputException",
    "InvalidObjectState",
    "InvalidRequest",
    "InvalidRequestException",
    "InvalidStateException",
    "InvalidWriteOffset",
    "LimitExceeded",
    "MalformedPolicyDocument",
    "MetadataException",
    "PackedPolicyTooLarge",
    "PolicyEvaluation",
    "RegionDisabledException",
    "ResourceNotReadyException",
    "ResourceNumberLimitExceededException",
    "ServiceFailure",
    "TooManyParts",
    "UnmodifiableEntity",
}


def _snake(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", operation).lower()


def _codes_of_used_operations() -> dict[str, str]:
    """Every modelled error code of every operation that a gateway calls, with one operation that may answer it.

    The test kit (testing*.py) hands AWS's own errors to the tests that its users write.
    """
    gateways = (p for p in Path(clients.__file__).parent.glob("*.py") if not p.name.startswith("testing"))
    texts = (p.read_text("utf-8") for p in gateways)
    called = {word for text in texts for word in re.findall(r"\w+", text)}
    session, found = botocore.session.get_session(), {}
    for service in SERVICES:
        model = session.get_service_model(service)
        for name in model.operation_names:
            if _snake(name) in called:
                for shape in model.operation_model(name).error_shapes:
                    found[shape.error_code] = f"{service}:{name}"
    return found


def test_every_error_that_aws_documents_for_what_we_call_is_mapped_or_left_plain_on_purpose() -> None:
    mapped = NOT_FOUND | EXISTS | DENIED | UNAVAILABLE | PLAIN
    assert {code: where for code, where in _codes_of_used_operations().items() if code not in mapped} == {}


def _client_error(code: str, message: str = "words of AWS") -> b.ClientError:
    return b.ClientError({"Error": {"Code": code, "Message": message}}, "GetTable")


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        *[pytest.param(_client_error(code), errors.NotFoundError, id=code) for code in sorted(NOT_FOUND)],
        *[pytest.param(_client_error(code), errors.NameTakenError, id=code) for code in sorted(EXISTS)],
        *[pytest.param(_client_error(code), errors.PermissionDeniedError, id=code) for code in sorted(DENIED)],
        *[pytest.param(_client_error(code), errors.AwsUnavailableError, id=code) for code in sorted(UNAVAILABLE)],
        pytest.param(
            _client_error("InvalidInputException", "Rate exceeded"), errors.AwsUnavailableError, id="IAM's throttling"
        ),
        pytest.param(_client_error("InvalidInputException"), errors.AwsError, id="anything else"),
        pytest.param(b.EndpointConnectionError(endpoint_url="u"), errors.AwsUnavailableError, id="nobody answers"),
        pytest.param(b.ReadTimeoutError(endpoint_url="u"), errors.AwsUnavailableError, id="no answer in time"),
        pytest.param(b.ConnectionClosedError(endpoint_url="u"), errors.AwsUnavailableError, id="hung up"),
        pytest.param(b.NoCredentialsError(), errors.PermissionDeniedError, id="no credentials"),
        pytest.param(b.ProfileNotFound(profile="p"), errors.AwsError, id="no such profile"),
        pytest.param(b.ParamValidationError(report="r"), errors.AwsError, id="a request that can't be made"),
        pytest.param(S3UploadFailedError("Failed to upload"), errors.AwsError, id="a transfer"),
    ],
)
def test_an_error_of_aws_becomes_one_of_ours_and_keeps_its_cause(
    raised: Exception, becomes: type[errors.MeshError]
) -> None:
    with pytest.raises(errors.MeshError) as caught, translated("table sales.orders"):
        raise raised
    assert type(caught.value) is becomes
    assert caught.value.__cause__ is raised
    assert "sales.orders" in str(caught.value)


def test_a_refused_upload_is_refused_for_its_own_reason() -> None:
    with pytest.raises(errors.PermissionDeniedError, match="words of AWS"), translated("a file"):
        try:
            raise _client_error("AccessDenied")
        except b.ClientError:
            raise S3UploadFailedError("Failed to upload")  # noqa: B904 as boto3 does


def test_the_words_of_aws_are_kept() -> None:
    with pytest.raises(errors.AwsError, match="words of AWS") as caught, translated("table sales.orders"):
        raise _client_error("InvalidInputException")
    assert (caught.value.code, caught.value.operation) == ("InvalidInputException", "GetTable")


def test_an_error_that_is_not_from_aws_passes_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), translated("x"):
        _ = 1 / 0


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _answer(status: int, body: str, code: str = "") -> AWSResponse:
    headers = {"x-amzn-errortype": code} if code else {}
    return AWSResponse("http://127.0.0.1:9/", status, headers, _Raw(body.encode()))


@pytest.fixture
def injected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, list[AWSResponse]], Any]:
    """A client whose answers are given, without a network and without waiting."""
    monkeypatch.setattr("time.sleep", lambda _s: None)
    keys = tmp_path / "credentials"
    keys.write_text("[root]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = x\n")

    def make(service: str, answers: list[AWSResponse]) -> Any:
        client = Clients(Target("us-east-1", "http://127.0.0.1:9", str(keys)), "mesh-portal").base(service)
        client.meta.events.register("before-send", lambda **_: answers.pop(0))
        return client

    return make


def _refused(code: str, message: str = "") -> AWSResponse:
    return _answer(400, f'{{"__type": "{code}", "message": "{message}"}}')


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ConcurrentModificationException", ""),
        ("OperationTimeoutException", ""),
        ("ThrottlingException", ""),
        ("InvalidInputException", "Rate exceeded"),
    ],
)
@pytest.mark.parametrize("service", ["glue", "lakeformation"])
def test_what_passes_by_itself_is_tried_again(
    injected: Callable[[str, list[AWSResponse]], Any], service: str, code: str, message: str
) -> None:
    answers = [_refused(code, message), _refused(code, message), _answer(200, "{}")]
    client = injected(service, answers)
    (client.get_tables if service == "glue" else client.list_permissions)(
        **({"DatabaseName": "d"} if service == "glue" else {})
    )
    assert answers == []


def test_what_does_not_pass_by_itself_is_not_tried_again(injected: Callable[[str, list[AWSResponse]], Any]) -> None:
    answers = [_refused("EntityNotFoundException"), _answer(200, "{}")]
    with pytest.raises(b.ClientError):
        injected("glue", answers).get_tables(DatabaseName="d")
    assert len(answers) == 1


def test_trying_again_has_an_end(injected: Callable[[str, list[AWSResponse]], Any]) -> None:
    answers = [_refused("ConcurrentModificationException") for _ in range(100)]
    with pytest.raises(errors.AwsUnavailableError), translated("the tables"):
        injected("glue", answers).get_tables(DatabaseName="d")
    assert 100 - len(answers) == MAX_EXTRA_RETRIES + 1
