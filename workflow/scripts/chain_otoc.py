"""Join the jobs of the chain's OTOC: light cones, growth curves, rates."""

from collections import defaultdict

import pandas as pd

from openkerr.analysis.otoc import FitRule
from openkerr.analysis.otoc_tables import growth_curves, join_otoc_jobs, join_runs, light_cones, otoc_rates
from openkerr.runtime.io import read_provenance, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV, CHAIN_OTOC_RATES
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    lyapunov = read_table(CHAIN_LYAPUNOV, snakemake.input.lyapunov)
    files, chains = defaultdict(list), {}
    for path in snakemake.input.raw:
        parameters = read_provenance(path)["parameters"]
        model = parameters["model"]
        chain = model["length"], model["drive_amplitude"]
        files[chain].append(path)
        chains[chain] = parameters
    cones, curves, rates = [], [], []
    for (length, drive_amplitude), parameters in chains.items():
        data = join_otoc_jobs([read_raw(path) for path in files[length, drive_amplitude]])
        chain = {"length": length, "drive_amplitude": drive_amplitude}
        numerics = parameters["numerics"]
        drawn = snakemake.params.drawn_angles[f"{length}_{drive_amplitude:g}"]
        cones.append(light_cones(data, angle=drawn, **chain))
        curves.append(growth_curves(data, **chain))
        rates.append(
            otoc_rates(
                data,
                saturation_time=numerics["saturation_time"],
                rule=FitRule(*snakemake.params.fit),
                front_levels=snakemake.params.front_levels,
                lyapunov=lyapunov,
                **chain,
            )
        )
    origin = current.provenance()
    write_grid(join_runs(cones), snakemake.output.grid, origin)
    write_grid(join_runs(curves), snakemake.output.growth, origin)
    write_table(CHAIN_OTOC_RATES, pd.concat(rates, ignore_index=True), snakemake.output.rates, origin)
