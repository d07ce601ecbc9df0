"""Phase diffusion along the branches of limit cycle and limit torus, and the gaps of their lines."""

import pandas as pd

from openkerr.analysis.phase_diffusion import diffusion_table, lines_of_torus, ranked_lines, slowest_lines
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.jobs import job
from openkerr.solvers.phase_scan import scan_phase_diffusion
from openkerr.studies.torus_attractors.tables import (
    TORUS_DIFFUSION,
    TORUS_LINE_GAPS,
    TORUS_LINE_RANKS,
    TORUS_SLOWEST_LINES,
)
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params, output = snakemake.params, snakemake.output
    model = KerrDimer(**params.model)
    points = scan_phase_diffusion(model, "omega", params.omegas, [params.initial_amplitude] * 2, params.max_period)
    table = diffusion_table(points, model.aleph)
    provenance = current.provenance()
    write_table(TORUS_DIFFUSION, table, output.diffusion, provenance)
    for schema, frame, path in (
        (TORUS_LINE_GAPS, lines_of_torus(table, params.max_line_order), output.line_gaps),
        (TORUS_LINE_RANKS, ranked_lines(table), output.line_ranks),
        (TORUS_SLOWEST_LINES, slowest_lines(table), output.slowest_lines),
    ):
        # Without a limit torus there are no lines.
        write_table(schema, frame if len(frame) else pd.DataFrame(columns=schema.column_names), path, provenance)
