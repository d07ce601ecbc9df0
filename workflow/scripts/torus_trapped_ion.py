"""Effective parameters of the trapped ion, and the region of rescaling parameters and rates that it can reach."""

import numpy as np

from openkerr.analysis.trapped_ion import ion_table, region_table
from openkerr.models.trapped_ion import TrappedIon
from openkerr.runtime.jobs import job
from openkerr.studies.torus_ion.tables import TORUS_ION_REGION, TORUS_TRAPPED_ION
from openkerr.tables.files import write_table

with job(snakemake) as current:
    model, lasers, region = (snakemake.params[name] for name in ("model", "lasers", "region"))
    ion = TrappedIon(**lasers, model=model)
    provenance = current.provenance()
    frame = ion_table(ion.values(), ion.realised, model, ion.ratios, ion.largest_ratio)
    write_table(TORUS_TRAPPED_ION, frame, snakemake.output.ion, provenance)
    frame = region_table(
        region["lamb_dicke"],
        np.geomspace(1.0, region["largest_aleph"], 241),
        heating_rate=max(lasers["heating_rate"]),
        largest_ratio=lasers["largest_ratio"],
        largest_rabi_frequency=region["largest_rabi_frequency"],
        largest_decay=region["largest_decay"],
        secular_frequency=min(lasers["secular_frequency"]),
        population=max(lasers["population"]),
        tunneling=model["tunneling"],
        pump_rate=max(model["pump_rate"]),
        two_photon_loss_rate=max(model["two_photon_loss_rate"]),
    )
    write_table(TORUS_ION_REGION, frame, snakemake.output.region, provenance)
