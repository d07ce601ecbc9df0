"""Classes of the classical attractors over omega, for some tunnelings, from the start of the ensembles."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import join_datasets
from openkerr.solvers.families import vary
from openkerr.solvers.lyapunov import LyapunovTimes
from openkerr.solvers.sweeps import sample_attractors
from openkerr.studies.torus_attractors.raw import samples_dataset

with job(snakemake) as current:
    numerics, omegas = snakemake.params.numerics, snakemake.params.omegas
    times = LyapunovTimes.from_times(
        numerics["time_step"],
        0.5,
        numerics["map_averaging_time"],
        burn_in=numerics["burn_in"],
        step_time=numerics["step_time"],
    )
    progress = current.progress(len(omegas) * len(snakemake.params.tunnelings))
    rows = []
    with ExitStack() as checkpoints:
        for tunneling in snakemake.params.tunnelings:
            model = KerrDimer(**snakemake.params.model | {"tunneling": tunneling})
            samples = sample_attractors(
                [vary(model, "omega")(omega) for omega in omegas],
                times,
                starts=np.full((len(omegas), 1, 2), snakemake.params.initial_amplitude, dtype=complex),
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(tunneling=tunneling)),
                progress=progress,
            )
            data = samples_dataset(
                samples, omegas, sweep="fixed", tunneling=tunneling, averaging_time=times.averaging_time
            )
            rows.append(data.drop_vars("tunneling"))
        column = xr.Variable("tunneling", np.array(snakemake.params.tunnelings, dtype=float), {"units": "eta"})
        write_raw(join_datasets(rows, column), snakemake.output[0], current.provenance())
