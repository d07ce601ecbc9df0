"""Profiles, coherences, currents, distributions and auto-correlations of all ensembles of chains."""

from collections import defaultdict

import numpy as np
import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_distributions import (
    autocorrelation_grid,
    join_panels,
    momentum_grid,
    ring_contrast,
    wigner_grid,
)
from openkerr.analysis.chain_profiles import ChainEnsemble, coherence_table, current_table, profile_table
from openkerr.analysis.chain_relaxation import relaxation_table
from openkerr.runtime.io import group_raw, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_ensembles.tables import (
    CHAIN_COHERENCE,
    CHAIN_CURRENTS,
    CHAIN_PROFILES,
    CHAIN_RELAXATION,
)
from openkerr.tables.files import write_table

with job(snakemake) as current:
    provenance = current.provenance()
    names = ("length", "drive_amplitude", "intrinsic_loss_rate", "method")
    cases = group_raw(snakemake.input.raw, *names)
    lags = np.arange(snakemake.params.n_lags) * snakemake.params.lag_interval
    found = defaultdict(list)
    # One case after another: the histograms of all do not have to be in memory together.
    for _, paths in sorted(cases.items()):
        ensemble = ChainEnsemble(join_batches([read_raw(path) for path in paths]))
        contrast, error = ring_contrast(ensemble)
        found["profiles"].append(profile_table(ensemble).assign(ring_contrast=contrast, ring_contrast_stderr=error))
        found["coherence"].append(coherence_table(ensemble))
        found["relaxation"].append(relaxation_table(ensemble))
        found["currents"].append(current_table(ensemble))
        found["wigner"].append(wigner_grid(ensemble))
        found["momentum"].append(momentum_grid(ensemble))
        found["autocorrelation"].append(autocorrelation_grid(ensemble, lags))
    for schema in (CHAIN_PROFILES, CHAIN_COHERENCE, CHAIN_RELAXATION, CHAIN_CURRENTS):
        name = schema.name.removeprefix("chain_")
        write_table(schema, pd.concat(found[name], ignore_index=True), snakemake.output[name], provenance)
    for name in ("wigner", "momentum", "autocorrelation"):
        write_grid(join_panels(found[name]), snakemake.output[name], provenance)
