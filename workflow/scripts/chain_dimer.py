"""Steady states of two sites: exact beside truncated Wigner."""

from openkerr.analysis.chain_dimer import dimer_table, error_table, space_table
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.chain_dimer.tables import CHAIN_DIMER, CHAIN_DIMER_ERRORS, CHAIN_DIMER_SPACES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    spaces = space_table([read_raw(path) for path in snakemake.input.exact])
    states = dimer_table(spaces, [read_raw(path) for path in snakemake.input.sampled])
    provenance = current.provenance()
    write_table(CHAIN_DIMER, states, snakemake.output.states, provenance)
    write_table(CHAIN_DIMER_ERRORS, error_table(states), snakemake.output.errors, provenance)
    write_table(CHAIN_DIMER_SPACES, spaces, snakemake.output.spaces, provenance)
