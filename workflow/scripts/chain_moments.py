"""Join the jobs of the chain's moments: growth by the number of clones, of the largest populations, and in time."""

import pandas as pd

from openkerr.analysis.moment_growth import clone_rates, join_moment_jobs, moment_curves, moment_rates
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV, CHAIN_MOMENT_CLONES, CHAIN_MOMENT_GROWTH
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    lyapunov = read_table(CHAIN_LYAPUNOV, snakemake.input.lyapunov)
    chains = join_moment_jobs(map(read_raw, snakemake.input.raw))
    clones = pd.concat([clone_rates(data) for sizes in chains for data in sizes], ignore_index=True)
    growth = pd.concat(
        [moment_rates(sizes, least_effective=snakemake.params.least_effective, lyapunov=lyapunov) for sizes in chains],
        ignore_index=True,
    )
    origin = current.provenance()
    write_table(CHAIN_MOMENT_CLONES, clones, snakemake.output.clones, origin)
    write_table(CHAIN_MOMENT_GROWTH, growth, snakemake.output.growth, origin)
    write_grid(moment_curves(data for sizes in chains for data in sizes), snakemake.output.curves, origin)
