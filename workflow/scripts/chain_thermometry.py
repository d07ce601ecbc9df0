"""Thermometers, entropies, domains and distributions of all chains of the thermodynamics."""

from collections import defaultdict

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.chain_distributions import join_panels, momentum_grid
from openkerr.analysis.chain_profiles import ChainEnsemble
from openkerr.analysis.local_equilibrium import domain_scaling_table, domain_table, equilibrium_table
from openkerr.analysis.thermometry import entropy_table, radial_grid, site_fits, thermometry_table
from openkerr.runtime.io import group_raw, read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_thermodynamics.tables import (
    CHAIN_DOMAIN_SCALING,
    CHAIN_DOMAINS,
    CHAIN_ENTROPY,
    CHAIN_LOCAL_EQUILIBRIUM,
    CHAIN_THERMOMETRY,
)
from openkerr.tables.files import write_table

with job(snakemake) as current:
    provenance, broken = current.provenance(), snakemake.params.broken_variance
    found = defaultdict(list)
    # One case after another: the histograms of all do not have to be in memory together.
    for _, paths in sorted(group_raw(snakemake.input.raw, "length", "drive_amplitude").items()):
        ensemble = ChainEnsemble(join_batches([read_raw(path) for path in paths]))
        fitted = site_fits(ensemble)
        gibbs = fitted.fits["gibbs", "maximum_likelihood"]
        found["thermometry"].append(thermometry_table(fitted))
        found["entropy"].append(entropy_table(ensemble))
        found["equilibrium"].append(equilibrium_table(ensemble))
        found["domains"].append(domain_table(ensemble, gibbs.parameters, gibbs.influence, broken))
        found["radial"].append(radial_grid(fitted))
        found["momenta"].append(momentum_grid(ensemble))
    tables = {
        name: pd.concat(found[name], ignore_index=True) for name in ("thermometry", "entropy", "equilibrium", "domains")
    }
    tables["scaling"] = domain_scaling_table(tables["domains"])
    schemas = {
        "thermometry": CHAIN_THERMOMETRY,
        "entropy": CHAIN_ENTROPY,
        "equilibrium": CHAIN_LOCAL_EQUILIBRIUM,
        "domains": CHAIN_DOMAINS,
        "scaling": CHAIN_DOMAIN_SCALING,
    }
    for name, schema in schemas.items():
        write_table(schema, tables[name], snakemake.output[name], provenance)
    for name in ("radial", "momenta"):
        write_grid(join_panels(found[name]), snakemake.output[name], provenance)
