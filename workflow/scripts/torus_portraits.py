"""Orbits, spectra and lines of the attractors that are drawn."""

import pandas as pd

from openkerr.analysis.portraits import lines_table, spectra_grid
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.families import vary
from openkerr.solvers.linear_noise import phase_diffusion
from openkerr.studies.torus_attractors.tables import TORUS_LINES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    raw = read_raw(snakemake.input.raw)
    provenance = current.provenance()
    interval = float(raw["time"][1] - raw["time"][0])
    fields = (raw["field_re"] + 1j * raw["field_im"]).transpose("omega", "mode", "time").values
    write_grid(raw.drop_attrs(deep=False), snakemake.output.portraits, provenance)
    write_grid(spectra_grid(fields, raw["omega"].values, interval), snakemake.output.spectra, provenance)
    frames = []
    for omega, series in zip(raw["omega"].values, fields, strict=True):
        found = find_attractor(vary(KerrDimer(**snakemake.params.model), "omega")(omega), series[:, -1])
        if hasattr(found, "nu_psi"):
            diffusion = phase_diffusion(found)
            frames.append(lines_table(omega, found, diffusion, series, interval, snakemake.params.max_line_order))
        else:
            current.log.info("omega = %g: no limit torus, and no lines of it", omega)
    table = pd.concat(frames) if frames else pd.DataFrame(columns=TORUS_LINES.column_names)
    write_table(TORUS_LINES, table, snakemake.output.lines, provenance)
