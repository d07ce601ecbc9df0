"""One figure from its tables and grids."""

from importlib import import_module
from pathlib import Path

from openkerr.figures.style import NothingToDraw, blank_figure, save_figure
from openkerr.run.tables import TABLES
from openkerr.runtime.io import read_grid
from openkerr.runtime.jobs import job
from openkerr.runtime.provenance import digest
from openkerr.tables.files import read_table

with job(snakemake) as current:
    params = snakemake.params
    figure = import_module(f"openkerr.figures.{params.figure}")
    paths = [Path(snakemake.input[name]) for name in figure.INPUTS]
    frames = [read_grid(path) if path.suffix == ".nc" else read_table(TABLES[path.stem], path) for path in paths]
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
