"""One job of closed rings in equilibrium at the density and energy of bonds: correlations of their currents."""

from contextlib import ExitStack

from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_transport import chains_of_series, local_equilibria
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.io import group_raw, read_raw, write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.chain_transport.closed import ring_correlations, ring_dataset

with job(snakemake) as current:
    model, numerics, points = snakemake.params.model, snakemake.params.numerics, snakemake.params.points
    trajectories = range(*snakemake.params.trajectories)
    chains = {}
    for drive, paths in group_raw(snakemake.input.raw, "drive_amplitude").items():
        for chain in chains_of_series(join_batches([read_raw(path) for path in paths])):
            chains[chain.length, drive] = chain
    grid = TimeGrid.from_times(*(numerics[key] for key in ("time_step", "sampling_interval", "final_time")))
    progress = current.progress(len(trajectories) * len(points))
    parts, found = [], []
    with ExitStack() as checkpoints:
        for point in points:
            states = local_equilibria(chains[point["length"], point["drive_amplitude"]], [point["site"]])
            if not states:
                current.log.warning("no equilibrium of this bond lasts: %s", point)
                continue
            parts.append(
                ring_correlations(
                    states[0].state,
                    grid,
                    hopping=model["hopping"],
                    kerr=model["kerr"],
                    n_sites=numerics["n_sites"],
                    n_sweeps=numerics["n_sweeps"],
                    lag_time=numerics["lag_time"],
                    seed=stream_seed(snakemake.params.seed, "chain_conductivities", point),
                    trajectories=trajectories,
                    batch_size=numerics["batch_size"],
                    checkpoint=checkpoints.enter_context(current.checkpoint(**point)),
                    progress=progress,
                )
            )
            found.append(point)
        write_raw(ring_dataset(parts, found), snakemake.output[0], current.provenance())
