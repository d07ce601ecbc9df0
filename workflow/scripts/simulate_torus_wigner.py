"""One job of ensembles of the two cavities: phase-space histograms at given times, trajectories in the torus' area."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.analysis.torus_paths import paths_dataset
from openkerr.analysis.wigner_maps import MARGINS, count_inside
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import attractor_fields, attractor_radii, find_attractor
from openkerr.solvers.ensemble_data import histograms_dataset, join_datasets
from openkerr.solvers.sde import Histogram, Reduction
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_ensemble import simulate_dimer

with job(snakemake) as current:
    numerics, alephs = snakemake.params.numerics, snakemake.params.alephs
    times, start = numerics["times"], [snakemake.params.initial_amplitude] * 2
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], times[-1])
    trajectories = range(*snakemake.params.trajectories)
    weighted = range(trajectories.start, min(numerics["n_weighted"], trajectories.stop))
    groups = np.full(grid.n_samples, -1)
    groups[np.round(np.array(times) / numerics["sampling_interval"]).astype(int)] = np.arange(len(times))
    classical = KerrDimer(**snakemake.params.model | {"aleph": 1.0})
    attractor = find_attractor(classical, start)
    radii, orbit = attractor_radii(attractor), attractor_fields(attractor)
    progress = current.progress(len(alephs) * grid.n_steps * len(trajectories))
    parts = []
    with ExitStack() as checkpoints:
        for aleph in alephs:
            ensemble = simulate_dimer(
                snakemake.params.model | {"aleph": aleph},
                *(grid, numerics, snakemake.params.seed, "torus_wigner"),
                start=start,
                trajectories=trajectories,
                reduction=Reduction(
                    bin_of_sample=np.full(grid.n_samples, -1),
                    histogram=Histogram(numerics["extent"], numerics["n_cells"], groups),
                    paths=weighted,
                ),
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(aleph=aleph)),
                progress=progress,
            )
            data = histograms_dataset(ensemble, numerics["extent"], times, "1/eta")
            inside = count_inside(ensemble.paths, radii, aleph)
            data = data.assign_coords(sample_time=("sample_time", grid.times, {"units": "1/eta"}), margin=list(MARGINS))
            data["inside"] = (("sample_time", "mode", "margin"), inside, {"units": "1"})
            data = data.merge(paths_dataset(ensemble.paths, grid.times, orbit, classical.symmetry))
            data["n_weighted"] = ((), len(weighted), {"units": "1"})
            parts.append(data)
        raw = join_datasets(parts, xr.Variable("aleph", alephs, {"units": "1"}))
        write_raw(raw, snakemake.output[0], current.provenance())
