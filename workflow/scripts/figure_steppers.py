"""Weak error of the steppers from its table."""

from openkerr.figures.steppers import draw
from openkerr.figures.style import save_figure
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.studies.steppers.tables import STEPPER_ERRORS
from openkerr.tables.files import read_table

with job(snakemake) as current:
    save_figure(
        draw(read_table(STEPPER_ERRORS, snakemake.input.errors)),
        snakemake.output.figures,
        figure_id="steppers",
        config_digest=digest(current.params),
        fingerprint=snakemake.params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=snakemake.params.dpi,
    )
