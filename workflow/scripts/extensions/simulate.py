"""One job of a user's own study."""

from openkerr.run.extensions import load_module
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job

with job(snakemake) as current:
    dataset = load_module(snakemake.params.folder, "physics").simulate(snakemake.params.job, snakemake.params.seed)
    write_raw(dataset, snakemake.output[0], current.provenance())
