"""Paths of least action between limit cycle and limit torus."""

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.jobs import job
from openkerr.solvers.families import vary
from openkerr.studies.torus_actions.paths import action_table, path_table, switching_paths
from openkerr.studies.torus_actions.tables import TORUS_ACTION_PATHS, TORUS_ACTIONS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    family = vary(KerrDimer(**snakemake.params.model), "omega")
    models = {omega: family(omega) for omega in snakemake.params.omegas}
    found = {omega: switching_paths(model, **snakemake.params.numerics) for omega, model in models.items()}
    provenance = current.provenance()
    paths = {omega: paths for omega, (paths, _) in found.items()}
    write_table(TORUS_ACTIONS, action_table(paths, models), snakemake.output.actions, provenance)
    laps = {omega: lap for omega, (_, lap) in found.items()}
    write_table(TORUS_ACTION_PATHS, path_table(paths, laps), snakemake.output.paths, provenance)
