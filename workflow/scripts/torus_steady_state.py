"""Steady states of the two cavities: exact beside truncated Wigner."""

import pandas as pd

from openkerr.analysis.batches import join_batches
from openkerr.analysis.liouvillian import exact_steady_states, sampled_steady_states
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.torus_liouvillian.tables import TORUS_STEADY_STATE
from openkerr.tables.files import write_table

with job(snakemake) as current:
    exact, *sampled = map(read_raw, (snakemake.input.exact, *snakemake.input.sampled))
    frame = pd.concat([exact_steady_states(exact), sampled_steady_states(join_batches(sampled))])
    provenance = current.provenance()
    write_table(TORUS_STEADY_STATE, frame, snakemake.output.table, provenance)
