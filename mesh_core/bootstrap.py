"""Composition root: settings -> gateways -> services -> Portal. The only file that knows everything."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mesh_core.domain.names import PORTAL, REGISTRATION, Naming
from mesh_core.errors import MeshError
from mesh_core.gateways import local_account
from mesh_core.gateways.account import Account
from mesh_core.gateways.athena import Runners
from mesh_core.gateways.clients import Clients, Target
from mesh_core.gateways.glue import GlueCatalog
from mesh_core.gateways.lake_formation import LakeFormation
from mesh_core.gateways.localaws_process import LocalEndpoint, Start
from mesh_core.gateways.people import People
from mesh_core.gateways.s3 import Storage
from mesh_core.gateways.upload_reader import Uploads
from mesh_core.services.access import AccessView
from mesh_core.services.apply import Apply
from mesh_core.services.audit import Audit
from mesh_core.services.catalog import Catalog
from mesh_core.services.change_log import ChangeLog
from mesh_core.services.changes import Changes
from mesh_core.services.demo_offer import DemoOffer, Part, Report
from mesh_core.services.documents import Documenter
from mesh_core.services.domains import Domains
from mesh_core.services.drafts import Drafts
from mesh_core.services.filters import Filters
from mesh_core.services.governance_tests import GovernanceTests
from mesh_core.services.jobs import Jobs
from mesh_core.services.journal import Journal
from mesh_core.services.personal import EVERY_S as PERSONAL_EVERY_S
from mesh_core.services.personal import Means as PersonalMeans
from mesh_core.services.personal import PersonalData
from mesh_core.services.planning import Planner
from mesh_core.services.policies import EVERY_S as POLICIES_EVERY_S
from mesh_core.services.policies import PolicyBook
from mesh_core.services.ports import Readers, StorageReader, Writers
from mesh_core.services.ports_queries import QueryRunners
from mesh_core.services.preflight import Finding, look
from mesh_core.services.publish import Wizard
from mesh_core.services.publish_data import PublishData, Sources
from mesh_core.services.query import Queries
from mesh_core.services.radius import BlastRadius
from mesh_core.services.reading import GRACE_S, Reading
from mesh_core.services.request_store import RequestStore
from mesh_core.services.requests import Requests
from mesh_core.services.requests_worker import Means, Worker
from mesh_core.services.run_as import Powers, RunAs
from mesh_core.services.saved_queries import SavedQueries
from mesh_core.services.schedule import Schedule
from mesh_core.services.system_tables import EVERY_S as SYSTEM_EVERY_S
from mesh_core.services.system_tables import SystemTables
from mesh_core.services.tag_history import TagHistory
from mesh_core.services.tags import TagsView
from mesh_core.services.teardown import Teardowns
from mesh_core.services.visitors import Visitors
from mesh_core.settings import Settings
from mesh_core.settings import Target as Where


@dataclass(frozen=True)
class Portal:
    """All use cases, wired."""

    settings: Settings
    naming: Naming
    reading: Reading
    visitors: Visitors
    catalog: Catalog
    domains: Domains
    access: AccessView
    tags: TagsView
    tag_history: TagHistory
    changes: Changes
    teardowns: Teardowns
    jobs: Jobs
    audit: Audit
    queries: Queries
    drafts: Drafts
    wizard: Wizard
    storage: StorageReader
    demo: DemoOffer
    run_as: RunAs
    requests: Requests
    radius: BlastRadius
    saved_queries: SavedQueries
    personal: PersonalData
    governance_tests: GovernanceTests
    filters: Filters
    policies: PolicyBook
    schedule: Schedule
    system: SystemTables
    endpoint: LocalEndpoint | None = None

    def stay_up(self) -> None:
        """Bring the local endpoint back, at the same address, when its process has ended. Cheap while it runs."""
        if self.endpoint is not None:
            self.endpoint.ensure()

    def start_background(self) -> None:
        """Begin what goes on beside the pages: settling requests, scheduled looks, a first reading of the mesh."""
        self.requests.worker.start()
        self.schedule.start()
        threading.Thread(target=self._warm_up, name="first reading", daemon=True).start()

    def _warm_up(self) -> None:
        with contextlib.suppress(MeshError):  # whoever opens a page is told
            self.access.matrix()

    def close(self) -> None:
        """End the work in the background, and the local endpoint where this portal started it."""
        self.personal.cancel()
        self.schedule.stop()
        self.requests.worker.stop()
        if self.endpoint is not None:
            self.endpoint.close()


def portal_from(environ: Mapping[str, str]) -> Portal:
    """The portal that an environment describes; starts the local endpoint where that is the target."""
    settings = Settings.from_env(environ)
    target, endpoint = target_of(settings)
    return portal_on(settings, target, endpoint)


def target_of(settings: Settings) -> tuple[Target, LocalEndpoint | None]:
    """Where AWS is: an account, or the local endpoint, attached to or started."""
    if settings.target is Where.AWS:
        return Target(settings.region or ""), None
    folder, options = settings.endpoint_folder, (settings.region, settings.account_id, settings.start_timeout_s)
    endpoint = LocalEndpoint(Start(folder, *options))
    at = endpoint.endpoint
    return Target(at.region, at.url, str(at.credentials_file)), endpoint


def preflight_from(environ: Mapping[str, str]) -> tuple[Finding, ...]:
    """Look at the account that an environment describes; read-only, but for the local endpoint's own set-up."""
    settings = Settings.from_env(environ)
    target, endpoint = target_of(settings)
    try:
        clients = Clients(target, PORTAL)
        if target.is_local:
            local_account.prepare(clients, PORTAL)
        writers = _writers(clients, Naming(clients.account_id(), target.region))
        readers = Readers(writers.catalog, writers.governance, writers.storage, writers.people)
        return look(Account(clients), readers)
    finally:
        if endpoint is not None:
            endpoint.close()


