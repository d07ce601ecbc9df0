"""Attractors that random starts of the classical cavities reach, over omega, and a state on each attractor."""

import numpy as np
import xarray as xr

from openkerr.analysis.switching import ATTRACTORS, classify_runs
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.families import vary
from openkerr.solvers.ode import integrate
from openkerr.solvers.time_grid import TimeGrid

with job(snakemake) as current:
    numerics, omegas = snakemake.params.numerics, snakemake.params.omegas
    interval, n_starts = numerics["sampling_interval"], numerics["n_starts"]
    last = numerics["basin_time"] + 5 * numerics["window"]
    grid = TimeGrid.from_times(numerics["time_step"], interval, interval * np.ceil(last / interval))
    classes = np.empty((len(omegas), n_starts), dtype=np.int64)
    states = np.full((len(omegas), len(ATTRACTORS), 2), np.nan, dtype=complex)
    progress = current.progress(len(omegas))
    for row, omega in enumerate(omegas):
        random = np.random.default_rng(stream_seed(snakemake.params.seed, "torus_basins", omega))
        start = random.normal(size=(n_starts, 2, 2)) @ [1.0, 1.0j]
        model = vary(KerrDimer(**snakemake.params.model), "omega")(omega)
        runs = integrate(model, grid, start=start, keep_from=numerics["basin_time"], n_threads=snakemake.threads)
        classes[row] = classify_runs(runs.states)
        for number in range(len(ATTRACTORS)):
            found = np.flatnonzero(classes[row] == number)
            if found.size:
                states[row, number] = runs.final[found[0]]
        progress(1)
    data = xr.Dataset(
        {
            "attractor_class": (("omega", "start"), classes, {"units": "1"}),
            "state_re": (("omega", "attractor", "mode"), states.real, {"units": "1"}),
            "state_im": (("omega", "attractor", "mode"), states.imag, {"units": "1"}),
        },
        coords={"omega": ("omega", omegas, {"units": "eta"}), "attractor": list(ATTRACTORS), "mode": [1, 2]},
    )
    write_raw(data, snakemake.output[0], current.provenance())
