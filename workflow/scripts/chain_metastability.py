"""Onset times, rates, weights and critical lengths of the wave, from passages of single trajectories."""

import pandas as pd
import xarray as xr

from openkerr.analysis.critical_length import arrivals_of, critical_lengths
from openkerr.analysis.metastability import curve, metastability_row, points_of
from openkerr.analysis.passage_rates import rate_rows, scaling_table, threshold_rows
from openkerr.analysis.splitting_rates import splitting_rows
from openkerr.analysis.wave_weight import equal_rate_table, weight_table
from openkerr.runtime.io import group_raw, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_metastability import tables
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params, provenance = snakemake.params, current.provenance()
    rules, late_time, relaxation = params.thresholds, params.histogram_time, params.relaxation_per_site
    rows, rates, varied, curves, arrivals = [], [], [], [], []
    for _, paths in sorted(group_raw(snakemake.input.raw, "case", "first_length").items()):
        data = xr.concat([read_raw(path) for path in paths], "trajectory", data_vars="minimal", join="exact")
        for point in points_of(data.sortby("trajectory")):
            rows.append(metastability_row(point, rules, params.onset_band, late_time))
            rates += rate_rows(point, rules, relaxation)
            if point.noise == "quantum":
                varied += threshold_rows(point, [rules, *params.varied], relaxation)
            curves.append(curve(point, rules, late_time))
            arrivals += arrivals_of(point, rules)
        current.log.info("%d points", len(rows))
    direct = pd.DataFrame(rates)
    splitting, rare = splitting_rows([read_raw(path) for path in snakemake.input.splitting], direct)
    of_rates = pd.concat([direct, rare], ignore_index=True) if len(rare) else direct
    weights = weight_table(of_rates)
    for schema, frame in (
        (tables.CHAIN_METASTABILITY, pd.DataFrame(rows)),
        (tables.CHAIN_RATES, of_rates),
        (tables.CHAIN_RATE_THRESHOLDS, pd.DataFrame(varied)),
        (tables.CHAIN_SPLITTING, splitting),
        (tables.CHAIN_WAVE_WEIGHT, weights),
        (tables.CHAIN_EQUAL_RATES, equal_rate_table(weights)),
        (tables.CHAIN_CRITICAL_LENGTH, critical_lengths(arrivals, params.times)),
        (tables.CHAIN_RATE_SCALING, scaling_table(of_rates)),
    ):
        name = schema.name.removeprefix("chain_")
        ordered = frame.sort_values(list(schema.key), ignore_index=True)[schema.column_names]
        write_table(schema, ordered, snakemake.output[name], provenance)
    write_grid(xr.concat(curves, "point"), snakemake.output.curves, provenance)
