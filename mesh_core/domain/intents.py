"""What a visitor may ask to be changed, as frozen data: the input of planning, kept with the plan and its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mesh_core.domain.names import ProductName
from mesh_core.domain.world import Column, DataFilter, Grant, Target

Template = Literal["from-file", "from-s3", "cross-domain-view"]
Status = Literal["proposed", "draft", "active", "deprecated", "retired"]


@dataclass(frozen=True)
class PrepareMesh:
    """Lake Formation mode, the vocabulary, the steward and the registration role."""


@dataclass(frozen=True)
class CreateDomain:
    """A domain with its bucket, database, owner role and work group."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class CreatePersona:
    """A role that people act as, with a work group of the same name."""

    name: str
    description: str = ""


@dataclass(frozen=True)
class DraftFile:
    """One Parquet file of a draft in the control bucket."""

    key: str
    size_bytes: int
    row_count: int


@dataclass(frozen=True)
class Draft:
    """A data product with one output port, as the wizard collects it.

    files        Parquet files already staged in the control bucket (template from-file)
    location     S3 URI of data that exists (template from-s3); it is adopted, never deleted
    view_sql     the SELECT (template cross-domain-view)
    tags         LF-tags of the table; column_tags those of columns that differ
    contact      an e-mail address, a link or a channel's name, where readers ask
    retention_days  how long rows are kept, 0 where nobody has said
    """

    template: Template
    domain: str
    name: str
    description: str = ""
    purpose: str = ""
    owner: str = ""
    contact: str = ""
    retention_days: int = 0
    status: Status = "active"
    version: str = "1.0.0"
    columns: tuple[Column, ...] = ()
    files: tuple[DraftFile, ...] = ()
    location: str = ""
    storage: str = ""
    view_sql: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    column_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()

    @property
    def product(self) -> ProductName:
        """Its full name."""
        return ProductName(self.domain, self.name)

    @property
    def row_count(self) -> int:
        """Rows of all files."""
        return sum(one.row_count for one in self.files)

    @property
    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(one.size_bytes for one in self.files)


@dataclass(frozen=True)
class PublishProduct:
    """Make a draft a product."""

    draft: Draft


@dataclass(frozen=True)
class EditProduct:
    """Change what may change after publishing; None leaves a field as it is."""

    product: ProductName
    description: str | None = None
    purpose: str | None = None
    owner: str | None = None
    contact: str | None = None
    retention_days: int | None = None
    status: Status | None = None
    column_descriptions: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None
    column_tags: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True)
class ChangeVocabulary:
    """An LF-tag's allowed values; () deletes it."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class ChangeAssignments:
    """The LF-tags assigned at targets themselves; keys left out are removed there."""

    changes: tuple[tuple[Target, Mapping[str, str]], ...]


@dataclass(frozen=True)
class ChangeGrants:
    """Grants to make and to take back.

    filters  data cells filters that the grants need: made before them, unless they stand already
    drops    filters that nobody needs any more: deleted after the revokes
    """

    grants: tuple[Grant, ...] = ()
    revokes: tuple[Grant, ...] = ()
    filters: tuple[DataFilter, ...] = ()
    drops: tuple[DataFilter, ...] = ()


@dataclass(frozen=True)
class ChangeFilter:
    """A data cells filter as it shall be; `delete` takes it away, with the grants on it."""

    filter: DataFilter
    delete: bool = False


@dataclass(frozen=True)
class ChangeExpression:
    """A saved LF-tag expression as it shall be; () deletes it, with the grants by its name."""

    name: str
    expression: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Teardown:
    """Remove what the portal made: a product (`sales.baskets`), a domain (`sales`) or the whole mesh (``)."""

    scope: Literal["product", "domain", "mesh"]
    name: str = ""


Intent = (
    PrepareMesh
    | CreateDomain
    | CreatePersona
    | PublishProduct
    | EditProduct
    | ChangeVocabulary
    | ChangeAssignments
    | ChangeGrants
    | ChangeFilter
    | ChangeExpression
    | Teardown
)
CLASSES = (
    PrepareMesh,
    CreateDomain,
    CreatePersona,
    DraftFile,
    Draft,
    PublishProduct,
    EditProduct,
    ChangeVocabulary,
    ChangeAssignments,
    ChangeGrants,
    ChangeFilter,
    ChangeExpression,
    Teardown,
    ProductName,
)
