"""Slow modes of the Liouvillian of the two cavities in one charge sector, up a ladder in aleph."""

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.liouvillian_ladder import LadderOptions, solve_ladder
from openkerr.studies.torus_liouvillian.raw import join_rungs, line_shifts, rung_dataset, torus_points

with job(snakemake) as current:
    parameters, alephs = snakemake.params.model, snakemake.params.alephs
    attractor = find_attractor(KerrDimer(**parameters, aleph=1.0), [snakemake.params.initial_amplitude] * 2)
    torus = torus_points(attractor)
    options = [
        LadderOptions(
            n_values=snakemake.params.n_values,
            basis_tolerance=tolerance,
            # Eigenvalues to a share of what the basis leaves open.
            tolerance=tolerance / 30,
            shifts=line_shifts(attractor, snakemake.params.charge),
            max_size=snakemake.resources.max_coherences,
        )
        for tolerance in snakemake.params.basis_tolerances
    ]
    with current.checkpoint() as checkpoint:
        rungs = solve_ladder(
            [KerrDimer(**parameters, aleph=aleph) for aleph in alephs],
            alephs,
            snakemake.params.charge,
            (12, 10),
            options,
            checkpoint=checkpoint,
            progress=lambda rung: current.log.info(
                "aleph %g: %d coherences, %d products", rung.scale, rung.basis.size, rung.modes.n_products
            ),
        )
        kept = snakemake.params.eigenmatrix_alephs
        data = [rung_dataset(rung, torus, operators=rung.scale in kept) for rung in rungs]
        write_raw(join_rungs(data, alephs, torus), snakemake.output[0], current.provenance())
