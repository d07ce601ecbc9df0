"""Spectrograms of the two-time correlation of mode 1 at some alephs."""

import numpy as np

from openkerr.analysis.gaps import join_groups
from openkerr.analysis.spectrogram import spectrogram_grid
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job

with job(snakemake) as current:
    parts = [read_raw(path) for path in snakemake.input.raw]
    signals = [join_groups(parts, aleph) for aleph in snakemake.params.alephs]
    correlations = [
        np.tensordot(signal.weights / signal.weights.sum(), signal.correlation[:, :, signal.names.index("a_1")], axes=1)
        for signal in signals
    ]
    grid = spectrogram_grid(correlations, snakemake.params.alephs, signals[0].interval)
    provenance = current.provenance()
    write_grid(grid, snakemake.output.grid, provenance)