def portal_on(settings: Settings, target: Target, endpoint: LocalEndpoint | None = None) -> Portal:
    """The portal on a given target; an endpoint that it owns ends with it."""
    outside = outside_of(target, endpoint)
    return assemble(settings, outside.naming, outside.outside)


@dataclass(frozen=True)
class Reached:
    """An account that was reached: its names, and everything in it."""

    naming: Naming
    outside: Outside


def outside_of(target: Target, endpoint: LocalEndpoint | None = None) -> Reached:
    """The gateways on a given target."""
    clients = Clients(target, PORTAL)
    if target.is_local:
        local_account.prepare(clients, PORTAL)
    naming = Naming(clients.account_id(), target.region)
    runners = Runners(clients.as_role, lambda role: role if target.is_local else "")
    fixed_role = None if target.is_local else clients.caller_role()
    return Reached(naming, Outside(_writers(clients, naming), runners, fixed_role, endpoint, GRACE_S))


@dataclass(frozen=True)
class Outside:
    """Everything that the use cases reach the world through; tests give fakes.

    fixed_role   the one role that the visitor acts as on an account, None where roles can be chosen
    grace_s      see services/reading.py
    """

    writers: Writers
    runners: QueryRunners
    fixed_role: str | None = None
    endpoint: LocalEndpoint | None = None
    grace_s: float = 0.0


def assemble(settings: Settings, naming: Naming, outside: Outside) -> Portal:
    """The use cases on given gateways."""
    writers = outside.writers
    readers = Readers(writers.catalog, writers.governance, writers.storage, writers.people)
    reading = Reading(readers, naming, grace_s=outside.grace_s)
    planner = Planner(readers, reading, Documenter(writers.storage))
    journal = Journal(writers.storage, naming)
    keeps = outside.endpoint is not None or settings.target is Where.AWS
    audit = Audit(writers.storage, naming, _now, settings.home if keeps else None)
    apply = Apply(writers, journal, _now, ChangeLog(audit, naming.control_bucket))
    jobs = Jobs(apply, journal, reading, planner.plan, _now)
    policies, schedule = PolicyBook(writers.storage, naming, reading, audit.record), Schedule()
    schedule.add("policies", POLICIES_EVERY_S, policies.look)
    changes = Changes(planner, jobs, reading, policies.check)
    store, fixed = RequestStore(writers.storage, naming), outside.fixed_role
    means = Means(reading, changes, jobs, outside.runners, audit.record, audit.record_after, fixed)
    requests = Requests(store, reading, changes, Worker(store, means, _now), _now)
    powers = Powers(outside.runners, lambda intent: planner.plan(intent).steps, requests.approves, fixed)
    queries, drafts = Queries(reading, outside.runners, note=audit.note), Drafts(writers.storage, naming)
    system = SystemTables(writers.storage, naming, reading, audit, requests.rows)
    queries.before_start = system.before
    schedule.add("system tables", SYSTEM_EVERY_S, system.refresh)
    sources = Sources(Uploads(), writers.storage, settings.home / "uploads")
    data = PublishData(drafts, reading, queries, sources)
    looks = PersonalMeans(outside.runners, audit.record, _now, fixed)
    personal = PersonalData(writers.storage, naming, reading, looks)
    schedule.add("personal data", PERSONAL_EVERY_S, personal.look_at_new)
    saved, radius = SavedQueries(reading, outside.runners, fixed), BlastRadius(reading, audit, requests, _now)
    radius.saved = saved.everybodys
    portal = Portal(
        settings=settings,
        naming=naming,
        reading=reading,
        visitors=Visitors(reading, outside.fixed_role),
        catalog=Catalog(reading, writers.storage),
        access=AccessView(reading),
        tags=TagsView(reading),
        tag_history=TagHistory(journal),
        domains=Domains(reading, writers.storage, jobs),
        changes=changes,
        teardowns=Teardowns(changes, reading, writers.storage),
        jobs=jobs,
        audit=audit,
        queries=queries,
        drafts=drafts,
        wizard=Wizard(drafts, changes, reading, data),
        storage=writers.storage,
        demo=DemoOffer(lambda report, part: _load_demo(portal, report, part)),
        run_as=RunAs(reading, powers, audit.record),
        requests=requests,
        radius=radius,
        saved_queries=saved,
        personal=personal,
        policies=policies,
        schedule=schedule,
        system=system,
        filters=Filters(reading, queries),
        governance_tests=GovernanceTests(writers.storage, naming, reading, audit),
        endpoint=outside.endpoint,
    )
    return portal


def _load_demo(portal: Portal, report: Report, part: Part) -> None:
    """The demo is a client of the portal, so it is imported when it is asked for."""
    from mesh_core.demo.load import Demo, Progress

    demo = Demo(portal)
    if part == "late" and not demo.wants_late():
        return

    def tell(done: Progress) -> None:
        report(done.at / done.total, done.words)

    demo.load(tell, early=part == "all")


def _writers(clients: Clients, naming: Naming) -> Writers:
    allowed = (clients.caller_arn(), naming.role_arn(REGISTRATION))
    return Writers(
        GlueCatalog(lambda: clients.portal("glue")),
        LakeFormation(lambda: clients.portal("lakeformation"), naming.account_id),
        Storage(lambda: clients.portal("s3"), naming.region, allowed, naming.control_bucket),
        People(lambda: clients.portal("iam"), lambda: clients.portal("athena"), clients.forget),
    )


def _now() -> datetime:
    return datetime.now(UTC)
