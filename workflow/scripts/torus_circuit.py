"""Two microwave cavities as the model: effective parameters, and the ratios that must be small."""

from openkerr.analysis.cavity_circuit import circuit_table
from openkerr.runtime.jobs import job
from openkerr.studies.torus_ion.tables import TORUS_CIRCUIT
from openkerr.tables.files import write_table

with job(snakemake) as current:
    frame = circuit_table(snakemake.params.model, snakemake.params.circuit)
    write_table(TORUS_CIRCUIT, frame, snakemake.output.table, current.provenance())
