"""The one error that leaves the endpoint: a code, a message and an HTTP status that botocore understands."""

from __future__ import annotations


class AwsError(Exception):
    """An AWS service refuses a request.

    `code` is the error code of the service's own model ("EntityNotFoundException"), `status` the HTTP status,
    `fields` further members of the error's shape.
    """

    def __init__(self, code: str, message: str, status: int = 400, **fields: object) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.fields = code, message, status, fields


def not_found(message: str) -> AwsError:
    """EntityNotFoundException, as Glue and Lake Formation raise it."""
    return AwsError("EntityNotFoundException", message)


def invalid(message: str) -> AwsError:
    """InvalidInputException, as Glue and Lake Formation raise it."""
    return AwsError("InvalidInputException", message)


def denied(message: str) -> AwsError:
    """AccessDeniedException, as Glue, Lake Formation and Athena raise it."""
    return AwsError("AccessDeniedException", message)


def already_exists(message: str) -> AwsError:
    """AlreadyExistsException, as Glue and Lake Formation raise it."""
    return AwsError("AlreadyExistsException", message)
