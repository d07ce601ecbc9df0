"""Join the jobs of the chain's OTOC: light cones, growth curves, rates."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.otoc import FitRule
from openkerr.analysis.otoc_tables import growth_curves, join_runs, light_cones, otoc_rates
from openkerr.runtime.io import group_raw, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV, CHAIN_OTOC_RATES
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    lyapunov = read_table(CHAIN_LYAPUNOV, snakemake.input.lyapunov)
    rule = FitRule(*snakemake.params.fit)
    cones, curves, rates = [], [], []
    for (length, drive_amplitude), paths in group_raw(snakemake.input.raw, "length", "drive_amplitude").items():
        data = join_batches([read_raw(path) for path in paths])
        cones.append(light_cones(data, snakemake.params.drawn_angles[f"{length}_{drive_amplitude:g}"]))
        curves.append(growth_curves(data))
        rates.append(otoc_rates(data, rule=rule, front_levels=snakemake.params.front_levels, lyapunov=lyapunov))
    origin = current.provenance()
    write_grid(join_runs(cones), snakemake.output.grid, origin)
    write_grid(join_runs(curves), snakemake.output.growth, origin)
    write_table(CHAIN_OTOC_RATES, pd.concat(rates, ignore_index=True), snakemake.output.rates, origin)
