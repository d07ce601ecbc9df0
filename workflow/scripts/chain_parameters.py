"""Parameters of the chain as a table."""

import pandas as pd

from openkerr.runtime.jobs import job
from openkerr.studies.chain_wave.tables import CHAIN_PARAMETERS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    parameters = snakemake.params.model
    frame = pd.DataFrame({"parameter": list(parameters), "value": list(parameters.values())})
    write_table(CHAIN_PARAMETERS, frame, snakemake.output.table, current.provenance())
