"""A bucket's settings over HTTP. They are kept and answered as they were put.

Lifecycle rules, CORS rules, default encryption and logging are kept as configuration: nothing on this machine expires
objects, answers browsers, encrypts files or delivers logs. Notifications and replication are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply
from mesh_core.localaws.s3 import headers, xml
from mesh_core.localaws.s3.call import Call, Handler
from mesh_core.localaws.s3.errors import malformed_xml, not_implemented
from mesh_core.localaws.s3.names import check_tags

BUCKET_TAG_LIMIT = 50
_OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
_AES256: xml.Pairs = [
    ("Rule", [("ApplyServerSideEncryptionByDefault", [("SSEAlgorithm", "AES256")]), ("BucketKeyEnabled", False)])
]


@dataclass(frozen=True)
class Setting:
    """One kind of configuration: the name of its document, what a valid one is, and the error when there is none.

    `check` returns the document to keep, raising AwsError MalformedXML. `missing` is None when `default` is answered.
    """

    kind: str
    root: str
    check: Callable[[Element], Element]
    missing: tuple[str, str] | None = None
    default: xml.Pairs = ()

    def get(self, call: Call) -> Reply:
        """GET: the document as it was put."""
        document = call.objects.buckets.setting(call.bucket, self.kind)
        if document is not None:
            return Reply(200, {"content-type": "application/xml"}, (xml.HEADER + document).encode())
        if self.missing is not None:
            raise AwsError(*self.missing, 404, BucketName=call.bucket)
        return xml.reply(self.root, self.default)

    def put(self, call: Call) -> Reply:
        """PUT: replaces what there was."""
        element = self.check(xml.read(call.request.body, self.root))
        call.objects.buckets.put_setting(call.bucket, self.kind, _text(element))
        return Reply(204 if self.kind == "tagging" else 200)

    def delete(self, call: Call) -> Reply:
        """DELETE: back to what a bucket without the setting has."""
        call.objects.buckets.put_setting(call.bucket, self.kind, None)
        return Reply(204)


def _text(element: Element) -> str:
    element.set("xmlns", xml.NAMESPACE)
    return ElementTree.tostring(element, encoding="unicode")


def _build(root: str, children: xml.Pairs) -> str:
    return _text(xml.parse(xml.document(root, children), root))


def new_bucket_settings(ownership: str | None, tags: dict[str, str]) -> dict[str, str]:
    """What AWS gives a new bucket: public access blocked, ACLs off; and the tags asked for."""
    chosen = headers.one_of(ownership or "BucketOwnerEnforced", _OWNERSHIPS, "x-amz-object-ownership")
    found = {
        "publicAccessBlock": _build("PublicAccessBlockConfiguration", [(name, True) for name in _BLOCKS]),
        "ownershipControls": _build("OwnershipControls", [("Rule", [("ObjectOwnership", chosen)])]),
    }
    if tags:
        items: list[tuple[str, xml.Value]] = [("Tag", [("Key", key), ("Value", tags[key])]) for key in tags]
        found["tagging"] = _build("Tagging", [("TagSet", items)])
    return found


def _check_encryption(element: Element) -> Element:
    rule = _single_rule(element)
    default = rule.find("ApplyServerSideEncryptionByDefault")
    if default is None or xml.required(default, "SSEAlgorithm") not in _ENCRYPTIONS:
        raise malformed_xml(f"SSEAlgorithm must be one of {', '.join(_ENCRYPTIONS)}")
    if rule.find("BucketKeyEnabled") is None:
        ElementTree.SubElement(rule, "BucketKeyEnabled").text = "false"
    return element


def _check_block(element: Element) -> Element:
    whole = Element(element.tag)
    for name in _BLOCKS:
        value = xml.text_of(element, name) or "false"
        if value.lower() not in ("true", "false"):
            raise malformed_xml(f"{name} must be true or false")
        ElementTree.SubElement(whole, name).text = value.lower()
    return whole


def _check_ownership(element: Element) -> Element:
    if xml.required(_single_rule(element), "ObjectOwnership") not in _OWNERSHIPS:
        raise malformed_xml(f"ObjectOwnership must be one of {', '.join(_OWNERSHIPS)}")
    return element


def _single_rule(element: Element) -> Element:
    rules = element.findall("Rule")
    if len(rules) != 1:
        raise malformed_xml(f"{element.tag} must have one Rule")
    return rules[0]


def _check_tagging(element: Element) -> Element:
    if element.find("TagSet") is None:
        raise malformed_xml("Tagging lacks TagSet")
    check_tags(list(xml.tags(element)), BUCKET_TAG_LIMIT)
    return element


def _check_lifecycle(element: Element) -> Element:
    rules = element.findall("Rule")
    if not 1 <= len(rules) <= 1000:
        raise malformed_xml("a lifecycle has 1 to 1,000 rules")
    for number, rule in enumerate(rules, 1):
        if xml.required(rule, "Status") not in ("Enabled", "Disabled"):
            raise malformed_xml("Status must be Enabled or Disabled")
        if rule.find("Filter") is None and rule.find("Prefix") is None:
            raise malformed_xml("a rule needs a Filter")
        if rule.find("ID") is None:
            ElementTree.SubElement(rule, "ID").text = f"rule-{number}"
    return element


def _check_cors(element: Element) -> Element:
    rules = element.findall("CORSRule")
    if not 1 <= len(rules) <= 100:
        raise malformed_xml("a CORS configuration has 1 to 100 rules")
    for rule in rules:
        xml.required(rule, "AllowedOrigin")
        xml.required(rule, "AllowedMethod")
    return element


def _check_logging(element: Element) -> Element:
    target = element.find("LoggingEnabled")
    if target is not None:
        xml.required(target, "TargetBucket")
        xml.required(target, "TargetPrefix")
    return element


def _check_notification(element: Element) -> Element:
    if len(element):
        raise not_implemented("A bucket notification with targets")
    return element


SETTINGS: dict[str, Setting] = {
    setting.kind: setting
    for setting in (
        Setting("encryption", "ServerSideEncryptionConfiguration", _check_encryption, default=_AES256),
        Setting(
            "publicAccessBlock",
            "PublicAccessBlockConfiguration",
            _check_block,
            ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
        ),
        Setting(
            "ownershipControls",
            "OwnershipControls",
            _check_ownership,
            ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
        ),
        Setting("tagging", "Tagging", _check_tagging, ("NoSuchTagSet", "The TagSet does not exist")),
        Setting(
            "lifecycle",
            "LifecycleConfiguration",
            _check_lifecycle,
            ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        ),
        Setting(
            "cors",
            "CORSConfiguration",
            _check_cors,
            ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        ),
        Setting("logging", "BucketLoggingStatus", _check_logging),
        Setting("notification", "NotificationConfiguration", _check_notification),
    )
}


def never(code: str, message: str) -> Handler:
    """The answer to a GET of a configuration that this endpoint does not take: it is not configured."""

    def answer(call: Call) -> Reply:
        call.objects.buckets.get(call.bucket)
        raise AwsError(code, message, 404, BucketName=call.bucket)

    return answer


def fixed(root: str, children: xml.Pairs) -> Handler:
    """The answer to a GET of a configuration that can only have AWS's default."""

    def answer(call: Call) -> Reply:
        call.objects.buckets.get(call.bucket)
        return xml.reply(root, children)

    return answer
