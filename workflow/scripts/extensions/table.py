"""All tables of a user's own study."""

from openkerr.run.extensions import folder_tables, load_module
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.tables.files import write_table

with job(snakemake) as current:
    folder = snakemake.params.folder
    frames = load_module(folder, "table").tabulate([read_raw(path) for path in snakemake.input.raw])
    for name, schema in folder_tables(folder).items():
        write_table(schema, frames[name], snakemake.output[name], current.provenance())
