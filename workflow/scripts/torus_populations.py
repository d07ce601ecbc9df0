"""Join the jobs of every ensemble of the two cavities into the tables of populations and of single trajectories."""

import pandas as pd

from openkerr.analysis.populations import populations_table, trajectories_table
from openkerr.runtime.io import group_raw, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS, TORUS_TRAJECTORIES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    ensembles = [[read_raw(path) for path in paths] for paths in group_raw(snakemake.input.raw, "aleph").values()]
    provenance = current.provenance()
    for schema, table, path in (
        (TORUS_POPULATIONS, populations_table, snakemake.output.populations),
        (TORUS_TRAJECTORIES, trajectories_table, snakemake.output.trajectories),
    ):
        frame = pd.concat(map(table, ensembles), ignore_index=True)
        write_table(schema, frame, path, provenance)
