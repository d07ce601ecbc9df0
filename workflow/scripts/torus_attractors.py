"""Classes of the classical attractors over omega and tunneling, and the map of power spectra along the sweeps."""

import numpy as np

from openkerr.analysis.attractors import attractors_table
from openkerr.analysis.portraits import spectra_grid
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.torus_attractors.tables import TORUS_ATTRACTORS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    paths = [*snakemake.input.sweeps, *snakemake.input.map]
    provenance = current.provenance()
    write_table(
        TORUS_ATTRACTORS, attractors_table([read_raw(path) for path in paths]), snakemake.output.table, provenance
    )
    up = read_raw(snakemake.input.sweeps[0]).isel(start=0)
    series = (up["series_re"] + 1j * up["series_im"]).transpose("omega", "mode", "sample").values
    spectra = spectra_grid(series[:, :1], up["omega"].values, snakemake.params.sampling_interval)
    spectra = spectra.sel(mode=1, drop=True)
    write_grid(spectra.assign(power_db=spectra["power_db"].astype(np.float32)), snakemake.output.spectra, provenance)
