"""Fourier weights of the cavities' phases on the limit tori that the ensembles' start leads to."""

import pandas as pd

from openkerr.analysis.phase_diffusion import angle_weights_table
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.families import vary
from openkerr.solvers.phase_scan import coherent_start
from openkerr.studies.torus_attractors.tables import TORUS_ANGLE_WEIGHTS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    start, frames = [snakemake.params.initial_amplitude] * 2, []
    for omega in snakemake.params.omegas:
        model = vary(KerrDimer(**snakemake.params.model), "omega")(omega)
        found = find_attractor(model, start)
        if hasattr(found, "nu_psi"):
            frames.append(angle_weights_table(omega, coherent_start(found, start), model.symmetry, model.aleph))
        else:
            current.log.info("omega = %g: no limit torus, and no lines of it", omega)
    table = pd.concat(frames) if frames else pd.DataFrame(columns=TORUS_ANGLE_WEIGHTS.column_names)
    write_table(TORUS_ANGLE_WEIGHTS, table, snakemake.output.table, current.provenance())
