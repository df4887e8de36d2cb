"""Every change that moto's IAM knows, done once by a request and once by a replay: the same in the end."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import moto.iam.responses
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.core.utils import camelcase_to_underscores, get_service_model

from mesh_core.localaws.iam.bridge import MotoIam
from mesh_core.localaws.store import Store
from tests.localaws.test_iam_log import ACCOUNT, ALLOW, TRUST, form

POLICY = f"arn:aws:iam::{ACCOUNT}:policy/p"
OPEN_ID = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/saml"
DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/device"


def certificate() -> str:
    """A certificate that can be read, made once."""
    key = ec.derive_private_key(42, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2026, 1, 1), datetime(2036, 1, 1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


TAG = {"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}
ROLE, USER, GROUP = {"RoleName": "r"}, {"UserName": "u"}, {"GroupName": "g"}
INLINE = {"PolicyName": "inline"}
THUMB = {"ThumbprintList.member.1": "a" * 40}

CHANGES: list[tuple[str, dict[str, str]]] = [
    ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": ALLOW, **TAG}),
    ("CreatePolicyVersion", {"PolicyArn": POLICY, "PolicyDocument": ALLOW}),
    ("CreatePolicyVersion", {"PolicyArn": POLICY, "PolicyDocument": ALLOW, "SetAsDefault": "true"}),
    ("SetDefaultPolicyVersion", {"PolicyArn": POLICY, "VersionId": "v1"}),
    ("DeletePolicyVersion", {"PolicyArn": POLICY, "VersionId": "v2"}),
    ("TagPolicy", {"PolicyArn": POLICY, "Tags.member.1.Key": "x", "Tags.member.1.Value": "y"}),
    ("UntagPolicy", {"PolicyArn": POLICY, "TagKeys.member.1": "k"}),
    ("CreateRole", {**ROLE, "AssumeRolePolicyDocument": TRUST, "Path": "/team/", "MaxSessionDuration": "7200", **TAG}),
    ("CreateServiceLinkedRole", {"AWSServiceName": "lakeformation.amazonaws.com"}),
    ("PutRolePolicy", {**ROLE, **INLINE, "PolicyDocument": ALLOW}),
    ("AttachRolePolicy", {**ROLE, "PolicyArn": POLICY}),
    ("AttachRolePolicy", {**ROLE, "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    ("DetachRolePolicy", {**ROLE, "PolicyArn": POLICY}),
    ("PutRolePermissionsBoundary", {**ROLE, "PermissionsBoundary": POLICY}),
    ("DeleteRolePermissionsBoundary", ROLE),
    ("PutRolePermissionsBoundary", {**ROLE, "PermissionsBoundary": POLICY}),
    ("TagRole", {**ROLE, "Tags.member.1.Key": "x", "Tags.member.1.Value": "y"}),
    ("UntagRole", {**ROLE, "TagKeys.member.1": "k"}),
    ("UpdateRole", {**ROLE, "Description": "changed", "MaxSessionDuration": "3600"}),
    ("UpdateRoleDescription", {**ROLE, "Description": "again"}),
    ("UpdateAssumeRolePolicy", {**ROLE, "PolicyDocument": TRUST}),
    ("CreateRole", {"RoleName": "gone", "AssumeRolePolicyDocument": TRUST}),
    ("PutRolePolicy", {"RoleName": "gone", **INLINE, "PolicyDocument": ALLOW}),
    ("DeleteRolePolicy", {"RoleName": "gone", **INLINE}),
    ("DeleteRole", {"RoleName": "gone"}),
    ("CreateInstanceProfile", {"InstanceProfileName": "i", **TAG}),
    ("AddRoleToInstanceProfile", {"InstanceProfileName": "i", **ROLE}),
    ("RemoveRoleFromInstanceProfile", {"InstanceProfileName": "i", **ROLE}),
    ("AddRoleToInstanceProfile", {"InstanceProfileName": "i", **ROLE}),
    ("TagInstanceProfile", {"InstanceProfileName": "i", "Tags.member.1.Key": "x", "Tags.member.1.Value": "y"}),
    ("UntagInstanceProfile", {"InstanceProfileName": "i", "TagKeys.member.1": "k"}),
    ("CreateInstanceProfile", {"InstanceProfileName": "gone"}),
    ("DeleteInstanceProfile", {"InstanceProfileName": "gone"}),
    ("CreateUser", {**USER, "Path": "/team/", **TAG}),
    ("PutUserPermissionsBoundary", {**USER, "PermissionsBoundary": POLICY}),
    ("PutUserPolicy", {**USER, **INLINE, "PolicyDocument": ALLOW}),
    ("AttachUserPolicy", {**USER, "PolicyArn": POLICY}),
    ("DetachUserPolicy", {**USER, "PolicyArn": POLICY}),
    ("TagUser", {**USER, "Tags.member.1.Key": "x", "Tags.member.1.Value": "y"}),
    ("UntagUser", {**USER, "TagKeys.member.1": "k"}),
    ("CreateAccessKey", USER),
    ("CreateAccessKey", USER),
    ("CreateLoginProfile", {**USER, "Password": "secret"}),
    ("UpdateLoginProfile", {**USER, "Password": "other", "PasswordResetRequired": "false"}),
    ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "device"}),
    ("EnableMFADevice", {**USER, "SerialNumber": DEVICE, "AuthenticationCode1": "1", "AuthenticationCode2": "2"}),
    ("DeactivateMFADevice", {**USER, "SerialNumber": DEVICE}),
    ("UploadSSHPublicKey", {**USER, "SSHPublicKeyBody": "ssh-rsa AAAA"}),
    ("UploadSigningCertificate", {**USER, "CertificateBody": certificate()}),
    ("CreateGroup", GROUP),
    ("AddUserToGroup", {**GROUP, **USER}),
    ("PutGroupPolicy", {**GROUP, **INLINE, "PolicyDocument": ALLOW}),
    ("AttachGroupPolicy", {**GROUP, "PolicyArn": POLICY}),
    ("DetachGroupPolicy", {**GROUP, "PolicyArn": POLICY}),
    ("DeleteGroupPolicy", {**GROUP, **INLINE}),
    ("UpdateGroup", {**GROUP, "NewGroupName": "g2"}),
    ("RemoveUserFromGroup", {"GroupName": "g2", **USER}),
    ("CreateGroup", {"GroupName": "gone"}),
    ("DeleteGroup", {"GroupName": "gone"}),
    ("CreateAccountAlias", {"AccountAlias": "mesh"}),
    ("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": "12"}),
    ("CreateOpenIDConnectProvider", {"Url": "https://id.example.com", "ClientIDList.member.1": "c", **THUMB, **TAG}),
    ("TagOpenIDConnectProvider", {"OpenIDConnectProviderArn": OPEN_ID, **TAG}),
    ("UntagOpenIDConnectProvider", {"OpenIDConnectProviderArn": OPEN_ID, "TagKeys.member.1": "k"}),
    ("UpdateOpenIDConnectProviderThumbprint", {"OpenIDConnectProviderArn": OPEN_ID, **THUMB}),
    ("CreateSAMLProvider", {"Name": "saml", "SAMLMetadataDocument": "a" * 1024}),
    ("UpdateSAMLProvider", {"SAMLProviderArn": SAML, "SAMLMetadataDocument": "b" * 1024}),
    ("UploadServerCertificate", {"ServerCertificateName": "s", "CertificateBody": "c", "PrivateKey": "k"}),
    ("UpdateUser", {**USER, "NewUserName": "u2"}),
]
# After those, what needs an id that was given; and the deletions.
LATER = {
    "UpdateAccessKey",
    "DeleteAccessKey",
    "UpdateSSHPublicKey",
    "DeleteSSHPublicKey",
    "UpdateSigningCertificate",
    "DeleteSigningCertificate",
    "DeleteLoginProfile",
    "DeleteVirtualMFADevice",
    "DeleteAccountAlias",
    "DeleteAccountPasswordPolicy",
    "DeleteOpenIDConnectProvider",
    "DeleteSAMLProvider",
    "DeleteServerCertificate",
    "DeleteServiceLinkedRole",
    "DeleteUserPolicy",
    "DeleteUser",
    "DeletePolicy",
}
# Not a change of what clients see: moto makes the report when it is read.
NO_CHANGES = {"GenerateCredentialReport"}


def now() -> datetime:
    return datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)


def known_changes() -> set[str]:
    """The operations that moto has and that change something."""
    by_method = {camelcase_to_underscores(name): name for name in get_service_model("iam").operation_names}
    methods = {name for name, _ in inspect.getmembers(moto.iam.responses.IamResponse, inspect.isfunction)}
    found = {by_method[name] for name in methods & set(by_method)}
    return {name for name in found if not name.startswith(("Get", "List", "Simulate"))} - NO_CHANGES


def deep(thing: Any, depth: int = 0) -> Any:
    """A model of moto's as plain data."""
    if depth > 8 or isinstance(thing, str | int | float | bool | bytes | datetime | type(None)):
        return thing
    if isinstance(thing, dict):
        return {str(key): deep(value, depth + 1) for key, value in thing.items()}
    if isinstance(thing, list | tuple | set):
        return [deep(value, depth + 1) for value in thing]
    # A picture that moto throws dice for, told once when the device is made, is not asked for again.
    hidden = ("backend", "account_id", "region_name", "tagger", "model_instances", "qr_code_png")
    members = {name: value for name, value in getattr(thing, "__dict__", {}).items() if name.lstrip("_") not in hidden}
    return {"type": type(thing).__name__, **{name: deep(value, depth + 1) for name, value in members.items()}}


