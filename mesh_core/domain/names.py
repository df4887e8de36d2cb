"""What may be called what, and how a thing's AWS name follows from its mesh name.

Rules: a domain is `[a-z][a-z0-9_]{0,24}`, since its bucket's name `mesh-<domain>-<account>-<region>` must stay within
S3's 63 characters; a product or a port is a Glue table's name, which Athena reads unquoted only when it is
`[a-z_][a-z0-9_]*`. Sources: S3 user guide, bucket naming rules; Athena user guide, names of databases and tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mesh_core.errors import InvalidNameError

DOMAIN = re.compile(r"[a-z][a-z0-9_]{0,24}")
PRODUCT = re.compile(r"[a-z][a-z0-9_]{0,126}")
ROLE = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
LABEL = re.compile(r"[^\W_](?:[\w ,.:()&'+-]{0,253}[\w.)])?")
TAG_KEY = re.compile(r"[a-z0-9_.:/=+\-@%]{1,50}")
RESERVED_DOMAINS = frozenset({"default", "information_schema", "control", "mesh", "mesh_system", "aws"})
MANAGED = "mesh.managed"
SYSTEM = "mesh_system"  # the database of the mesh's own records: no domain
PORTAL, REGISTRATION, STEWARD = "mesh-portal", "mesh-lakeformation", "mesh-steward"
NOT_PEOPLE = frozenset({PORTAL, REGISTRATION})


@dataclass(frozen=True, order=True)
class ProductName:
    """`sales.transactions`: the domain and the name within it."""

    domain: str
    name: str

    def __str__(self) -> str:
        return f"{self.domain}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> ProductName:
        """`domain.name`; InvalidNameError otherwise."""
        domain, dot, name = text.partition(".")
        if not dot:
            raise InvalidNameError("Product", text, "a product is named as domain.name.")
        return cls(check_domain(domain), check_product(name))


def check_domain(name: str) -> str:
    """The name, or InvalidNameError."""
    if name in RESERVED_DOMAINS:
        raise InvalidNameError("Domain", name, "this name is reserved.")
    return _check("Domain", name, DOMAIN, "lower-case letters, digits and _, a letter first, at most 25 characters.")


def check_product(name: str) -> str:
    """The name, or InvalidNameError."""
    return _check("Product", name, PRODUCT, "lower-case letters, digits and _, a letter first, at most 127 characters.")


def check_role(name: str) -> str:
    """An IAM role's name, or InvalidNameError."""
    return _check("Role", name, ROLE, "letters, digits and +=,.@_-, at most 64 characters.")


_LABEL_RULE = "letters, digits, blanks and _,.:()&'+-, a letter or digit first, at most 255 characters."


def check_expression_name(name: str) -> str:
    """A saved LF-tag expression's name, or InvalidNameError."""
    return _check("LF-tag expression", name, LABEL, _LABEL_RULE)


def check_filter_name(name: str) -> str:
    """A data cells filter's name, or InvalidNameError."""
    return _check("Row filter", name, LABEL, _LABEL_RULE)


def check_tag(text: str) -> str:
    """An LF-tag's key or value, or InvalidNameError."""
    return _check("LF-tag", text, TAG_KEY, "lower-case letters, digits and _.:/=+-@%, at most 50 characters.")


def _check(what: str, name: str, pattern: re.Pattern[str], rule: str) -> str:
    if not name:
        raise InvalidNameError(what, name, "it is empty.")
    if pattern.fullmatch(name) is None:
        raise InvalidNameError(what, name, rule)
    return name


@dataclass(frozen=True)
class Naming:
    """The AWS names of one account and region."""

    account_id: str
    region: str

    def bucket(self, domain: str) -> str:
        """The domain's bucket."""
        return f"mesh-{domain.replace('_', '-')}-{self.account_id}-{self.region}"

    @property
    def control_bucket(self) -> str:
        """Drafts, journals, audit events."""
        return self.bucket("control")

    def role_arn(self, role: str) -> str:
        """An IAM role's ARN (path `/`)."""
        return f"arn:aws:iam::{self.account_id}:role/{role}"

    @property
    def root_arn(self) -> str:
        """The account's root."""
        return f"arn:aws:iam::{self.account_id}:root"

    def product_prefix(self, product: ProductName) -> str:
        """The key prefix of a product's data in its domain's bucket, with the trailing slash."""
        return f"{product.name}/"

    def data_location(self, product: ProductName, port: str) -> str:
        """The S3 URI of a port's data, with the trailing slash."""
        return f"s3://{self.bucket(product.domain)}/{product.name}/{port}/"

    def documents_prefix(self, product: ProductName) -> str:
        """The key prefix of all versions of a product's documents."""
        return f"_mesh/{product.name}/"

    def results_location(self, role: str) -> str:
        """Where a role's query results go."""
        return f"s3://{self.control_bucket}/results/{role}/"


def owner_role(domain: str) -> str:
    """The IAM role that owns a domain: `customer-owner`."""
    return f"{domain.replace('_', '-')}-owner"


def split_s3_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/some/key` -> (bucket, key); InvalidNameError when it is none."""
    if not uri.startswith("s3://") or uri[5:6] in ("", "/"):
        raise InvalidNameError("S3 location", uri, "it must read s3://bucket/prefix/.")
    bucket, _, key = uri[5:].partition("/")
    return bucket, key
