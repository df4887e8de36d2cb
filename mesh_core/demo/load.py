"""Load the demo mesh through the portal's services: idempotent, resumable, with a line of progress a thing.

What is there already costs a plan that says "nothing to do"; what a killed run left half made is finished, since
planning starts from what exists.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mesh_core.bootstrap import Portal
from mesh_core.demo.data import write_product
from mesh_core.demo.spec import ProductSpec, spec
from mesh_core.domain.intents import (
    ChangeGrants,
    CreateDomain,
    CreatePersona,
    Draft,
    Intent,
    PrepareMesh,
    PublishProduct,
)
from mesh_core.domain.names import STEWARD, owner_role
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Column, ExpressionResource, Grant
from mesh_core.gateways.uploads import read_upload

PERSONAL = {"pii": "true", "sensitivity": "confidential"}


@dataclass(frozen=True)
class Progress:
    """One thing done: number of all, in words, with the seconds it took."""

    at: int
    total: int
    words: str
    seconds: float


Report = Callable[[Progress], None]
Work = tuple[str, Callable[[], bool]]


class Demo:
    """Loads the demo mesh as the steward."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def load(self, report: Report, late: bool = True, early: bool = True) -> None:
        """Make everything; `late` products (the big one) and the rest can be chosen apart. MeshError on failure."""
        works = [*(self._foundation() if early else ()), *self._products(early, late)]
        for at, (words, work) in enumerate(works, 1):
            started = time.perf_counter()
            done = work()
            seconds = time.perf_counter() - started
            report(Progress(at, len(works), words if done else f"{words}: nothing to do", seconds))

    def wants_late(self) -> bool:
        """Whether the late products are all that is missing, and were never published: a torn down one stays away."""
        world, titles = self._portal.reading.world(), {job.title for job in self._portal.jobs.all()}
        stands = all(world.ports(one.name) for one in spec().products if not one.late)
        late = [one for one in spec().products if one.late]
        return stands and not any(world.ports(p.name) or f"Publish {p.name}" in titles for p in late)

    def _steward(self) -> Visitor:
        return self._portal.visitors.visitor(STEWARD)

    def _foundation(self) -> Iterator[Work]:
        yield "Foundation", lambda: self._change(PrepareMesh())
        for name, description in spec().domains.items():
            yield f"Domain {name}", lambda n=name, d=description: self._change(CreateDomain(n, d))  # type: ignore[misc]
        for name, description in spec().personas.items():
            yield f"Role {name}", lambda n=name, d=description: self._change(CreatePersona(n, d))  # type: ignore[misc]
        yield "Grants by LF-tag", self._grant

    def _products(self, early: bool, late: bool) -> Iterator[Work]:
        for one in spec().products:
            if late if one.late else early:
                yield f"Product {one.name}", lambda p=one: self._publish(p)  # type: ignore[misc]

    def _change(self, intent: Intent) -> bool:
        return self._portal.changes.apply_now(self._steward(), intent) is not None

    def _grant(self) -> bool:
        arn = self._portal.naming.role_arn
        grants = [Grant(arn(one.to), ExpressionResource("TABLE", one.expression), ("SELECT",)) for one in spec().grants]
        return self._change(ChangeGrants(tuple(grants)))

    def _publish(self, product: ProductSpec) -> bool:
        """Publish unless it is there; a finished product is not compared row by row."""
        if self._portal.reading.world().ports(product.name) and self._has_rows(product):
            return False
        draft_id = self._portal.drafts.new_id()
        with tempfile.TemporaryDirectory(prefix="mesh-demo-") as folder:
            draft = self._draft(product, draft_id, Path(folder))
        done = self._change(PublishProduct(draft))
        self._portal.drafts.discard(draft_id)
        return done

    def _has_rows(self, product: ProductSpec) -> bool:
        if product.view:
            return True
        naming = self._portal.naming
        objects = self._portal.storage.objects(naming.bucket(product.name.domain), naming.product_prefix(product.name))
        return bool(objects)

    def _draft(self, product: ProductSpec, draft_id: str, folder: Path) -> Draft:
        draft = Draft(
            template="cross-domain-view" if product.view else "from-file",
            domain=product.name.domain,
            name=product.name.name,
            description=product.description,
            purpose=product.purpose,
            owner=owner_role(product.name.domain),
            contact=product.contact,
            retention_days=product.retention_days,
            view_sql=product.view,
            tags=product.tags,
            column_tags=dict.fromkeys(product.personal, PERSONAL),
            labels=product.labels,
        )
        if product.view:
            return _with_columns(draft, product, self._portal.queries.describe(self._steward(), product.view))
        path, row_count = write_product(product, folder)
        columns = tuple(Column(c.name, c.hive_type) for c in read_upload(path, path.name).columns)
        return self._portal.drafts.stage(draft_id, _with_columns(draft, product, columns), path, row_count)


def _with_columns(draft: Draft, product: ProductSpec, columns: tuple[Column, ...]) -> Draft:
    return replace(draft, columns=tuple(Column(c.name, c.type, product.columns[c.name]) for c in columns))
