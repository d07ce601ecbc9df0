"""Join the jobs of every ensemble of the two cavities into the tables of populations and of single trajectories."""

from collections import defaultdict

import pandas as pd

from openkerr.analysis.populations import populations_table, trajectories_table
from openkerr.runtime.io import read_provenance, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.torus_populations.tables import TORUS_POPULATIONS, TORUS_TRAJECTORIES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    parts = defaultdict(list)
    for path in snakemake.input.raw:
        parts[read_provenance(path)["parameters"]["model"]["aleph"]].append(read_raw(path))
    provenance = current.provenance()
    for schema, table, path in (
        (TORUS_POPULATIONS, populations_table, snakemake.output.populations),
        (TORUS_TRAJECTORIES, trajectories_table, snakemake.output.trajectories),
    ):
        frame = pd.concat([table(jobs, aleph) for aleph, jobs in parts.items()], ignore_index=True)
        write_table(schema, frame, path, provenance)
