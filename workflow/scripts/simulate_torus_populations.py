"""One job of a truncated-Wigner ensemble of the two cavities: moments at every sample, and single trajectories."""

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.ensemble_data import ensemble_dataset
from openkerr.solvers.sde import Reduction
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_ensemble import simulate_dimer

with job(snakemake) as current:
    numerics = snakemake.params.numerics
    grid = TimeGrid.from_times(numerics["time_step"], numerics["sampling_interval"], numerics["final_time"])
    trajectories = range(*snakemake.params.trajectories)
    with current.checkpoint() as checkpoint:
        ensemble = simulate_dimer(
            snakemake.params.model,
            *(grid, numerics, snakemake.params.seed, "torus_populations"),
            start=[snakemake.params.initial_amplitude] * 2,
            trajectories=trajectories,
            reduction=Reduction(moment_order=2, paths=snakemake.params.paths),
            n_threads=snakemake.threads,
            checkpoint=checkpoint,
            progress=current.progress(grid.n_steps * len(trajectories)),
        )
        data = ensemble_dataset(ensemble, "1/eta").assign_coords(
            KerrDimer(**snakemake.params.model).coordinates("aleph")
        )
        write_raw(data, snakemake.output[0], current.provenance())
