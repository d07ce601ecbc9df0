"""Truncated Wigner of two sites against the exact steady state, over U at fixed F sqrt(U)."""

from openkerr.analysis.chain_dimer import scaling_table
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.chain_dimer.tables import CHAIN_DIMER_SCALING
from openkerr.tables.files import write_table

with job(snakemake) as current:
    exact, sampled = ([read_raw(path) for path in paths] for paths in (snakemake.input.exact, snakemake.input.sampled))
    write_table(CHAIN_DIMER_SCALING, scaling_table(exact, sampled), snakemake.output.table, current.provenance())
