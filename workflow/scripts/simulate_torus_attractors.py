"""Lyapunov spectra and frequencies of the classical cavities: a sweep up or down in omega, or fixed starts."""

import numpy as np

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.families import vary
from openkerr.solvers.lyapunov import LyapunovTimes
from openkerr.solvers.sweeps import sample_attractors
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_attractors.raw import samples_dataset

with job(snakemake) as current:
    numerics, sweep = snakemake.params.numerics, snakemake.params.sweep
    omegas = snakemake.params.omegas[:: -1 if sweep == "down" else 1]
    models = [vary(KerrDimer(**snakemake.params.model), "omega")(omega) for omega in omegas]
    times = LyapunovTimes.from_times(
        numerics["time_step"],
        0.5,
        numerics["averaging_time"],
        burn_in=numerics["burn_in"],
        step_time=numerics["step_time"],
    )
    # The first start is that of the ensembles; a random one is named by its frequency and number. A sweep has none.
    starts = np.full((len(omegas), 1 + snakemake.params.n_starts, 2), snakemake.params.initial_amplitude, dtype=complex)
    for row, omega in zip(starts, omegas, strict=True):
        random = np.random.default_rng(stream_seed(snakemake.params.seed or 0, "torus_attractors", omega))
        row[1:] = random.normal(size=(snakemake.params.n_starts, 2, 2)) @ [1.0, 1.0j]
    with current.checkpoint() as checkpoint:
        samples = sample_attractors(
            models,
            times,
            starts=starts,
            carry=sweep != "fixed",
            series=TimeGrid(numerics["time_step"], 2, snakemake.params.n_samples) if sweep != "fixed" else None,
            n_threads=snakemake.threads,
            checkpoint=checkpoint,
            progress=current.progress(len(omegas)),
        )
        data = samples_dataset(
            samples,
            omegas,
            sweep=sweep,
            tunneling=snakemake.params.model["tunneling"],
            averaging_time=times.averaging_time,
        )
        write_raw(data, snakemake.output[0], current.provenance())
