"""Fronts of the passages to the wave and away from it, and the effect of a temperature of the baths."""

import pandas as pd
import xarray as xr

from openkerr.analysis.wave_events import event_picture, front_rows, temperatures, thermal_row
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_metastability import tables
from openkerr.tables.files import write_table

with job(snakemake) as current:
    params, provenance = snakemake.params, current.provenance()
    measure = params.levels, params.agitation_time
    fronts, rows, pictures = [], [], []
    for path in snakemake.input.raw:
        data = read_raw(path)
        chains = temperatures(data)
        for chain in chains:
            fronts += front_rows(chain, *measure)
            rows.append(thermal_row(chain, params.thresholds, params.relaxation_per_site))
        if data["name"].item() in params.shown and chains:
            pictures.append(event_picture(chains[0], *measure))
    for schema, found in ((tables.CHAIN_WAVE_FRONTS, fronts), (tables.CHAIN_THERMAL_BATHS, rows)):
        frame = pd.DataFrame(found, columns=schema.column_names).sort_values(list(schema.key), ignore_index=True)
        name = schema.name.removeprefix("chain_")
        write_table(schema, frame, snakemake.output[name], provenance)
    # Chains of several lengths: sites beyond an end are NaN.
    grid = xr.concat(pictures, "event", join="outer") if pictures else xr.Dataset()
    write_grid(grid, snakemake.output.grid, provenance)
