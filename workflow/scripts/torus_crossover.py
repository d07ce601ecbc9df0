"""Lines of the torus by all methods, joined from their tables."""

from openkerr.analysis.crossover import crossover_table
from openkerr.runtime.jobs import job
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    sources = snakemake.input
    table = crossover_table(
        read_table("torus_liouvillian", sources.spectrum),
        read_table("torus_gaps", sources.gaps),
        read_table("torus_lines", sources.lines),
        snakemake.params.omega,
    )
    write_table("torus_crossover", table, snakemake.output.table, current.provenance())
