"""Settings come from the environment whole, or are refused by name."""

import dataclasses
from pathlib import Path

import pytest

from mesh_core.errors import SettingsError
from mesh_core.settings import Settings, Target


def test_without_variables_the_mesh_is_local_in_the_working_folder() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert (settings.target, settings.home, settings.region) == (Target.LOCAL, Path(".mesh").resolve(), None)
    assert settings.endpoint_folder == settings.home / "localaws"


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("MESH_HOME", "/srv/mesh", "home", Path("/srv/mesh")),
        ("MESH_TARGET", "aws", "target", Target.AWS),
        ("MESH_REGION", "us-gov-west-1", "region", "us-gov-west-1"),
        ("MESH_ACCOUNT", "123456789012", "account_id", "123456789012"),
        ("MESH_DEMO", "0", "demo", False),
        ("MESH_START_TIMEOUT_S", "2.5", "start_timeout_s", 2.5),
        ("PORT", " 9000 ", "port", 9000),
    ],
)
def test_each_variable_reaches_its_field(variable: str, text: str, name: str, value: object) -> None:
    assert getattr(Settings.from_env({variable: text}), name) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("MESH_TARGET", "azure"),
        ("MESH_REGION", "Frankfurt"),
        ("MESH_ACCOUNT", "1234"),
        ("MESH_DEMO", "maybe"),
        ("MESH_START_TIMEOUT_S", "nan"),
        ("PORT", "0"),
        ("PORT", "http"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_name_and_the_default(variable: str, text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({variable: text})
    assert f"{variable}={text}" in str(refused.value) and "Nothing was started" in str(refused.value)


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.from_env({"MESH_HOME": "", "MESH_DEMO": " "}) == Settings()


def test_on_an_account_the_region_may_be_given_the_aws_way() -> None:
    aws = {"MESH_TARGET": "aws", "AWS_REGION": "eu-west-1"}
    assert Settings.from_env(aws).region == "eu-west-1"
    assert Settings.from_env({**aws, "MESH_REGION": "eu-north-1"}).region == "eu-north-1"
    assert Settings.from_env({"AWS_REGION": "eu-west-1"}).region is None


def test_settings_cannot_be_changed_after_start() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]
