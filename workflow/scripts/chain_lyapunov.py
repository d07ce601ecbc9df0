"""Join the jobs of the chain's Lyapunov exponents: table and spectra."""

from openkerr.analysis.lyapunov_tables import lyapunov_spectra, lyapunov_table
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV
from openkerr.tables.files import write_table

with job(snakemake) as current:
    parts = [read_raw(path) for path in snakemake.input.raw]
    origin = current.provenance()
    write_grid(lyapunov_spectra(parts), snakemake.output.grid, origin)
    write_table(CHAIN_LYAPUNOV, lyapunov_table(parts), snakemake.output.table, origin)
