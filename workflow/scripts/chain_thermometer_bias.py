"""Thermometers tried on chains of known temperature and chemical potential, drawn with hopping."""

import pandas as pd

from openkerr.analysis.thermometer_bias import bias_table
from openkerr.numerics.rng import stream_seed
from openkerr.runtime.jobs import job
from openkerr.solvers.thermal_field import thermal_fields
from openkerr.studies.chain_thermodynamics.tables import CHAIN_THERMOMETER_BIAS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    settings = dict(snakemake.params.equilibrium)
    states, model = settings.pop("states"), snakemake.params.model
    found = []
    for state in states:
        seed = stream_seed(snakemake.params.seed, "chain_thermometer_bias", {**state, **model})
        samples = thermal_fields(**state, **model, **settings, seed=seed)
        found.append(bias_table(samples, **state, **model, **snakemake.params.cells))
    write_table(
        CHAIN_THERMOMETER_BIAS, pd.concat(found, ignore_index=True), snakemake.output.bias, current.provenance()
    )
