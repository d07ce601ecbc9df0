"""Circular variance of both cavities against time and aleph, and the exponents of its scaling in many windows."""

from collections import defaultdict

import numpy as np
import pandas as pd

from openkerr.analysis.circular_variance import circular_variance_samples, circular_variance_table, table_times
from openkerr.analysis.melting_scaling import contour_table, scaling_table, windows
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.stats import batch_mean
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import find_attractor
from openkerr.studies.torus_attractors.tables import TORUS_ANGLE_WEIGHTS
from openkerr.studies.torus_melting.tables import TORUS_CIRCULAR_VARIANCE, TORUS_SCALING
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    settings = snakemake.params.settings
    parts = defaultdict(list)
    for path in snakemake.input.raw:
        data = read_raw(path)
        for aleph in data["aleph"].values:
            parts[float(aleph)].append(data.sel(aleph=aleph))
    alephs = np.array(sorted(parts))
    attractor = find_attractor(KerrDimer(**snakemake.params.model), [snakemake.params.initial_amplitude] * 2)
    period = getattr(attractor, "period", 0.0)
    times = table_times(
        settings["first_time"], settings["final_time"], settings["n_times"], settings["sampling_interval"], period
    )
    lines = read_table(TORUS_ANGLE_WEIGHTS, snakemake.input.angle_weights)
    lines = lines[lines["omega"].eq(snakemake.params.model["omega"][0])]
    samples, frames = [], []
    for aleph in alephs:
        values, weights = circular_variance_samples(parts[aleph], times, period)
        samples.append(values[..., 1])
        frames.append(circular_variance_table(values, weights, times, aleph, lines))
    provenance = current.provenance()
    write_table(TORUS_CIRCULAR_VARIANCE, pd.concat(frames), snakemake.output.variance, provenance)
    stacked = np.stack(samples, axis=1)
    ranges = settings["aleph_windows"], settings["time_windows"]
    fits = []
    for mode, case in enumerate(snakemake.params.cases):
        of_mode = stacked[..., mode]
        chosen = list(windows(batch_mean(of_mode, weights)[0], alephs, times, *ranges, settings["n_curves"]))
        fits.append(scaling_table(of_mode, weights, alephs, times, chosen, case))
        fits.append(contour_table(of_mode, weights, alephs, times, snakemake.params.levels, case))
    write_table(TORUS_SCALING, pd.concat(fits, ignore_index=True), snakemake.output.scaling, provenance)
