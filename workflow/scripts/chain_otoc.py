"""Join the jobs of the chain's OTOC: light cones, growth curves, rates, fronts and butterfly velocities."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.otoc import FitRule
from openkerr.analysis.otoc_tables import growth_curves, join_runs, light_cones, otoc_rates, spreading
from openkerr.runtime.io import group_raw, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_chaos.tables import (
    CHAIN_BUTTERFLY_VELOCITY,
    CHAIN_LYAPUNOV,
    CHAIN_MOMENT_GROWTH,
    CHAIN_OTOC_FRONTS,
    CHAIN_OTOC_RATES,
    CHAIN_VELOCITY_EXPONENTS,
)
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    lyapunov = read_table(CHAIN_LYAPUNOV, snakemake.input.lyapunov)
    moments = read_table(CHAIN_MOMENT_GROWTH, snakemake.input.moments)
    rule = FitRule(*snakemake.params.fit)
    cones, curves, rates, spread = [], [], [], []
    for (length, drive_amplitude), paths in group_raw(snakemake.input.raw, "length", "drive_amplitude").items():
        data = join_batches([read_raw(path) for path in paths])
        cones.append(light_cones(data, snakemake.params.drawn_angles[f"{length}_{drive_amplitude:g}"]))
        curves.append(growth_curves(data))
        spread.append(
            spreading(
                data,
                rule=rule,
                front_levels=snakemake.params.front_levels,
                ray_velocities=snakemake.params.ray_velocities,
            )
        )
        rates.append(
            otoc_rates(
                data,
                rule=rule,
                light_cone_levels=snakemake.params.light_cone_levels,
                lyapunov=lyapunov,
                moments=moments,
                butterfly=spread[-1][2],
            )
        )
    origin = current.provenance()
    write_grid(join_runs(cones), snakemake.output.grid, origin)
    write_grid(join_runs(curves), snakemake.output.growth, origin)
    write_table(CHAIN_OTOC_RATES, pd.concat(rates, ignore_index=True), snakemake.output.rates, origin)
    schemas = (CHAIN_OTOC_FRONTS, CHAIN_VELOCITY_EXPONENTS, CHAIN_BUTTERFLY_VELOCITY)
    paths = (snakemake.output.fronts, snakemake.output.exponents, snakemake.output.butterfly)
    for schema, path, frames in zip(schemas, paths, zip(*spread, strict=True), strict=True):
        write_table(schema, pd.concat(frames, ignore_index=True), path, origin)
