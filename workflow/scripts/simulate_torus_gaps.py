"""One job of a case of the torus' gaps: means and two-time correlations of four signals, at some alephs."""

from contextlib import ExitStack

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.time_grid import TimeGrid, correlation_times
from openkerr.studies.torus_gaps.raw import append_points, simulate_groups

SIGNALS = {
    "a_1": ((0, 1), (0, 0)),
    "a_2": ((0, 0), (0, 1)),
    "n_1": ((1, 1), (0, 0)),
    "a_1_a_2": ((0, 1), (0, 1)),
}

with job(snakemake) as current:
    numerics, dual = snakemake.params.numerics, snakemake.params.scaling == "dual"
    alephs, trajectories = snakemake.params.alephs, range(*snakemake.params.trajectories)
    runs = []
    for aleph in alephs:
        times = correlation_times(
            numerics["sampling_interval"],
            numerics["burn_in"],
            numerics["n_references"],
            max(numerics["reference_time"], numerics["reference_time_per_aleph"] * aleph),
            max(numerics["lag_time"], numerics["lag_time_per_aleph"] * aleph),
        )
        # In the dual scaling rates are larger by aleph and the fields, which are not rescaled, by its square root.
        faster = aleph if dual else 1.0
        steps = round(numerics["sampling_interval"] / numerics["time_step"])
        runs.append((aleph, times, TimeGrid(numerics["time_step"] / faster, steps, times.n_samples)))
    progress = current.progress(sum(grid.n_steps for *_, grid in runs) * len(trajectories))
    parts = []
    with ExitStack() as checkpoints:
        for aleph, times, grid in runs:
            parameters = snakemake.params.model | {"aleph": aleph}
            label = KerrDimer(**parameters).noise_label(parameters)
            size = snakemake.params.initial_amplitude * (aleph**0.5 if dual else 1.0)
            part = simulate_groups(
                KerrDimer.dual(**parameters) if dual else KerrDimer(**parameters),
                grid,
                times,
                SIGNALS,
                trajectories=trajectories,
                group_size=numerics["group_size"],
                start=[size] * 2,
                seed=stream_seed(snakemake.params.seed, f"torus_gaps_{snakemake.params.scaling}", label),
                stepper=numerics["stepper"],
                precision=numerics["precision"],
                noise=numerics["noise"],
                batch_size=numerics["batch_size"],
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(aleph=aleph)),
                progress=progress,
            )
            parts.append(part)
        write_raw(append_points(parts, alephs, "1/eta"), snakemake.output[0], current.provenance())
