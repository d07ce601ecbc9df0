"""Join the cases of the study of weak error against step into one table."""

from collections import defaultdict

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.stepper_errors import stepper_error_rows
from openkerr.runtime.io import read_provenance, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.steppers.tables import STEPPER_ERRORS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    cases, jobs = {}, defaultdict(list)
    for path in snakemake.input.raw:
        parameters = read_provenance(path)["parameters"]
        key = parameters["problem"], parameters["case"]["name"]
        cases[key] = parameters["case"]
        jobs[key].append(read_raw(path))
    frames = []
    for (problem, name), case in cases.items():
        quantity = case.get("quantity", "photon_number")
        joined = join_batches(jobs[problem, name])
        frames.append(stepper_error_rows(joined, problem, name, quantity, case["tolerance"]))
    provenance = current.provenance()
    write_table(STEPPER_ERRORS, pd.concat(frames, ignore_index=True), snakemake.output.table, provenance)
