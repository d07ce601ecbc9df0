"""One job of a scan of the chain's Lyapunov exponents: some drives, with noise and without."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.lyapunov_data import kept_spectrum, pooled_dataset
from openkerr.solvers.lyapunov_estimates import LyapunovTimes
from openkerr.solvers.sde import Reduction, simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

with job(snakemake) as current:
    numerics, drives = snakemake.params.numerics, snakemake.params.drive_amplitudes
    times = LyapunovTimes.from_times(
        numerics["time_step"],
        numerics["interval"],
        numerics["averaging_time"],
        alignment=numerics["alignment"],
        n_blocks=16,
        step_time=numerics["step_time"],
    )
    burn_in = TimeGrid.from_times(numerics["burn_in_step"], 1.0, numerics["burn_in"])
    trajectories = range(numerics["n_trajectories"])
    n_steps = round((numerics["alignment"] + numerics["averaging_time"]) / numerics["time_step"])
    progress = current.progress(2 * len(drives) * len(trajectories) * n_steps)
    parts = []
    with ExitStack() as checkpoints:
        for drive in drives:
            parameters = snakemake.params.model | {"drive_amplitude": drive}
            model = BoseHubbardChain(**parameters)
            label = model.noise_label(parameters)
            seeds = {
                part: stream_seed(snakemake.params.seed, "chain_lyapunov", label, part)
                for part in ("burn_in", "tangent")
            }
            for method in ("gpe", "twa"):
                noisy = method == "twa"
                ensemble = simulate_ensemble(
                    model,
                    burn_in,
                    start=np.zeros(model.length),
                    seed=seeds["burn_in"],
                    trajectories=trajectories,
                    reduction=Reduction(np.zeros(burn_in.n_samples, dtype=int), moment_order=1, final_states=True),
                    method=method,
                    stepper="strang",
                    bath_noise=noisy,
                    batch_size=len(trajectories),
                )
                spectrum = kept_spectrum(
                    model,
                    times,
                    starts=ensemble.states[0].T,
                    n_exponents=numerics["n_exponents"],
                    method=method,
                    seed=seeds["tangent"],
                    bath_noise=noisy,
                    checkpoint=checkpoints.enter_context(current.checkpoint(drive_amplitude=drive, method=method)),
                    progress=progress,
                )
                parts.append(pooled_dataset(spectrum, "gamma").expand_dims(drive_amplitude=[drive], method=[method]))
        data = xr.combine_by_coords(parts).assign_coords(method=np.array(["gpe", "twa"]))
        data = data.assign_coords(model.coordinates("length"))
        data["drive_amplitude"].attrs["units"] = "gamma"
        write_raw(data, snakemake.output[0], current.provenance())