def picture(iam: MotoIam) -> Any:
    return {name: deep(value) for name, value in vars(iam.backend).items() if isinstance(value, dict | list)}


def run(iam: MotoIam, action: str, **fields: str) -> None:
    reply = iam.run(form(action, **fields))
    assert reply.status == 200, (action, reply.body)


def later(iam: MotoIam) -> list[tuple[str, dict[str, str]]]:
    """Changes of things by the ids that they were given."""
    user = iam.backend.users["u2"]
    name = {"UserName": "u2"}
    first, second = (key.access_key_id for key in user.access_keys)
    (ssh,) = (key.ssh_public_key_id for key in user.ssh_public_keys)
    (certificate,) = user.signing_certificates
    (linked,) = (role.name for role in iam.backend.roles.values() if role.name != "r")
    return [
        ("UpdateAccessKey", {**name, "AccessKeyId": first, "Status": "Inactive"}),
        ("DeleteAccessKey", {**name, "AccessKeyId": second}),
        ("UpdateSSHPublicKey", {**name, "SSHPublicKeyId": ssh, "Status": "Inactive"}),
        ("UpdateSigningCertificate", {**name, "CertificateId": certificate, "Status": "Inactive"}),
        ("DeleteLoginProfile", name),
        ("DeleteVirtualMFADevice", {"SerialNumber": DEVICE}),
        ("DeleteAccountAlias", {"AccountAlias": "mesh"}),
        ("DeleteAccountPasswordPolicy", {}),
        ("DeleteOpenIDConnectProvider", {"OpenIDConnectProviderArn": OPEN_ID}),
        ("DeleteSAMLProvider", {"SAMLProviderArn": SAML}),
        ("DeleteServerCertificate", {"ServerCertificateName": "s"}),
        ("DeleteServiceLinkedRole", {"RoleName": linked}),
        ("DeleteSSHPublicKey", {**name, "SSHPublicKeyId": ssh}),
        ("DeleteSigningCertificate", {**name, "CertificateId": certificate}),
        ("DeleteUserPolicy", {**name, **INLINE}),
        ("DeleteAccessKey", {**name, "AccessKeyId": first}),
        ("DeleteUser", name),
        ("DeleteRolePermissionsBoundary", ROLE),
        ("DeletePolicy", {"PolicyArn": POLICY}),
    ]


def test_every_change_that_moto_knows_is_tried_here() -> None:
    assert known_changes() <= {action for action, _ in CHANGES} | LATER


def test_a_replay_gives_what_the_requests_gave(tmp_path: Path) -> None:
    store = Store(tmp_path)
    iam = MotoIam(store, ACCOUNT, now)
    for action, fields in CHANGES:
        run(iam, action, **fields)
    seen = picture(iam)
    iam = MotoIam(store, ACCOUNT, now)
    assert picture(iam) == seen
    tried = set()
    for action, fields in later(iam):
        run(iam, action, **fields)
        tried.add(action)
    assert tried >= LATER
    seen = picture(iam)
    assert picture(MotoIam(store, ACCOUNT, now)) == seen
