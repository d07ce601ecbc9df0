"""Limit cycle and limit torus followed in omega by Newton's method, and where they end."""

from openkerr.analysis.attractors import bifurcations_table, branches_table
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.jobs import job
from openkerr.solvers.transition import follow_attractors
from openkerr.studies.torus_attractors.tables import TORUS_BIFURCATIONS, TORUS_BRANCHES
from openkerr.tables.files import write_table

with job(snakemake) as current:
    model = KerrDimer(**snakemake.params.model)
    branches, homoclinics = follow_attractors(
        model,
        "omega",
        tuple(snakemake.params.omega_limits),
        [snakemake.params.initial_amplitude] * 2,
        snakemake.params.max_period,
    )
    provenance = current.provenance()
    write_table(TORUS_BRANCHES, branches_table(branches, model.tunneling), snakemake.output.branches, provenance)
    write_table(
        TORUS_BIFURCATIONS,
        bifurcations_table(branches, homoclinics, model.tunneling),
        snakemake.output.bifurcations,
        provenance,
    )
