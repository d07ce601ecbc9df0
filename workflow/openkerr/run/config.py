"""Configuration of a run: the one source of keys, units, limits and of the checks that join several keys.

The models of this module make ``workflow/schemas/config.schema.json`` and ``config/README.md``
(``python -m openkerr schema --write``).  Every key is required: a run states all that decides its results.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError, field_validator
from pydantic_core import ErrorDetails

from openkerr.run.blame import blamed_keys
from openkerr.run.extensions import ExtensionBlock, ExtensionError, load_extensions
from openkerr.settings.checks import Name
from openkerr.settings.fields import Section, block, refuse, setting
from openkerr.settings.strict_yaml import StrictYamlError, load_yaml
from openkerr.settings.text import error_lines, first_of, one_line, show
from openkerr.studies.chain import Chain
from openkerr.studies.steppers.config import Steppers
from openkerr.studies.torus import Torus


class ConfigError(ValueError):
    """A configuration that is not allowed; one printable line with key, value and what is allowed.

    Attributes:
        lines: All mistakes that were seen, a line each; the message is the first, and how many more there are.
    """

    def __init__(self, *lines: str):
        self.lines = tuple(one_line(line) for line in lines)
        super().__init__(first_of(self.lines))


class Figures(Section):
    """Files of the figures."""

    formats: tuple[Literal["pdf", "png"], ...] = setting("file formats", min_length=1, rule="each format once")
    dpi: int = setting("resolution of PNG files and of rasters in PDF files", "dots per inch", ge=30, le=1200)

    @field_validator("formats")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for index, name in enumerate(value):
            if name in value[:index]:
                raise refuse("each format once", at=(index,))
        return value


class Workflow(Section):
    """How a run is cut into jobs and kept from loss; changes no result."""

    checkpoint_seconds: float = setting("interval between checkpoints of a simulation", "s", ge=0, le=86_400)


class RunConfig(Section):
    """Configuration of a run of openkerr."""

    scale: Name = setting(
        "name of the scale: results stand in `results/<scale>/`",
        rule="not record, the folder of the committed record",
    )
    seed: int = setting("seed of all noise and starts", ge=0, le=2**63 - 1)
    torus: Torus = block(Torus.__doc__, "the torus figures")
    chain: Chain = block(Chain.__doc__, "the chain figures")
    steppers: Steppers = block(Steppers.__doc__, "stepper_errors, figure_steppers")
    extensions: tuple[ExtensionBlock, ...] = block(
        ExtensionBlock.__doc__, "figures of the folders, claims", max_length=50
    )
    figures: Figures = block(Figures.__doc__, "all figures")
    workflow: Workflow = block(Workflow.__doc__, "number of jobs of all simulation rules")

    @field_validator("scale")
    @classmethod
    def _not_the_record(cls, value: str) -> str:
        if value == "record":
            raise refuse("a name other than record, the folder of the committed record")
        return value


def load_config(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> RunConfig:
    """Configuration in YAML files, merged in order as a run merges them.

    Mappings merge, all else replaces; but an entry of a list that has a name takes the keys that it leaves out from the
    entry of that name before.

    Raises:
        ConfigError: If a file cannot be read or gives a key twice, or what they make is not allowed.
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    loaded, merged = _load_files(paths), dict[Any, Any]()
    for mapping in loaded:
        merged = _merge(merged, mapping)
    return _validate(merged, loaded, paths)


def validate_config(mapping: Any, files: Iterable[str | os.PathLike[str]] = ()) -> RunConfig:
    """Configuration in a mapping.

    ``files`` are the YAML files that it came from, in the order in which they were merged: read again for hidden
    faults, and for the keys that named entries of its lists leave out.

    Raises:
        ConfigError: If a file gives a key twice or cannot be read, or the configuration is not allowed.
    """
    files = list(files)
    loaded, merged = _load_files(files), dict[Any, Any]()
    for given in loaded:
        merged = _merge(merged, given)
    if not isinstance(mapping, Mapping):
        raise ConfigError(f"the configuration = {show(mapping)} is not allowed; allowed: a mapping of keys to values")
    mapping = {key: _completed(value, merged.get(key)) for key, value in mapping.items()}
    return _validate(mapping, loaded, files)


def _validate(
    mapping: dict[Any, Any], loaded: Sequence[dict[Any, Any]], files: Sequence[str | os.PathLike[str]]
) -> RunConfig:
    """Configuration in a mapping, with what the files hold that it came from: the first is under all others."""
    try:
        config = RunConfig.model_validate(mapping)
        load_extensions(config.extensions)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        blamed = blamed_keys(errors, mapping, loaded[0], _errors) if loaded else {}
        default = "/".join(Path(files[0]).parts[-2:]) if files else ""
        raise ConfigError(*error_lines(errors, mapping, config_schema(), blamed, default)) from None
    except ExtensionError as error:
        raise ConfigError(str(error)) from None
    return config


def _errors(mapping: Mapping[Any, Any]) -> list[ErrorDetails]:
    try:
        RunConfig.model_validate(mapping)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def config_digest(config: RunConfig) -> str:
    """SHA-256, in hexadecimal, of the configuration as sorted JSON."""
    text = json.dumps(config.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def config_schema() -> Mapping[str, Any]:
    """JSON schema of the configuration, one object for all callers."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **RunConfig.model_json_schema()}


def _load_files(paths: Iterable[str | os.PathLike[str]]) -> list[dict[Any, Any]]:
    try:
        return [load_yaml(path) for path in paths]
    except StrictYamlError as error:
        raise ConfigError(str(error)) from None


def _merge(base: Any, update: Mapping[Any, Any]) -> dict[Any, Any]:
    """Copy of a mapping with another one merged into it."""
    merged = dict(base) if isinstance(base, Mapping) else {}
    for key, value in update.items():
        merged[key] = (
            _merge(merged.get(key), value) if isinstance(value, Mapping) else _completed(value, merged.get(key))
        )
    return merged


def _completed(value: Any, before: Any) -> Any:
    """The value, with the keys that named entries of its lists leave out from the entries of those names before."""
    if isinstance(value, Mapping) and isinstance(before, Mapping):
        return {key: _completed(child, before.get(key)) for key, child in value.items()}
    if not (isinstance(value, list) and isinstance(before, list)):
        return value
    named = {each["name"]: each for each in before if isinstance(each, Mapping) and isinstance(each.get("name"), str)}
    return [
        _merge(named.get(each["name"]), each)
        if isinstance(each, Mapping) and isinstance(each.get("name"), str)
        else each
        for each in value
    ]
