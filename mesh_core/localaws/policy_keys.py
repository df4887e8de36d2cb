"""The condition keys that this endpoint can judge by: those that it fills in, and those that can't occur on it.

A key that is not here may have a value on AWS that nobody here knows. A statement that hangs on it fails closed: it
allows nothing, and denies what it would deny.
Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference for S3, IAM, STS.
"""

from __future__ import annotations

import re

_LISTED = """
aws: calledvia calledviafirst calledvialast currenttime epochtime federatedprovider multifactorauthage
    multifactorauthpresent principalaccount principalarn principalisawsservice principalorgid principalorgpaths
    principalservicename principalservicenameslist principaltype referer requestedregion resourceaccount resourceorgid
    resourceorgpaths securetransport sourceaccount sourcearn sourceidentity sourceip sourceorgid sourceorgpaths
    sourcevpc sourcevpcarn sourcevpce tagkeys tokenissuetime useragent userid username viaawsservice viaawsmcpservice
    vpcsourceip ec2instancesourcevpc ec2instancesourceprivateipv4 sourceinstancearn assumedroot vpceaccount
    vpceorgid vpceorgpaths
s3: authtype dataaccesspointaccount dataaccesspointarn accesspointnetworkorigin accessgrantsinstancearn delimiter
    if-match if-none-match max-keys
    object-lock-legal-hold object-lock-mode object-lock-remaining-retention-days object-lock-retain-until-date prefix
    requestobjecttagkeys resourceaccount signatureage signatureversion tlsversion versionid x-amz-acl
    x-amz-content-sha256 x-amz-copy-source x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp
    x-amz-grant-write x-amz-grant-write-acp x-amz-metadata-directive x-amz-object-ownership
    x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id
    x-amz-server-side-encryption-customer-algorithm x-amz-storage-class x-amz-website-redirect-location
iam: policyarn permissionsboundary passedtoservice awsservicename
sts: externalid rolesessionname durationseconds sourceidentity transitivetagkeys awsservicename
"""
_KNOWN = frozenset(
    f"{service}:{name}"
    for service, _, names in (part.partition(":") for part in re.sub(r"\n +", " ", _LISTED.strip()).splitlines())
    for name in names.split()
)
_FAMILIES = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "iam:resourcetag/")
_S3_FAMILIES = ("s3:existingobjecttag/", "s3:requestobjecttag/")


class UnknownKeyError(Exception):
    """A policy hangs on a condition key whose value nobody here knows."""


def is_known(key: str) -> bool:
    """Whether a key (lower-case) that a request lacks would be absent on AWS as well."""
    return key in _KNOWN or key.startswith((*_FAMILIES, *_S3_FAMILIES))
