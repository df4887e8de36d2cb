"""Templates of vocabularies: LF-tags that most meshes want, and what each of their values means.

A template defines one key. Applying it adds the values that are missing and takes none away, as a ChangeVocabulary;
its guidance is shown wherever a value of that key is chosen, whoever made the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mesh_core.domain.intents import ChangeVocabulary
from mesh_core.domain.world import World


@dataclass(frozen=True)
class ValueGuidance:
    """What one value means, when to use it, who decides."""

    value: str
    means: str
    use: str
    decides: str


@dataclass(frozen=True)
class VocabularyTemplate:
    """One key with its values. `of_domains`: the values are the mesh's domains, one each, and have no guidance here."""

    name: str
    title: str
    key: str
    description: str
    decides: str
    values: tuple[ValueGuidance, ...] = ()
    of_domains: bool = False
    order: int = 100


def wanted_values(world: World, template: VocabularyTemplate) -> tuple[str, ...]:
    """The values that a template asks for in this mesh."""
    if template.of_domains:
        return tuple(sorted(one.name for one in world.databases if one.is_managed))
    return tuple(one.value for one in template.values)


def missing_values(world: World, template: VocabularyTemplate) -> tuple[str, ...]:
    """Those of them that the mesh doesn't have yet."""
    have = world.tags.get(template.key, ())
    return tuple(value for value in wanted_values(world, template) if value not in have)


def from_template(world: World, template: VocabularyTemplate) -> ChangeVocabulary:
    """The change that adds what is missing; values of one's own stay."""
    return ChangeVocabulary(template.key, (*world.tags.get(template.key, ()), *missing_values(world, template)))


def guidance_for(templates: Iterable[VocabularyTemplate], key: str) -> VocabularyTemplate | None:
    """The template that explains a key, None when none does."""
    return next((one for one in templates if one.key == key), None)
