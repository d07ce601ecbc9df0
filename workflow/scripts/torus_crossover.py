"""Lines of the torus by all methods, joined from their tables."""

from openkerr.analysis.crossover import crossover_table
from openkerr.runtime.jobs import job
from openkerr.studies.torus_attractors.tables import TORUS_LINES
from openkerr.studies.torus_gaps.tables import TORUS_GAPS
from openkerr.studies.torus_liouvillian.tables import TORUS_CROSSOVER, TORUS_LIOUVILLIAN
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    sources = snakemake.input
    table = crossover_table(
        read_table(TORUS_LIOUVILLIAN, sources.spectrum),
        read_table(TORUS_GAPS, sources.gaps),
        read_table(TORUS_LINES, sources.lines),
        snakemake.params.omega,
    )
    write_table(TORUS_CROSSOVER, table, snakemake.output.table, current.provenance())
