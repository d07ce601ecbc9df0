"""Sampled rates of switching against the exponents of paths of least action."""

from openkerr.analysis.switching_exponents import action_rates
from openkerr.runtime.jobs import job
from openkerr.studies.torus_actions.tables import TORUS_ACTION_RATES, TORUS_ACTIONS
from openkerr.studies.torus_melting.tables import TORUS_SWITCHING
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    actions = read_table(TORUS_ACTIONS, snakemake.input.actions)
    switching = read_table(TORUS_SWITCHING, snakemake.input.switching)
    write_table(TORUS_ACTION_RATES, action_rates(actions, switching), snakemake.output.table, current.provenance())
