"""Basins, weights and switching rates of limit cycle and limit torus, and the law of the rates in aleph."""

from collections import defaultdict

import numpy as np
import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.switching import basin_table, law_table, switching_tables
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.torus_melting.tables import TORUS_BASINS, TORUS_SWITCHING, TORUS_SWITCHING_LAWS, TORUS_WEIGHTS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    provenance = current.provenance()
    basins = read_raw(snakemake.input.basins)
    table = basin_table(basins["attractor_class"].values, basins["omega"].values)
    write_table(TORUS_BASINS, table, snakemake.output.basins, provenance)
    parts = defaultdict(list)
    for path in snakemake.input.raw:
        data = read_raw(path)
        for omega in data["omega"].values:
            parts[float(omega)].append(data.sel(omega=omega))
    rates, weights = [], []
    for omega, jobs in sorted(parts.items()):
        joined = join_batches(jobs)
        for aleph in joined["aleph"].values:
            shares = joined["torus_share"].sel(aleph=aleph).transpose("batch", "start", "time").values
            found = switching_tables(
                joined["time"].values,
                shares,
                joined["n_valid"].values,
                omega,
                float(aleph),
                snakemake.params.window,
            )
            rates.append(found[0])
            weights.append(found[1])
    columns = TORUS_SWITCHING.column_names
    switching = pd.concat(rates).reindex(columns=columns).astype({"omega": np.float64})
    write_table(TORUS_SWITCHING, switching, snakemake.output.switching, provenance)
    write_table(TORUS_WEIGHTS, pd.concat(weights), snakemake.output.weights, provenance)
    write_table(TORUS_SWITCHING_LAWS, law_table(switching), snakemake.output.laws, provenance)
