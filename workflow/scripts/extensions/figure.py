"""The figure of a user's own study from its tables."""

from pathlib import Path

from openkerr.figures.style import NothingToDraw, blank_figure, save_figure
from openkerr.run.extensions import load_module, with_tables
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.tables.files import read_table

with job(snakemake) as current:
    params = snakemake.params
    figure, schemas = load_module(params.folder, "figure"), with_tables([params.folder])
    frames = [read_table(schemas[path.stem], path) for path in map(Path, snakemake.input)]
    try:
        picture = figure.draw(*frames, **params.drawn)
    except NothingToDraw as reason:
        current.log.warning("%s: %s", params.figure, reason)
        picture = blank_figure(str(reason))
    save_figure(
        picture,
        snakemake.output.figures,
        figure_id=params.figure,
        config_digest=digest(current.params),
        fingerprint=params.fingerprint,
        inputs=current.inputs,
        run=current.run_facts(snakemake.input),
        dpi=params.dpi,
    )
