"""Onset of the wave: photon number and mean phase of every site against time, of the ensemble and of trajectories."""

from openkerr.analysis.batches import join_batches
from openkerr.analysis.wave_onset import onset_grid
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job

with job(snakemake) as current:
    parts = [read_raw(path) for path in snakemake.input.raw]
    singles = [part for part in parts if part.sizes.get("path", 0)]
    ensemble = join_batches([part.drop_dims("path", errors="ignore") for part in parts])
    write_grid(onset_grid(ensemble, singles), snakemake.output.grid, current.provenance())
