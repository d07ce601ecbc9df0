"""Onset of the wave: photon number and mean phase of every site against time, of the ensemble and of trajectories,
and the times at which they set in."""

from openkerr.analysis.batches import join_batches
from openkerr.analysis.wave_onset import onset_grid, onset_times
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.chain_metastability.tables import CHAIN_ONSET_TIMES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    parts = [read_raw(path) for path in snakemake.input.raw]
    singles = [part for part in parts if part.sizes.get("path", 0)]
    ensemble = join_batches([part.drop_dims("path", errors="ignore") for part in parts])
    write_grid(onset_grid(ensemble, singles), snakemake.output.grid, current.provenance())
    write_table(CHAIN_ONSET_TIMES, onset_times(ensemble), snakemake.output.times, current.provenance())
