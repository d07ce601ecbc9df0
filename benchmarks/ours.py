"""The two problems that the benchmarks time, by openkerr: the one place that says which stepper stands for it.

Torus: two cavities in the truncated Wigner approximation, aleph = 5000, to eta t = 100, means every 0.5.
Chain: F = 8, photon number of every site at every 1/gamma.
"""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import NamedTuple
from unittest import mock

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers import sde
from openkerr.solvers.sde import Ensemble, Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

TORUS_ALEPH, TORUS_SAMPLING, TORUS_TIME, TORUS_START = 5000.0, 0.5, 100.0, [0.05, 0.05]
CHAIN_DRIVE, CHAIN_SAMPLING, CHAIN_TIME = 8.0, 1.0, 100.0
TORUS_ERROR = 1e-3
"""Largest error of <a_1(t)>, in units of sqrt(aleph), that a step may have."""
CHAIN_ERROR = 0.15
"""Largest error of the time-averaged photon number of any site at L = 10."""

TORUS_STEP, CHAIN_STEP = 1 / 2, 1 / 12
TORUS_OPTIONS, CHAIN_OPTIONS = {"stepper": "runge_kutta_5"}, {"stepper": "strang"}
"""The cheapest step that meets these errors in both precisions, and the keyword arguments of `simulate_ensemble` that
choose its stepper: table stepper_errors, case field_aleph_5000, and all cases of the chain."""
TORUS_REFERENCE_STEP, CHAIN_REFERENCE_STEP = 1 / 6, 1 / 20
REFERENCE_OPTIONS = {"stepper": "runge_kutta"}
"""The same for the classical Runge-Kutta method, which the peers run."""
PRECISIONS = ("double", "single")
BATCH = {"torus": 512, "chain": 256}


def torus_model(aleph: float = TORUS_ALEPH) -> KerrDimer:
    return KerrDimer(aleph=aleph)


def chain_model(length: int) -> BoseHubbardChain:
    return BoseHubbardChain(length=length, drive_amplitude=CHAIN_DRIVE)


def _reduction(grid: TimeGrid, sampled: bool) -> Reduction:
    return Reduction(moment_order=2) if sampled else Reduction(bin_of_sample=np.full(grid.n_samples, -1))


def torus(
    n_trajectories: int,
    *,
    aleph: float = TORUS_ALEPH,
    sampling: float | None = TORUS_SAMPLING,
    final_time: float = TORUS_TIME,
    step: float | None = None,
    batch_size: int = BATCH["torus"],
    n_threads: int = 1,
    noise: bool = True,
    precision: str = "double",
    reference: bool = False,
) -> Ensemble:
    """An ensemble of the two cavities; with ``sampling`` None only the steps are taken."""
    step = step or (TORUS_REFERENCE_STEP if reference else TORUS_STEP)
    grid = TimeGrid.from_times(step, sampling or final_time, final_time)
    return simulate_ensemble(
        torus_model(aleph),
        grid,
        start=TORUS_START,
        seed=1,
        trajectories=range(n_trajectories),
        reduction=_reduction(grid, sampling is not None),
        bath_noise=noise,
        sampled_start=noise,
        batch_size=batch_size,
        n_threads=n_threads,
        **(REFERENCE_OPTIONS if reference else TORUS_OPTIONS),
        precision=precision,
    )


def chain(
    length: int,
    n_trajectories: int,
    *,
    sampling: float | None = CHAIN_SAMPLING,
    final_time: float = CHAIN_TIME,
    step: float | None = None,
    batch_size: int = BATCH["chain"],
    n_threads: int = 1,
    precision: str = "double",
    reference: bool = False,
) -> Ensemble:
    """An ensemble of the chain, photon number of every site at every sample."""
    step = step or (CHAIN_REFERENCE_STEP if reference else CHAIN_STEP)
    grid = TimeGrid.from_times(step, sampling or final_time, final_time)
    return simulate_ensemble(
        chain_model(length),
        grid,
        start=np.zeros(length),
        seed=1,
        trajectories=range(n_trajectories),
        reduction=_reduction(grid, sampling is not None),
        batch_size=batch_size,
        n_threads=n_threads,
        **(REFERENCE_OPTIONS if reference else CHAIN_OPTIONS),
        precision=precision,
    )


class StepCase(NamedTuple):
    """Steps alone of one block: ``run_steps(n)`` takes n of them; a unit is a trajectory-step or a site-step."""

    name: str
    run_steps: Callable[[int], Ensemble]
    units_a_step: int
    n_steps: int


def _torus_steps(precision: str, reference: bool, n_steps: int) -> Ensemble:
    time = n_steps * (TORUS_REFERENCE_STEP if reference else TORUS_STEP)
    return torus(BATCH["torus"], sampling=None, final_time=time, precision=precision, reference=reference)


def _chain_steps(length: int, precision: str, n_steps: int) -> Ensemble:
    return chain(length, BATCH["chain"], sampling=None, final_time=n_steps * CHAIN_STEP, precision=precision)


STEP_CASES = [
    case
    for precision in PRECISIONS
    for case in (
        StepCase(f"torus, {precision}", partial(_torus_steps, precision, False), BATCH["torus"], 100_000),
        StepCase(f"torus, fourth order, {precision}", partial(_torus_steps, precision, True), BATCH["torus"], 200_000),
        *(
            StepCase(
                f"chain, L = {length}, {precision}",
                partial(_chain_steps, length, precision),
                length * BATCH["chain"],
                1_000_000 // length,
            )
            for length in (10, 64)
        ),
    )
]


def entry_point(run: Callable[[int], Ensemble]) -> tuple[ModuleType, str]:
    """The module and the name of the compiled function that does the steps of ``run``."""
    called = []
    load = sde.load_stepper
    with mock.patch.object(sde, "load_stepper", lambda *a: called.append(load(*a)) or called[-1]):
        run(2)
    return called[-1], "run_segment"
