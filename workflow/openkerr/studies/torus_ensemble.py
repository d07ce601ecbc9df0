"""Ensembles of the two cavities: how they are simulated, and what names their noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.rng import stream_seed
from openkerr.solvers.sde import Ensemble, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

__all__ = ["simulate_dimer"]


def simulate_dimer(
    parameters: Mapping[str, Any], grid: TimeGrid, numerics: Mapping[str, Any], seed: int, *labels: str, **options: Any
) -> Ensemble:
    """Simulate an ensemble of the two cavities as the configuration says.

    Parameters
    ----------
    parameters : mapping
        Of `openkerr.models.kerr_dimer.KerrDimer`; times of ``grid`` in 1/eta.
    grid : TimeGrid
    numerics : mapping
        ``stepper``, ``precision``, ``noise`` and ``batch_size``.
    seed : int
        That of the run.
    labels : str
        The study, and what else than parameters tells two ensembles apart: equal names share their noise.
    options
        Further arguments of `openkerr.solvers.sde.simulate_ensemble`, which raises what this does.

    Returns
    -------
    Ensemble
    """
    model = KerrDimer(**parameters)
    study, *further = labels
    return simulate_ensemble(
        model,
        grid,
        seed=stream_seed(seed, study, model.noise_label(dict(parameters)), *further),
        stepper=numerics["stepper"],
        precision=numerics["precision"],
        noise=numerics["noise"],
        batch_size=numerics["batch_size"],
        **options,
    )
