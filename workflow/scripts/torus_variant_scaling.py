"""Exponents of the circular variance by linear noise at every set of parameters of the gaps, without sampling."""

import pandas as pd

from openkerr.analysis.melting_prediction import predicted_scaling
from openkerr.analysis.phase_diffusion import angle_weights_table
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import torus_of
from openkerr.solvers.phase_scan import coherent_start
from openkerr.studies.torus_melting.tables import TORUS_VARIANT_SCALING
from openkerr.tables.files import write_table

with job(snakemake) as current:
    start, settings, frames = [snakemake.params.initial_amplitude] * 2, snakemake.params.settings, []
    for name, parameters in snakemake.params.models.items():
        model = KerrDimer(**parameters)
        orbit, reason = torus_of(model, start)
        if orbit is None:
            current.log.info("%s: %s, and no lines", name, reason)
            continue
        try:
            lines = angle_weights_table(model.omega[0], coherent_start(orbit, start), model.symmetry, model.aleph)
        except ValueError as error:
            current.log.info("%s: %s", name, error)
            continue
        found = predicted_scaling(lines, **settings)
        frames.append(found.assign(case=name, family=snakemake.params.families[name]))
    table = pd.concat(frames) if frames else pd.DataFrame(columns=TORUS_VARIANT_SCALING.column_names)
    write_table(TORUS_VARIANT_SCALING, table, snakemake.output.table, current.provenance())
