"""Join the cases of the study of weak error against step into one table."""

import pandas as pd

from openkerr.analysis.stepper_errors import stepper_error_rows
from openkerr.io import read_provenance, read_raw
from openkerr.jobs import job
from openkerr.provenance import file_sha256
from openkerr.tables import write_table

with job(snakemake) as current:
    frames = []
    for path in snakemake.input.raw:
        parameters = read_provenance(path)["parameters"]
        case = parameters["case"]
        quantity = case.get("quantity", "photon_number")
        frames.append(
            stepper_error_rows(read_raw(path), parameters["problem"], case["name"], quantity, case["tolerance"])
        )
    provenance = current.provenance(raw={path: file_sha256(path) for path in snakemake.input.raw})
    write_table("stepper_errors", pd.concat(frames, ignore_index=True), snakemake.output.table, provenance)
