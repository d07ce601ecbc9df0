"""Configurations of a run with some keys moved: refused in one line, or planned and followed for a short time."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml
from fuzz.calls import Case
from fuzz.outcomes import Moved, hold

from openkerr.analysis.chain_doubts import FACTS, doubts
from openkerr.analysis.photon_statistics import photon_statistics
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import jackknife
from openkerr.run.config import ConfigError, RunConfig, config_digest, validate_config
from openkerr.run.estimate import estimate
from openkerr.settings.fields import decisive
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

TINY = yaml.safe_load((Path(__file__).parents[1] / "config/tiny.yaml").read_text(encoding="utf-8"))
REFUSAL = re.compile(
    r"[\w.\[\]-]+ (= .+ is not allowed(: |; allowed: ).+|is missing; allowed: .+|= .+ is not a known key.*)"
)
LANES = 64
MAX_STEPS = 4000
MAX_LENGTH = 8

Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """All leaves and lists of a configuration."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*at, key))
        return
    yield at
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*at, index))


def configuration_case(number: int) -> Case:
    """A configuration by its number, with one to three keys moved, half of them keys of the models."""
    rng = np.random.default_rng([22, number])
    mapping = copy.deepcopy(TINY)
    known = list(places(TINY))
    physical = [place for place in known if "model" in place]
    changes = []
    for _ in range(int(rng.integers(1, 4))):
        pool = physical if rng.random() < 0.5 else known
        place = pool[int(rng.integers(len(pool)))]
        block = mapping
        try:
            for step in place[:-1]:
                block = block[step]
            block[place[-1]] = _moved(rng, block[place[-1]])
        except (IndexError, KeyError, TypeError):
            continue  # an earlier change took this place away
        changes.append(f"{'.'.join(map(str, place))}={block[place[-1]]!r}")
    return "; ".join(changes), lambda: _follow(mapping, rng)


def _moved(rng: np.random.Generator, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        factor = float(f"{math.exp(rng.normal() * rng.choice([0.3, 2.0])):.3g}")
        choices = [0, -value, value * factor, value * factor, value + 1, value * 2, value / 2]
        found = choices[int(rng.integers(len(choices)))]
        return round(found) if isinstance(value, int) else float(found)
    if isinstance(value, list):
        choices = [[], value[:1], value[::-1], value + value[-1:], value[:-1]]
        return copy.deepcopy(choices[int(rng.integers(len(choices)))])
    return {
        "paper": "exact",
        "double": "single",
        "single": "double",
        "gaussian": "discrete",
        "strang": "runge_kutta",
    }.get(value, "x")


def _follow(mapping: dict, rng: np.random.Generator) -> str | None:
    try:
        config = validate_config(mapping)
    except ConfigError as error:
        if not REFUSAL.fullmatch(str(error)):
            raise Moved(f"no key, value and what is allowed: {error}") from None
        raise
    for each in estimate(config):
        if not (math.isfinite(each.seconds) and each.seconds >= 0 and all(job.megabytes > 0 for job in each.jobs)):
            raise Moved(f"the estimate of {each.rule} is {each.seconds}")
    # What is written is what was read.
    if config_digest(RunConfig.model_validate(config.model_dump(mode="json"))) != config_digest(config):
        raise Moved("the configuration read again is another")
    return _chain(config, rng) if rng.random() < 0.5 else _cavities(config, rng)


def _cavities(config: RunConfig, rng: np.random.Generator) -> str | None:
    case = config.torus.populations[int(rng.integers(len(config.torus.populations)))]
    model = KerrDimer(aleph=case.aleph, **decisive(config.torus.model))
    # Fields in photons have the size at which statistics are told.
    return _steps_agree(model, case, [config.torus.initial_amplitude] * 2, case.aleph, lambda *_: None)


def _chain(config: RunConfig, rng: np.random.Generator) -> str | None:
    case = config.chain.steady_states[int(rng.integers(len(config.chain.steady_states)))]
    drive = case.drive_amplitudes[int(rng.integers(len(case.drive_amplitudes)))]
    length = min(case.lengths[0], MAX_LENGTH)
    model = BoseHubbardChain(
        length=length, drive_amplitude=drive, geometry=case.geometry, **decisive(config.chain.model)
    )
    facts = model.coordinates(*FACTS[:-1]) | {"time_step": ((), case.time_step)}

    def doubted(number: np.ndarray, error: np.ndarray) -> str | None:
        found = doubts(number, error, xr.Dataset(coords=facts), "twa")
        return next((str(each) for each in found if each in ("step", "interaction")), None)

    return _steps_agree(model, case, np.zeros(length), 1.0, doubted)


def _steps_agree(model, case, start, photons: float, doubted) -> str | None:
    """Photon statistics after a short time, at the step of the configuration and at half of it."""
    samples = max(1, min(8, MAX_STEPS // case.steps_per_sample))
    if case.steps_per_sample > MAX_STEPS:
        return "more steps a sample than are followed here"
    values = []
    for divisor in (1, 2):
        grid = TimeGrid(case.time_step / divisor, divisor * case.steps_per_sample, samples + 1)
        found = simulate_ensemble(
            model, grid, start=start, seed=1, trajectories=range(LANES), stepper=case.stepper,
            precision=case.precision, noise=case.noise, batch_size=LANES // 16,
        )  # fmt: skip
        moments = dict(zip(found.moment_names, np.moveaxis(found.moments[:, -1], -1, 0), strict=True))
        means = np.stack([photons * moments["abs2"], photons**2 * moments["abs4"]], axis=-1)
        values.append(
            jackknife(lambda mean: photon_statistics(mean[..., 0], mean[..., 1])[..., :2], means, found.weights)
        )
    (one, error), (two, other) = values
    sentence = doubted(one[..., 0], error[..., 0])
    if sentence:
        return f"doubt: {sentence}"
    for index, name in enumerate(("photon number", "number fluctuation")):
        hold(name, one[..., index], two[..., index], np.hypot(error[..., index], other[..., index]))
    return None
