"""Which operation a request is: method, bucket or key, and the sub-resource that its query or a header names.

The table is read from the top; the first row that fits counts. Each row names the IAM action that the operation needs
on its bucket or key ("" where the operation asks by itself). With versionId, an object's action becomes the one for
versions (s3:GetObject -> s3:GetObjectVersion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mesh_core.localaws.s3 import (
    bucket_api,
    delete_api,
    listing_api,
    object_api,
    object_extras_api,
    policy_api,
    upload_api,
)
from mesh_core.localaws.s3.call import Call, Handler
from mesh_core.localaws.s3.errors import invalid_argument, method_not_allowed, not_implemented
from mesh_core.localaws.s3.settings_api import SETTINGS, fixed, never

Level = Literal["service", "bucket", "object"]


@dataclass(frozen=True)
class Route:
    """`marker`: a query argument that must be there (`name=value`: with that value); `header` likewise."""

    method: str
    level: Level
    operation: str
    action: str
    handler: Handler
    marker: str = ""
    header: str = ""

    def fits(self, call: Call, level: Level) -> bool:
        """Whether a request is this operation."""
        if self.method != call.request.method or self.level != level:
            return False
        name, _, value = self.marker.partition("=")
        if name and (call.arg(name) is None or (value and call.arg(name) != value)):
            return False
        return not self.header or self.header in call.request.headers

    def action_for(self, call: Call) -> str:
        """The IAM action for this request."""
        versioned = self.level == "object" and call.version_id is not None
        return self.action.replace("Object", "ObjectVersion", 1) if versioned else self.action


def _settings(kind: str, name: str, get: str, put: str, deletes: bool = True) -> list[Route]:
    setting = SETTINGS[kind]
    rows = [
        Route("GET", "bucket", f"Get{name}", get, setting.get, kind),
        Route("PUT", "bucket", f"Put{name}", put, setting.put, kind),
    ]
    gone = f"Delete{name}".replace("LifecycleConfiguration", "Lifecycle")  # AWS's own name for it
    return rows + ([Route("DELETE", "bucket", gone, put, setting.delete, kind)] if deletes else [])


def _unconfigured() -> list[Route]:
    rows = [
        (
            "website",
            "BucketWebsite",
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
        (
            "replication",
            "BucketReplication",
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
        (
            "object-lock",
            "ObjectLockConfiguration",
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
    ]
    actions = {
        "website": "s3:GetBucketWebsite",
        "replication": "s3:GetReplicationConfiguration",
        "object-lock": "s3:GetBucketObjectLockConfiguration",
    }
    return [
        Route("GET", "bucket", f"Get{name}", actions[marker], never(code, message), marker)
        for marker, name, code, message in rows
    ]


ROUTES: tuple[Route, ...] = (
    Route("GET", "service", "ListBuckets", "s3:ListAllMyBuckets", bucket_api.list_buckets),
    # Buckets
    Route("GET", "bucket", "GetBucketLocation", "s3:GetBucketLocation", bucket_api.get_bucket_location, "location"),
    Route(
        "GET", "bucket", "GetBucketVersioning", "s3:GetBucketVersioning", bucket_api.get_bucket_versioning, "versioning"
    ),
    Route(
        "PUT", "bucket", "PutBucketVersioning", "s3:PutBucketVersioning", bucket_api.put_bucket_versioning, "versioning"
    ),
    Route("GET", "bucket", "GetBucketPolicy", "s3:GetBucketPolicy", policy_api.get_bucket_policy, "policy"),
    Route("PUT", "bucket", "PutBucketPolicy", "s3:PutBucketPolicy", policy_api.put_bucket_policy, "policy"),
    Route("DELETE", "bucket", "DeleteBucketPolicy", "s3:DeleteBucketPolicy", policy_api.delete_bucket_policy, "policy"),
    Route(
        "GET",
        "bucket",
        "GetBucketPolicyStatus",
        "s3:GetBucketPolicyStatus",
        policy_api.get_bucket_policy_status,
        "policyStatus",
    ),
    Route("GET", "bucket", "GetBucketAcl", "s3:GetBucketAcl", object_extras_api.get_bucket_acl, "acl"),
    Route("PUT", "bucket", "PutBucketAcl", "s3:PutBucketAcl", object_extras_api.put_acl, "acl"),
    *_settings("encryption", "BucketEncryption", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"),
    *_settings(
        "publicAccessBlock", "PublicAccessBlock", "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"
    ),
    *_settings(
        "ownershipControls", "BucketOwnershipControls", "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"
    ),
    *_settings("tagging", "BucketTagging", "s3:GetBucketTagging", "s3:PutBucketTagging"),
    *_settings(
        "lifecycle", "BucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"
    ),
    *_settings("cors", "BucketCors", "s3:GetBucketCORS", "s3:PutBucketCORS"),
    *_settings("logging", "BucketLogging", "s3:GetBucketLogging", "s3:PutBucketLogging", deletes=False),
    *_settings(
        "notification", "BucketNotificationConfiguration", "s3:GetBucketNotification", "s3:PutBucketNotification", False
    ),
    *_unconfigured(),
    Route(
        "GET",
        "bucket",
        "GetBucketRequestPayment",
        "s3:GetBucketRequestPayment",
        fixed("RequestPaymentConfiguration", [("Payer", "BucketOwner")]),
        "requestPayment",
    ),
    Route(
        "GET",
        "bucket",
        "GetBucketAccelerateConfiguration",
        "s3:GetAccelerateConfiguration",
        fixed("AccelerateConfiguration", []),
        "accelerate",
    ),
    Route(
        "GET",
        "bucket",
        "ListMultipartUploads",
        "s3:ListBucketMultipartUploads",
        upload_api.list_multipart_uploads,
        "uploads",
    ),
    Route("GET", "bucket", "ListObjectVersions", "s3:ListBucketVersions", listing_api.list_object_versions, "versions"),
    Route("GET", "bucket", "ListObjectsV2", "s3:ListBucket", listing_api.list_objects_v2, "list-type=2"),
    Route("GET", "bucket", "ListObjects", "s3:ListBucket", listing_api.list_objects),
    Route("HEAD", "bucket", "HeadBucket", "s3:ListBucket", bucket_api.head_bucket),
    Route("PUT", "bucket", "CreateBucket", "s3:CreateBucket", bucket_api.create_bucket),
    Route("DELETE", "bucket", "DeleteBucket", "s3:DeleteBucket", bucket_api.delete_bucket),
    Route("POST", "bucket", "DeleteObjects", "", delete_api.delete_objects, "delete"),
    # Objects
    Route("GET", "object", "GetObjectTagging", "s3:GetObjectTagging", object_extras_api.get_object_tagging, "tagging"),
    Route("PUT", "object", "PutObjectTagging", "", object_extras_api.put_object_tagging, "tagging"),
    Route(
        "DELETE",
        "object",
        "DeleteObjectTagging",
        "s3:DeleteObjectTagging",
        object_extras_api.delete_object_tagging,
        "tagging",
    ),
    Route("GET", "object", "GetObjectAcl", "s3:GetObjectAcl", object_extras_api.get_object_acl, "acl"),
    Route("PUT", "object", "PutObjectAcl", "s3:PutObjectAcl", object_extras_api.put_acl, "acl"),
    Route(
        "GET",
        "object",
        "GetObjectAttributes",
        "s3:GetObjectAttributes",
        object_extras_api.get_object_attributes,
        "attributes",
    ),
    Route("GET", "object", "ListParts", "s3:ListMultipartUploadParts", upload_api.list_parts, "uploadId"),
    Route("POST", "object", "CreateMultipartUpload", "s3:PutObject", upload_api.create_multipart_upload, "uploads"),
    Route(
        "POST", "object", "CompleteMultipartUpload", "s3:PutObject", upload_api.complete_multipart_upload, "uploadId"
    ),
    Route(
        "DELETE",
        "object",
        "AbortMultipartUpload",
        "s3:AbortMultipartUpload",
        upload_api.abort_multipart_upload,
        "uploadId",
    ),
    Route(
        "PUT", "object", "UploadPartCopy", "s3:PutObject", upload_api.upload_part_copy, "uploadId", "x-amz-copy-source"
    ),
    Route("PUT", "object", "UploadPart", "s3:PutObject", upload_api.upload_part, "uploadId"),
    Route("PUT", "object", "CopyObject", "s3:PutObject", object_api.copy_object, "", "x-amz-copy-source"),
    Route("GET", "object", "GetObject", "s3:GetObject", object_api.get_object),
    Route("HEAD", "object", "HeadObject", "s3:GetObject", object_api.head_object),
    Route("PUT", "object", "PutObject", "s3:PutObject", object_api.put_object),
    Route("DELETE", "object", "DeleteObject", "s3:DeleteObject", delete_api.delete_object),
)

# Sub-resources that AWS has: without a row above, a request for one must not fall through to the plain operation.
_SUB_RESOURCES = frozenset(
    {
        "abac",
        "accelerate",
        "acl",
        "analytics",
        "annotation",
        "attributes",
        "cors",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metadataAnnotationTable",
        "metadataConfiguration",
        "metadataInventoryTable",
        "metadataJournalTable",
        "metadataTable",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "session",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versioning",
        "versions",
        "website",
    }
)


_ON_NEW_VERSIONS = frozenset(
    {
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "ListParts",
        "PutObject",
        "UploadPart",
        "UploadPartCopy",
    }
)


def find_route(call: Call) -> Route:
    """The operation of a request. AwsError NotImplemented for one that only AWS has, else MethodNotAllowed."""
    route = _find(call)
    if route.operation in _ON_NEW_VERSIONS and call.version_id is not None:
        raise invalid_argument("This operation does not accept a version-id.", "versionId", call.version_id)
    return route


def _find(call: Call) -> Route:
    level: Level = "object" if call.key else "bucket" if call.bucket else "service"
    asked = {name for name, _ in call.request.query} & _SUB_RESOURCES
    for route in ROUTES:
        if route.fits(call, level) and (not asked or route.marker in asked):
            return route
    if asked:
        raise not_implemented(f"S3's {call.request.method} of {', '.join(sorted(asked))}")
    raise method_not_allowed(call.request.method)
