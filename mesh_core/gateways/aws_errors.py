"""botocore's errors become ours, here and nowhere else.

A message of AWS is kept verbatim after our own sentence; the code, service and operation are attributes of the error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore import exceptions as b

from mesh_core.errors import (
    AwsError,
    AwsUnavailableError,
    MeshError,
    NameTakenError,
    NotFoundError,
    PermissionDeniedError,
)

NOT_FOUND = frozenset(
    {"EntityNotFoundException", "NoSuchEntity", "NoSuchKey", "NoSuchBucket", "NoSuchBucketPolicy", "404", "NotFound"}
)
EXISTS = frozenset({"AlreadyExistsException", "EntityAlreadyExists", "BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
DENIED = frozenset(
    {
        "AccessDeniedException",
        "AccessDenied",
        "403",
        "UnauthorizedOperation",
        "Forbidden",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
UNAVAILABLE = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "ServiceUnavailable",
        "InternalServiceException",
        "InternalServerException",
        "InternalError",
        "OperationTimeoutException",
        "ConcurrentModificationException",
    }
)


def code_of(error: Exception) -> str:
    """The AWS error code, "" for an error without one."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, b.ClientError) else ""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise our errors instead of botocore's; `what` names the thing in hand ("table sales.orders")."""
    try:
        yield
    except b.ClientError as error:
        raise _of_client_error(error, what) from error
    except (b.EndpointConnectionError, b.ConnectionClosedError, b.HTTPClientError) as error:
        raise AwsUnavailableError(
            f"AWS can't be reached for {what}: {error} Nothing more was changed. Check the endpoint and try again."
        ) from error
    except (b.NoCredentialsError, b.PartialCredentialsError, b.CredentialRetrievalError) as error:
        raise PermissionDeniedError(
            f"No usable AWS credentials for {what}: {error} Set AWS_PROFILE or the AWS_* variables and start again."
        ) from error
    except Boto3Error as error:
        # A transfer's error has its cause in its text and its context only.
        if isinstance(error.__context__, b.ClientError):
            raise _of_client_error(error.__context__, what) from error
        raise AwsError(f"The transfer of {what} failed: {error}") from error
    except b.BotoCoreError as error:
        raise AwsError(f"The request for {what} could not be made: {error}") from error


def _of_client_error(error: b.ClientError, what: str) -> MeshError:
    code, message = code_of(error), error.response["Error"].get("Message", "")
    operation = error.operation_name
    if code in NOT_FOUND:
        return NotFoundError(f"{what} doesn't exist (any more). AWS says: {message}")
    if code in EXISTS:
        return NameTakenError(what, f"AWS says: {message}")
    if code in DENIED:
        return PermissionDeniedError(f"{operation} on {what} was refused. AWS says: {message}")
    if code in UNAVAILABLE or "Rate exceeded" in message:
        return AwsUnavailableError(f"AWS is busy with {what} ({code}): {message} Try again in a moment.", code=code)
    return AwsError(f"{operation} on {what} failed ({code}): {message}", operation=operation, code=code)
