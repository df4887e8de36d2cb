"""S3's refusals, with the codes, texts and statuses that S3 gives them.

Source: Amazon S3 API Reference, "Error responses".
"""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller


def no_such_bucket(bucket: str) -> AwsError:
    """NoSuchBucket, 404."""
    return AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=bucket)


def no_such_key(key: str) -> AwsError:
    """NoSuchKey, 404."""
    return AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)


def no_such_version(key: str, version_id: str) -> AwsError:
    """NoSuchVersion, 404."""
    return AwsError("NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version_id)


def no_such_upload(upload_id: str) -> AwsError:
    """NoSuchUpload, 404: never begun, completed or aborted."""
    message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed."
    )
    return AwsError("NoSuchUpload", message, 404, UploadId=upload_id)


def access_denied(caller: Caller, action: str, arn: str) -> AwsError:
    """AccessDenied, 403, naming who lacks what on which resource."""
    message = (
        f'User: {caller.arn} is not authorized to perform: {action} on resource: "{arn}" because no identity-based '
        f"or bucket policy allows the {action} action, or one of them denies it"
    )
    return AwsError("AccessDenied", message, 403)


def precondition_failed(condition: str) -> AwsError:
    """PreconditionFailed, 412; `condition` is the header that did not hold."""
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, Condition=condition)


def not_modified() -> AwsError:
    """NotModified, 304 (sent without a document)."""
    return AwsError("NotModified", "Not Modified", 304)


def invalid_argument(message: str, name: str = "", value: str = "") -> AwsError:
    """InvalidArgument, 400."""
    fields = {"ArgumentName": name, "ArgumentValue": value} if name else {}
    return AwsError("InvalidArgument", message, 400, **fields)


def invalid_request(message: str) -> AwsError:
    """InvalidRequest, 400."""
    return AwsError("InvalidRequest", message, 400)


def malformed_xml(why: str) -> AwsError:
    """MalformedXML, 400, with what was wrong."""
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", f"{message}: {why}", 400)


def bad_digest(what: str) -> AwsError:
    """BadDigest, 400: the bytes that arrived are not those that were announced."""
    return AwsError("BadDigest", f"The {what} you specified did not match the calculated checksum.", 400)


def lost(bucket: str, key: str) -> AwsError:
    """InternalError, 500: the index knows the object, but its bytes are not there as they were stored."""
    message = (
        f"We encountered an internal error: the stored bytes of s3://{bucket}/{key} are missing or of a wrong size. "
        "Other objects are not affected. The endpoint's log names the file: restore it from a copy of the state "
        "folder, or put or delete the object again."
    )
    return AwsError("InternalError", message, 500)


def not_implemented(what: str) -> AwsError:
    """NotImplemented, 501 (clients do not retry it): AWS has it, this endpoint does not."""
    return AwsError("NotImplemented", f"{what} runs on AWS but not on the local endpoint.", 501)


def method_not_allowed(method: str) -> AwsError:
    """MethodNotAllowed, 405."""
    message = "The specified method is not allowed against this resource."
    return AwsError("MethodNotAllowed", message, 405, Method=method)
