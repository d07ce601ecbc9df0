"""Compile every kernel that the simulations use, so that jobs started together load it from disk."""

import json
import time

from openkerr.io import atomic_output
from openkerr.jobs import job
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

with job(snakemake) as current:
    seconds = {}
    for model in (KerrDimer(aleph=100.0), BoseHubbardChain(length=2, drive_amplitude=1.0)):
        began = time.perf_counter()
        simulate_ensemble(
            model,
            TimeGrid.from_times(0.01, 0.02, 0.02),
            start=[0, 0],
            seed=0,
            trajectories=range(8),
            batch_size=8,
        )
        seconds[type(model).__name__] = time.perf_counter() - began
        current.log.info("%s: %.1f s", type(model).__name__, seconds[type(model).__name__])
    with atomic_output(snakemake.output[0]) as path:
        path.write_text(json.dumps(seconds, indent=2, sort_keys=True) + "\n", encoding="utf-8")
