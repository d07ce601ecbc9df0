"""Join the cases of the study of weak error against step into one table."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.stepper_errors import stepper_error_rows
from openkerr.runtime.io import group_raw, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.steppers.tables import STEPPER_ERRORS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    frames = []
    for (problem, case), paths in group_raw(snakemake.input.raw, "problem", "case").items():
        joined = join_batches([read_raw(path) for path in paths])
        frames.append(stepper_error_rows(joined, problem, case, **snakemake.params.compared[problem][case]))
    provenance = current.provenance()
    write_table(STEPPER_ERRORS, pd.concat(frames, ignore_index=True), snakemake.output.table, provenance)
