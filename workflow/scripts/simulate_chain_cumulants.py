"""One job of the chain by second-order cumulants: all lengths at some drives, from the vacuum."""

from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.cumulants import cumulant_equations, evolve
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_cumulants import raw
from openkerr.studies.chain_cumulants.blocks import N_BLOCKS

with job(snakemake) as current:
    numerics, drives = snakemake.params.numerics, snakemake.params.drive_amplitudes
    grid = TimeGrid.from_times(
        numerics["time_step"], numerics["sampling_interval"], numerics["burn_in"] + numerics["averaging_time"]
    )
    lengths = numerics["lengths"]
    progress = current.progress(grid.n_steps * len(drives) * sum(length**2 for length in lengths))
    runs = {}
    for length in lengths:
        for drive in drives:
            model = BoseHubbardChain(**snakemake.params.model, length=length, drive_amplitude=drive)
            if drive == drives[0]:
                current.log.info("%s", cumulant_equations(model).describe())
            kept = [site - 1 for site in raw.watched_sites(length)]
            run = evolve(model, grid, modes=kept, progress=lambda steps, size=length**2: progress(steps * size))
            runs[length, drive] = run
            current.log.info("L = %d, F = %g: %s at time %g", length, drive, run.outcome, run.times[-1])
    names = [name for name in BoseHubbardChain.model_fields if name not in ("length", "drive_amplitude")]
    data = raw.cumulants_dataset(runs, grid, numerics["burn_in"], N_BLOCKS, model.coordinates(*names))
    write_raw(data, snakemake.output[0], current.provenance())
