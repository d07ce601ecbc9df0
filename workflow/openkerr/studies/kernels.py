"""All kernels of a model, compiled by calling each of them once: jobs that start together then load them from disk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.cloning import simulate_clones
from openkerr.solvers.lyapunov import LyapunovTimes, lyapunov_spectrum
from openkerr.solvers.ode import integrate
from openkerr.solvers.replicas import simulate_replicas
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.splitting import Trials, forward_flux
from openkerr.solvers.time_grid import TimeGrid

_MODELS = {
    "kerr_dimer": KerrDimer(aleph=100.0),
    "bose_hubbard_chain": BoseHubbardChain(length=2, drive_amplitude=1.0),
}


def compile_kernels(
    name: str,
    variants: Sequence[tuple[str, str, str]],
    replica_steppers: Sequence[str],
    clone_steppers: Sequence[str],
    splitting_steps: Sequence[tuple[str, str]],
) -> None:
    """Run every solver of a model once, on two sites or two cavities.

    Parameters
    ----------
    name : {"kerr_dimer", "bose_hubbard_chain"}
        Model.
    variants : sequence of (stepper, precision, noise)
        Steps of ensembles.
    replica_steppers, clone_steppers : sequences of str
        Steppers of trajectories with replicas, and of populations of clones; none where there are no such.
    splitting_steps : sequence of (stepper, precision)
        Steps of the splitting of rare events.
    """
    model = _MODELS[name]
    grid = TimeGrid.from_times(0.01, 0.02, 0.02)
    for stepper, precision, noise in variants:
        simulate_ensemble(
            model,
            grid,
            start=[0, 0],
            seed=0,
            trajectories=range(8),
            stepper=stepper,
            precision=precision,
            noise=noise,
            batch_size=8,
        )
    for stepper in replica_steppers:
        simulate_replicas(
            model,
            grid,
            start=[0, 0],
            seed=0,
            trajectories=range(8),
            sources=[0],
            angle=0.1,
            split_sample=0,
            stepper=stepper,
            batch_size=8,
        )
    for stepper in clone_steppers:
        simulate_clones(
            model,
            grid,
            states=np.ones((1, 1, model.n_modes)),
            moment=1.0,
            n_clones=8,
            seed=0,
            populations=range(1),
            alignment_samples=0,
            # Always resampled: what copies clones is compiled too.
            least_share=1.0,
            stepper=stepper,
        )
    trials = Trials(0.01, steps_per_sample=1, n_lanes=8, block=8, burn_in_samples=0, flux_samples=1, n_trials=8)
    for stepper, precision in splitting_steps:
        forward_flux(
            model, trials, lambda fields: fields[0, 0], [10.0, 11.0], starts=np.zeros((1, model.n_modes)), seed=0,
            populations=range(1), stepper=stepper, precision=precision,
        )  # fmt: skip
    integrate(model, grid, start=[0.1, 0.1])
    times = LyapunovTimes.from_times(0.01, 0.01, 0.16, n_blocks=16)
    for bath_noise in [False, True] if replica_steppers else [False]:
        lyapunov_spectrum(model, times, start=[0.1, 0.1], seed=0, trajectories=range(1), bath_noise=bath_noise)
