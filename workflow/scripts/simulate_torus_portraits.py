"""Long orbits of the classical cavities on their attractors, at the frequencies of which portraits are drawn."""

import numpy as np
import xarray as xr

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.families import vary
from openkerr.solvers.ode import integrate
from openkerr.solvers.time_grid import TimeGrid

with job(snakemake) as current:
    numerics = snakemake.params.numerics
    grid = TimeGrid.from_times(numerics["portrait_time_step"], 0.2, numerics["burn_in"] + numerics["portrait_time"])
    runs = [
        integrate(
            vary(KerrDimer(**snakemake.params.model), "omega")(omega),
            grid,
            start=[snakemake.params.initial_amplitude] * 2,
            keep_from=numerics["burn_in"],
        )
        for omega in numerics["portraits"]
    ]
    states = np.concatenate([run.states for run in runs])
    data = xr.Dataset(
        {
            "field_re": (("omega", "mode", "time"), states.real, {"units": "1"}),
            "field_im": (("omega", "mode", "time"), states.imag, {"units": "1"}),
        },
        coords={
            "omega": ("omega", np.array(numerics["portraits"]), {"units": "eta"}),
            "mode": [1, 2],
            "time": ("time", runs[0].times, {"units": "1/eta"}),
        },
    )
    write_raw(data, snakemake.output[0], current.provenance())
