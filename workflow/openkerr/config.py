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
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from openkerr.config_fields import Section, block, complete, refuse, setting
from openkerr.config_text import describe_errors, one_line, show
from openkerr.models.bose_hubbard_chain import BoseHubbardChain, BoseHubbardChainParameters
from openkerr.models.kerr_dimer import KerrDimer, KerrDimerParameters
from openkerr.stats import MIN_BATCHES
from openkerr.yaml_strict import StrictYamlError, load_yaml

MAX_SAMPLES = 1_000_000
MAX_STEP_RATE = 2.5
"""Largest rate times step; the fourth-order Runge-Kutta step is stable up to about 2.8."""


class ConfigError(ValueError):
    """A configuration that is not allowed; one printable line with key, value and what is allowed."""

    def __init__(self, text: str):
        super().__init__(one_line(text))


def _check_multiple(value: float, unit: float | None, name: str) -> float:
    """The value, if a whole number of units within a relative 1e-9; unit ``None``: itself refused."""
    if unit is not None:
        ratio = value / unit
        if ratio > MAX_SAMPLES:
            raise refuse(f"at most {MAX_SAMPLES} times {name} = {unit:g}")
        if abs(ratio - round(ratio)) > 1e-9 * max(1.0, ratio) or (value > 0 and round(ratio) < 1):
            raise refuse(f"a whole multiple of {name} = {unit:g}")
    return value


def _check_names(cases: Sequence[Any]) -> None:
    """Refuse two entries of one name."""
    seen: set[str] = set()
    for index, case in enumerate(cases):
        if case.name in seen:
            raise refuse("a name that no other entry of the list has", at=(index, "name"))
        seen.add(case.name)


def _check_step(index: int, time_step: float, rate: float, model: str) -> None:
    """Refuse a time step that is unstable at the largest rate of the linear motion."""
    if not time_step * rate < MAX_STEP_RATE:
        text = f"below {MAX_STEP_RATE / rate:.3g}, for a stable Runge-Kutta step at the rates of {model}"
        raise refuse(text, at=(index, "time_step"))


def _check_model(index: int, key: str, build: type[BaseModel], **parameters: Any) -> None:
    """Refuse a case that its own model refuses."""
    try:
        build(**parameters)
    except ValidationError as error:
        text = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise refuse(f"a value that the model accepts ({text})", at=(index, key)) from None


Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=64)]
TorusModel = complete("TorusModel", KerrDimerParameters, __name__)
ChainModel = complete("ChainModel", BoseHubbardChainParameters, __name__)


class Ensemble(Section):
    """Numerics that all truncated-Wigner ensembles share."""

    name: Name = setting("name of the case, part of file names", rule="each name once in the list")
    n_trajectories: int = setting("number of trajectories", "trajectories", ge=16, le=1_000_000_000)
    batch_size: int = setting(
        "trajectories that share a partial sum: the unit of errors, and the lanes of a vectorised block",
        "trajectories",
        ge=1,
        le=65_536,
        rule="at most n_trajectories / 16, for an error from 16 batches",
    )

    @field_validator("batch_size")
    @classmethod
    def _enough_batches(cls, value: int, info: ValidationInfo) -> int:
        n_trajectories = info.data.get("n_trajectories")
        if n_trajectories is not None and value * MIN_BATCHES > n_trajectories:
            limit = n_trajectories // MIN_BATCHES
            raise refuse(f"at most {limit}, for an error from {MIN_BATCHES} batches of n_trajectories")
        return value

    @property
    def steps_per_sample(self) -> int:
        """Number of time steps between two samples."""
        return round(self.sampling_interval / self.time_step)


