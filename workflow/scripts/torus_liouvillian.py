"""Join the charge sectors into the table of spectra, and their eigenmatrices into a grid."""

import pandas as pd

from openkerr.analysis.liouvillian import eigenmatrix_grid, liouvillian_table
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.studies.torus_liouvillian.tables import TORUS_LIOUVILLIAN
from openkerr.tables.files import write_table

with job(snakemake) as current:
    sectors = sorted(map(read_raw, snakemake.input.sectors), key=lambda data: data["charge"].item())
    provenance = current.provenance()
    spectrum = pd.concat(map(liouvillian_table, sectors))
    write_table(TORUS_LIOUVILLIAN, spectrum, snakemake.output.spectrum, provenance)
    write_grid(eigenmatrix_grid(sectors), snakemake.output.eigenmatrices, provenance)
