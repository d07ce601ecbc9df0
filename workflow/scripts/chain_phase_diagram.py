"""Join the jobs of every scan of chain steady states into the table of the phase diagram."""

from collections import defaultdict

import pandas as pd

from openkerr.analysis.photon_statistics import phase_diagram_table
from openkerr.io import read_provenance, read_raw
from openkerr.jobs import job
from openkerr.provenance import file_sha256
from openkerr.tables import write_table

with job(snakemake) as current:
    scans = defaultdict(lambda: defaultdict(list))
    for path in snakemake.input.raw:
        parameters = read_provenance(path)["parameters"]
        model, window = parameters["model"], parameters["numerics"]["averaging_time"]
        scan = scans[model["geometry"], model["length"], window]
        scan[tuple(parameters["drive_amplitudes"])].append(read_raw(path))
    frames = [
        phase_diagram_table(jobs.values(), geometry=geometry, length=length, window=window)
        for (geometry, length, window), jobs in scans.items()
    ]
    write_table(
        "chain_phase_diagram",
        pd.concat(frames, ignore_index=True),
        snakemake.output.table,
        current.provenance(raw={path: file_sha256(path) for path in snakemake.input.raw}),
    )
