"""Rates at which sites of chains lose their phase, and the coherence of their light within windows of time."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_distributions import join_panels
from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.phase_memory import memory_tables, window_table
from openkerr.analysis.thermometry import site_fits
from openkerr.runtime.io import group_raw, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_thermodynamics.tables import CHAIN_INTENSITY_WINDOWS, CHAIN_PHASE_RATES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    provenance = current.provenance()
    rates, windows, memories = [], [], []
    for _, paths in sorted(group_raw(snakemake.input.raw, "length", "drive_amplitude").items()):
        ensemble = ChainEnsemble(join_batches([read_raw(path) for path in paths]))
        fitted = site_fits(ensemble, ("maximum_likelihood",)).fits
        impurities = {name: fitted[name, "maximum_likelihood"].parameters for name in ("two_photon", "scully_lamb")}
        table, memory = memory_tables(ensemble, impurities)
        rates.append(table)
        memories.append(memory)
        windows.append(window_table(ensemble))
    write_table(CHAIN_PHASE_RATES, pd.concat(rates, ignore_index=True), snakemake.output.rates, provenance)
    write_table(CHAIN_INTENSITY_WINDOWS, pd.concat(windows, ignore_index=True), snakemake.output.windows, provenance)
    write_grid(join_panels(memories), snakemake.output.memory, provenance)
