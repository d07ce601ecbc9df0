"""Wigner functions of the two cavities, classical points beside them, and the weight in the area of the torus."""

import numpy as np

from openkerr.analysis.torus_paths import distance_table, swing_table
from openkerr.analysis.wigner_maps import join_jobs, weight_table, wigner_density
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import read_raw, write_grid
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import attractor_radii, find_attractor
from openkerr.solvers.ode import integrate
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_melting.tables import TORUS_DISTANCES, TORUS_SWINGS, TORUS_WIGNER_WEIGHT
from openkerr.tables.files import write_table

with job(snakemake) as current:
    provenance = current.provenance()
    data = join_jobs([read_raw(path) for path in snakemake.input.raw])
    write_table(TORUS_WIGNER_WEIGHT, weight_table(data), snakemake.output.weight, provenance)
    write_table(TORUS_SWINGS, swing_table(data), snakemake.output.swings, provenance)
    write_table(TORUS_DISTANCES, distance_table(data), snakemake.output.distances, provenance)
    model, start = KerrDimer(**snakemake.params.model), [snakemake.params.initial_amplitude] * 2
    times, interval = data["time"].values, snakemake.params.sampling_interval
    grid = TimeGrid.from_times(snakemake.params.gpe_time_step, interval, times[-1])
    classical = integrate(model, grid, start=start).states[0][:, np.round(times / interval).astype(int)]
    maps = wigner_density(data).to_dataset(name="wigner")
    maps["gpe_re"] = (("mode", "time"), classical.real, {"units": "1"})
    maps["gpe_im"] = (("mode", "time"), classical.imag, {"units": "1"})
    radii = attractor_radii(find_attractor(model, start))
    maps["torus_radius"] = (("mode", "edge"), radii, {"units": "1"})
    maps["n_trajectories"] = data["n_trajectories"].assign_attrs(units="1")
    write_grid(maps.assign_coords(edge=["inner", "outer"]), snakemake.output.grid, provenance)
