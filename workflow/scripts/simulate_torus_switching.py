"""One job of ensembles started on limit cycle and limit torus: the share that is on the torus against time."""

from contextlib import ExitStack

import numpy as np
import xarray as xr

from openkerr.analysis.switching import ATTRACTORS, on_torus
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import read_raw, write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.families import vary
from openkerr.solvers.sde import Reduction
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_ensemble import simulate_dimer

with job(snakemake) as current:
    numerics = snakemake.params.numerics
    omegas, alephs = snakemake.params.omegas, snakemake.params.alephs
    basins = read_raw(snakemake.input.basins)
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], numerics["final_time"])
    width = max(1, round(numerics["window"] / numerics["sampling_interval"]))
    kept = slice(None, None, max(1, width // 4))
    trajectories = range(*snakemake.params.trajectories)
    batches = range(trajectories.start, trajectories.stop, numerics["batch_size"])
    shape = (len(omegas), len(alephs), len(ATTRACTORS), len(batches), grid.times[kept].size)
    shares = np.full(shape, np.nan)
    progress = current.progress(int(np.prod(shape[:3])) * grid.n_steps * len(trajectories))
    with ExitStack() as checkpoints:
        for cell in np.ndindex(shape[:3]):
            omega, aleph, start = omegas[cell[0]], alephs[cell[1]], ATTRACTORS[cell[2]]
            found = basins.sel(omega=omega, attractor=start)
            state = found["state_re"].values + 1j * found["state_im"].values
            if np.isnan(state).any():
                continue
            model = vary(KerrDimer(**snakemake.params.model, aleph=aleph), "omega")(omega)
            ensemble = simulate_dimer(
                snakemake.params.model | {"omega": list(model.omega), "aleph": aleph},
                *(grid, numerics, snakemake.params.seed, "torus_switching", start),
                start=state,
                trajectories=trajectories,
                reduction=Reduction(bin_of_sample=np.full(grid.n_samples, -1), paths=trajectories),
                n_threads=snakemake.threads,
                checkpoint=checkpoints.enter_context(current.checkpoint(omega=omega, aleph=aleph, start=start)),
                progress=progress,
            )
            torus = on_torus(ensemble.paths, width)[kept]
            shares[cell] = [part.mean(axis=1) for part in np.split(torus, np.cumsum(ensemble.weights)[:-1], axis=1)]
        data = xr.Dataset(
            {
                "torus_share": (("omega", "aleph", "start", "batch", "time"), shares, {"units": "1"}),
                "n_valid": (("batch",), ensemble.weights, {"units": "1"}),
            },
            coords={
                "omega": ("omega", omegas, {"units": "eta"}),
                "aleph": ("aleph", alephs, {"units": "1"}),
                "start": list(ATTRACTORS),
                "batch": ("batch", np.array(batches), {"long_name": "first trajectory of the batch"}),
                "time": ("time", grid.times[kept], {"units": "1/eta"}),
            },
        )
        write_raw(data, snakemake.output[0], current.provenance())
