"""The chain in units of a circuit, as a table."""

from openkerr.analysis.chain_circuit import circuit_table
from openkerr.runtime.jobs import job
from openkerr.studies.chain_wave.tables import CHAIN_CIRCUIT
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params = snakemake.params
    frame = circuit_table(params.model, params.circuit, params.drive_amplitude)
    write_table(CHAIN_CIRCUIT, frame, snakemake.output.table, current.provenance())
