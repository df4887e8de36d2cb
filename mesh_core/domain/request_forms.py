"""The form of a request: what is shown to be filled in, what comes back, and what can't be sent."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.request_grants import Wish
from mesh_core.domain.requests import Part, Request
from mesh_core.domain.tags import effective_values
from mesh_core.domain.world import Target, World
from mesh_core.errors import InvalidInputError, NotFoundError

LONGEST = 1000  # characters of a purpose or a reason
TERMS = "I use the data for the purpose named above only, and pass it on to nobody who may not read it."
PERSONAL_TERMS = "Personal data is deleted from wherever I copied it once the purpose is reached."


@dataclass(frozen=True)
class Form:
    """What a requester is shown to fill in: the wishes, and the conditions to accept."""

    wishes: tuple[Wish, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    """A form filled in. until is the last day (ISO), "" open-ended; conditions are those that were accepted."""

    wishes: tuple[Wish, ...]
    purpose: str
    until: str = ""
    conditions: tuple[str, ...] = ()
    sql: str = ""


@dataclass(frozen=True)
class Choice:
    """What an approver decides for a part: the columns, the rows ("" all), and which kind of grant."""

    columns: tuple[str, ...]
    row_filter: str = ""
    kind: str = "columns"


def form_of(world: World, wishes: tuple[Wish, ...], owners: tuple[str, ...] = ()) -> Form:
    """The wishes with the conditions that go with them: those of every request, then the owners' own."""
    personal = any(is_personal(world, wish) for wish in wishes)
    return Form(wishes, (TERMS, *((PERSONAL_TERMS,) if personal else ()), *owners))


def part_of(world: World, wish: Wish) -> Part:
    """What is asked of a table's owner; NotFoundError for a table or column that isn't there."""
    table = world.table(*wish.table.split(".", 1))
    unknown = [column for column in wish.columns if column not in table.column_names]
    if unknown:
        raise NotFoundError(f"{wish.table} has no column '{unknown[0]}'. Nothing was sent. Choose the columns again.")
    return Part(table.full_name, table.database, tuple(c for c in table.column_names if c in wish.columns))


def is_same(request: Request, parts: tuple[Part, ...]) -> bool:
    """Whether a request asks for just that and waits still."""
    asked = {(part.table, part.columns) for part in request.parts if part.state == "open"}
    return asked == {(part.table, part.columns) for part in parts}


def is_personal(world: World, wish: Wish) -> bool:
    """Whether some column of a wish is tagged as personal data."""
    database, _, name = wish.table.partition(".")
    return any(effective_values(world, Target(database, name, c)).get("pii") == "true" for c in wish.columns)


def check_text(text: str, what: str) -> str:
    """A purpose or a reason, trimmed. InvalidInputError for none, or one that is too long."""
    found = text.strip()
    if not found:
        raise InvalidInputError(f"The {what} is missing. Nothing was sent. Say in a sentence why.")
    if len(found) > LONGEST:
        raise InvalidInputError(f"The {what} has {len(found):,} characters; at most {LONGEST:,} are kept. Shorten it.")
    return found