class Population(Ensemble):
    """One truncated-Wigner ensemble of populations against time."""

    aleph: float = setting("quantum-to-classical rescaling parameter", gt=0, le=1e12)
    time_step: float = setting(
        "step of the integrator", "1/eta", gt=0, le=0.2, rule="stable at the rates of torus.model"
    )
    sampling_interval: float = setting(
        "time between samples", "1/eta", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    final_time: float = setting(
        "time at which the run ends", "1/eta", gt=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    n_paths: int = setting(
        "number of single trajectories that are kept", "trajectories", ge=1, rule="at most n_trajectories"
    )

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the run."""
        return round(self.final_time / self.sampling_interval)

    @field_validator("sampling_interval")
    @classmethod
    def _whole_steps(cls, value: float, info: ValidationInfo) -> float:
        return _check_multiple(value, info.data.get("time_step"), "time_step")

    @field_validator("final_time")
    @classmethod
    def _whole_samples(cls, value: float, info: ValidationInfo) -> float:
        return _check_multiple(value, info.data.get("sampling_interval"), "sampling_interval")

    @field_validator("n_paths")
    @classmethod
    def _paths_exist(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("n_trajectories", value):
            raise refuse(f"1 to n_trajectories = {info.data['n_trajectories']}")
        return value


class SteadyState(Ensemble):
    """One scan of truncated-Wigner steady states over the drive."""

    geometry: Literal["boundary", "uniform"] = setting("where drive and loss sit: at the ends or on every site")
    length: int = setting("number of sites of the chain", "sites", ge=2, le=10_000)
    drive_amplitudes: tuple[Annotated[float, Field(ge=0, le=1e6)], ...] = setting(
        "coherent drive amplitudes F", "gamma", min_length=1, max_length=10_000, rule="strictly increasing"
    )
    time_step: float = setting(
        "step of the integrator", "1/gamma", gt=0, le=10, rule="stable at the rates of chain.model"
    )
    sampling_interval: float = setting(
        "time between samples of the window", "1/gamma", gt=0, le=1e6, rule="a whole multiple of time_step"
    )
    burn_in: float = setting(
        "time before the window", "1/gamma", ge=0, le=1e9, rule="a whole multiple of sampling_interval"
    )
    averaging_time: float = setting(
        "length of the window that is averaged",
        "1/gamma",
        gt=0,
        le=1e9,
        rule="a whole multiple of sampling_interval, at least two",
    )

    @property
    def burn_in_samples(self) -> int:
        """Number of sampling intervals before the window."""
        return round(self.burn_in / self.sampling_interval)

    @property
    def n_samples(self) -> int:
        """Number of sampling intervals of the window."""
        return round(self.averaging_time / self.sampling_interval)

    @field_validator("drive_amplitudes")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for index in range(1, len(value)):
            if value[index] <= value[index - 1]:
                text = f"strictly increasing values, here one above {value[index - 1]:g}"
                raise refuse(text, at=(index,))
        return value

    @field_validator("sampling_interval")
    @classmethod
    def _whole_steps(cls, value: float, info: ValidationInfo) -> float:
        return _check_multiple(value, info.data.get("time_step"), "time_step")

    @field_validator("burn_in", "averaging_time")
    @classmethod
    def _whole_samples(cls, value: float, info: ValidationInfo) -> float:
        unit = info.data.get("sampling_interval")
        value = _check_multiple(value, unit, "sampling_interval")
        if info.field_name == "averaging_time" and unit is not None and round(value / unit) < 2:
            raise refuse(f"at least two times sampling_interval = {unit:g}: the halves of the window are compared")
        return value


class Interval(Section):
    """Equidistant values from the first to the last, both included."""

    first: Annotated[float, Field(ge=-1e6, le=1e6)] = setting("first value", "eta")
    last: Annotated[float, Field(ge=-1e6, le=1e6)] = setting("last value", "eta", rule="not below first")
    step: float = setting("distance of values", "eta", gt=0, le=1e6, rule="last - first is a whole multiple")

    @field_validator("last")
    @classmethod
    def _ordered(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("first", value):
            raise refuse(f"at least first = {info.data['first']:g}")
        return value

    @field_validator("step")
    @classmethod
    def _whole(cls, value: float, info: ValidationInfo) -> float:
        if "last" in info.data and "first" in info.data:
            ratio = (info.data["last"] - info.data["first"]) / value
            if abs(ratio - round(ratio)) > 1e-6 or ratio > 10_000:
                raise refuse("a step that divides last - first into at most 10000 whole parts")
        return value

    @property
    def values(self) -> list[float]:
        """The values, each rounded to twelve digits so that equal grid points are equal numbers."""
        count = round((self.last - self.first) / self.step)
        return [round(self.first + k * self.step, 12) for k in range(count + 1)]


class Attractors(Section):
    """Classical attractors of the two cavities over their frequency; times in 1/eta."""

    omega: Interval = block("frequencies of the sweeps, both cavities alike", "simulate_torus_attractors")
    omega_fine: Interval = block("more frequencies of the sweeps, through the transition", "simulate_torus_attractors")
    n_starts: int = setting("random starts at every frequency, besides the two sweeps", "starts", ge=1, le=1000)
    time_step: float = setting("step of the integrator", "1/eta", gt=0, le=0.2)
    transient: float = setting("time before the exponents count", "1/eta", gt=0, le=1e7, rule="a whole multiple of 0.5")
    averaging_time: float = setting(
        "time that Lyapunov exponents average over", "1/eta", gt=0, le=1e8, rule="a whole multiple of 32"
    )
    spectrum_time: float = setting("length of the series of a power spectrum", "1/eta", gt=0, le=1e6)
    map_omega: Interval = block("frequencies of the map of attractors", "simulate_torus_attractor_map")
    map_tunneling: Interval = block("tunnelings of the map of attractors", "simulate_torus_attractor_map")
    map_averaging_time: float = setting(
        "time that the exponents of the map average over", "1/eta", gt=0, le=1e8, rule="a whole multiple of 32"
    )
    portraits: tuple[Annotated[float, Field(ge=-1e3, le=1e3)], ...] = setting(
        "frequencies of which the orbit is drawn", "eta", min_length=1, max_length=4, rule="strictly increasing"
    )
    portrait_time: float = setting("length of the drawn orbits", "1/eta", gt=0, le=1e6, rule="a whole multiple of 0.2")
    portrait_time_step: float = setting(
        "step of the integrator for the drawn orbits, whose lines are compared to eight digits", "1/eta", gt=0, le=0.2
    )
    max_period: float = setting(
        "period up to which the torus is followed towards its homoclinic end", "1/eta", gt=10, le=1000
    )
    max_line_order: int = setting("largest modulus of the order m of a line", ge=1, le=20)

    @property
    def omegas(self) -> list[float]:
        """Frequencies of the sweeps, ascending."""
        return sorted({*self.omega.values, *self.omega_fine.values})

    @field_validator("portrait_time")
    @classmethod
    def _whole_samples(cls, value: float) -> float:
        return _check_multiple(value, 0.2, "the interval of samples")

    @field_validator("portrait_time_step")
    @classmethod
    def _divides_samples(cls, value: float) -> float:
        if abs(0.2 / value - round(0.2 / value)) > 1e-9:
            raise refuse("a step that divides 0.2, the interval of samples")
        return value

    @field_validator("transient")
    @classmethod
    def _whole_intervals(cls, value: float) -> float:
        return _check_multiple(value, 0.5, "the interval of orthonormalisation")

    @field_validator("averaging_time", "map_averaging_time")
    @classmethod
    def _whole_blocks(cls, value: float) -> float:
        return _check_multiple(value, 32.0, "64 blocks of one interval of orthonormalisation")

    @field_validator("time_step")
    @classmethod
    def _divides_interval(cls, value: float) -> float:
        if abs(0.5 / value - round(0.5 / value)) > 1e-9:
            raise refuse("a step that divides 0.5, the interval of orthonormalisation")
        return value

    @field_validator("portraits")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        for index in range(1, len(value)):
            if value[index] <= value[index - 1]:
                raise refuse(f"strictly increasing values, here one above {value[index - 1]:g}", at=(index,))
        return value


class Torus(Section):
    """Quantum melting of limit tori in two Kerr cavities (arXiv:2507.03764); rates in eta, times in 1/eta."""

    model: TorusModel = block(
        "parameters of the two cavities that all cases share, as (cavity 1, cavity 2)",
        "all torus rules and figures",
    )
    attractors: Attractors = block(Attractors.__doc__, "torus_attractors, torus_branches, figure_torus_1")
    initial_amplitude: Annotated[float, Field(ge=-1e3, le=1e3)] = setting(
        "rescaled amplitude of the coherent state in which both cavities start"
    )
    populations: tuple[Population, ...] = block(
        "truncated-Wigner ensembles of the populations against time",
        "torus_populations, figure_torus_2",
        min_length=1,
        max_length=6,
    )

    @field_validator("populations")
    @classmethod
    def _cases_fit_model(cls, cases: tuple[Population, ...], info: ValidationInfo) -> tuple[Population, ...]:
        _check_names(cases)
        for index, case in enumerate(cases):
            if case.aleph in [other.aleph for other in cases[:index]]:
                raise refuse("an aleph that no other entry of the list has", at=(index, "aleph"))
        model = info.data.get("model")
        for index, case in enumerate(cases if model is not None else ()):
            _check_model(index, "aleph", KerrDimer, aleph=case.aleph, **model.model_dump())
            _check_step(index, case.time_step, _torus_rate(model, case.aleph), "torus.model")
        return cases


def _torus_rate(model: Any, aleph: float) -> float:
    """Largest rate of the motion at the classical populations gamma/2 eta or the vacuum's, in eta."""
    pairs = zip(model.pump_rate, model.two_photon_loss_rate, strict=True)
    population = [max(gain / (2 * loss) if loss > 0 else 1.0, 1 / aleph) for gain, loss in pairs]
    return max(
        abs(model.omega[k])
        + 0.5 * (model.pump_rate[k] + model.loss_rate[k])
        + 2 * (abs(model.kerr[k]) + model.two_photon_loss_rate[k]) * population[k]
        + 2 * abs(model.tunneling) * max(population) ** 0.5
        for k in range(2)
    )


class Chain(Section):
    """Chaos in a boundary-driven Bose-Hubbard chain (arXiv:2409.12225); rates in gamma, times in 1/gamma."""

    model: ChainModel = block("parameters that all scans share", "all chain rules and figures")
    steady_states: tuple[SteadyState, ...] = block(
        "scans of truncated-Wigner steady states over the drive",
        "chain_phase_diagram, figure_chain_2",
        min_length=1,
        max_length=256,
    )

    @field_validator("steady_states")
    @classmethod
    def _cases_fit_model(cls, cases: tuple[SteadyState, ...], info: ValidationInfo) -> tuple[SteadyState, ...]:
        _check_names(cases)
        taken: dict[tuple[str, int, float], str] = {}
        for index, case in enumerate(cases):
            for place, drive in enumerate(case.drive_amplitudes):
                other = taken.setdefault((case.geometry, case.length, drive), case.name)
                if other != case.name:
                    text = f"drives that {other}, of the same geometry and length, has not"
                    raise refuse(text, at=(index, "drive_amplitudes", place))
        if all(case.geometry != "boundary" for case in cases):
            raise refuse("at least one scan with boundary, which figure chain 2 draws", at=(0, "geometry"))
        model = info.data.get("model")
        for index, case in enumerate(cases if model is not None else ()):
            parameters = {
                "length": case.length,
                "geometry": case.geometry,
                "drive_amplitude": case.drive_amplitudes[-1],
            }
            _check_model(index, "length", BoseHubbardChain, **parameters, **model.model_dump())
            # The band ends at |detuning| + 2 |hopping|; the other 2 |hopping| leave room for the Kerr shift.
            rate = 4 * abs(model.hopping) + abs(model.detuning) + abs(model.kerr)
            rate += 0.5 * (model.loss_rate + model.intrinsic_loss_rate)
            _check_step(index, case.time_step, rate, "chain.model")
        return cases


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

    job_seconds: float = setting("cost that a simulation job aims at, on one core", "s", gt=0, le=86_400)
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
    figures: Figures = block(Figures.__doc__, "all figures")
    workflow: Workflow = block(Workflow.__doc__, "number of jobs of all simulation rules")

    @field_validator("scale")
    @classmethod
    def _not_the_record(cls, value: str) -> str:
        if value == "record":
            raise refuse("a name other than record, the folder of the committed record")
        return value


def load_config(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> RunConfig:
    """Configuration in YAML files, merged in order as Snakemake does: mappings merge, all else replaces.

    Raises:
        ConfigError: If a file cannot be read or gives a key twice, or what they make is not allowed.
    """
    paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    merged: dict[Any, Any] = {}
    for mapping in _load_files(paths):
        merged = _merge(merged, mapping)
    return validate_config(merged)


def validate_config(mapping: Any, files: Iterable[str | os.PathLike[str]] = ()) -> RunConfig:
    """Configuration in a mapping; ``files`` are the YAML files it came from, read again for hidden faults.

    Raises:
        ConfigError: If a file gives a key twice or cannot be read, or the configuration is not allowed.
    """
    _load_files(files)
    if not isinstance(mapping, Mapping):
        raise ConfigError(f"the configuration = {show(mapping)} is not allowed; allowed: a mapping of keys to values")
    try:
        return RunConfig.model_validate(dict(mapping))
    except ValidationError as error:
        raise ConfigError(describe_errors(error.errors(include_url=False), mapping, config_schema())) from None


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
        merged[key] = _merge(merged.get(key), value) if isinstance(value, Mapping) else value
    return merged
