"""Templates of vocabularies: those that ship, what they add to a mesh, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_core.domain.names import Naming
from mesh_core.domain.tags import VOCABULARY
from mesh_core.domain.vocabularies import from_template, guidance_for, missing_values
from mesh_core.domain.world import Database, World
from mesh_core.errors import TemplateInvalidError
from mesh_core.services.vocabularies import load_vocabularies, load_vocabulary

NAMING = Naming("000000000000", "us-east-1")
GOOD = """\
title: Team
key: team
description: Whose work it is.
decides: The steward.
values:
  retail: {means: Shops., use: For shops., decides: The owner.}
"""


def _file(tmp_path: Path, text: str, name: str = "team.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_four_vocabularies_ship_and_stand_in_their_order():
    assert [one.key for one in load_vocabularies()] == ["sensitivity", "pii", "domain", "environment"]


def test_every_shipped_value_says_what_it_means_when_to_use_it_and_who_decides():
    values = [value for one in load_vocabularies() for value in one.values]
    assert len(values) == 9
    assert all(value.means and value.use and value.decides for value in values)


def test_the_guidance_covers_the_vocabulary_that_every_mesh_begins_with():
    for key, values in VOCABULARY.items():
        template = guidance_for(load_vocabularies(), key)
        assert template is not None
        assert tuple(one.value for one in template.values) == values


def test_a_template_adds_what_is_missing_and_takes_nothing_away():
    world = World(NAMING, tags={"environment": ("lab", "production")})
    template = guidance_for(load_vocabularies(), "environment")
    assert template is not None
    assert from_template(world, template).values == ("lab", "production", "test", "development")


def test_the_template_of_domains_asks_for_the_domains_of_this_mesh():
    marked = {"mesh.managed": "true"}
    databases = (Database("sales", parameters=marked), Database("hr", parameters=marked), Database("foreign"))
    world = World(NAMING, databases=databases, tags={"domain": ("sales",)})
    template = guidance_for(load_vocabularies(), "domain")
    assert template is not None
    assert missing_values(world, template) == ("hr",)


def test_a_key_without_a_template_has_no_guidance():
    assert guidance_for(load_vocabularies(), "team") is None


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param("title: [", 1, "it is not YAML", id="no-yaml"),
        pytest.param(GOOD.replace("decides: The steward.\n", ""), 1, "the field 'decides' is missing", id="missing"),
        pytest.param(GOOD + "colour: red\n", 7, "'colour' is no field", id="unknown"),
        pytest.param(GOOD.replace("team", "Two Words"), 2, "'Two Words' can't be an LF-tag", id="key"),
        pytest.param(GOOD.replace("retail:", "no:"), 5, "put it in quotes", id="boolean"),
        pytest.param(GOOD.replace("means: Shops., ", ""), 5, "needs these as text: means", id="no-meaning"),
        pytest.param(GOOD.split("values")[0] + "values: []\n", 5, "'values' must name the values", id="no-values"),
        pytest.param(GOOD + "order: first\n", 7, "'order' must be a whole number", id="order"),
    ],
)
def test_a_broken_vocabulary_is_refused_with_its_line(tmp_path: Path, text: str, line: int, reason: str):
    with pytest.raises(TemplateInvalidError, match=rf"team\.yaml can't be used, line {line}: .*{reason}"):
        load_vocabulary(_file(tmp_path, text))


def test_two_templates_of_one_key_are_refused(tmp_path: Path):
    _file(tmp_path, GOOD)
    _file(tmp_path, GOOD, "other.yaml")
    with pytest.raises(TemplateInvalidError, match="the key 'team' is taken by other"):
        load_vocabularies(tmp_path)
