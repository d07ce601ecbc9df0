"""Compare second-order cumulants with the truncated Wigner approximation at the last site of the chain."""

from openkerr.analysis.cumulant_averages import DIAGRAM_COLUMNS, deviations_table
from openkerr.runtime.jobs import job
from openkerr.studies.chain_cumulants.tables import CHAIN_CUMULANTS, CHAIN_CUMULANTS_DEVIATIONS
from openkerr.studies.chain_map.tables import CHAIN_PHASE_DIAGRAM
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    cumulants = read_table(CHAIN_CUMULANTS, snakemake.input.cumulants)
    diagram = read_table(CHAIN_PHASE_DIAGRAM, snakemake.input.phase_diagram, DIAGRAM_COLUMNS)
    table = deviations_table(cumulants, diagram)
    write_table(CHAIN_CUMULANTS_DEVIATIONS, table, snakemake.output.table, current.provenance())
