"""Slow modes of the Liouvillian of the two cavities in one charge sector, by continuation in aleph."""

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import write_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.liouvillian_continuation import ContinuationOptions, continue_modes
from openkerr.studies.torus_liouvillian.raw import join_alephs, line_shifts, modes_dataset, torus_points

with job(snakemake) as current:
    parameters, alephs = snakemake.params.model, snakemake.params.alephs
    attractor = find_attractor(KerrDimer(**parameters, aleph=1.0), [snakemake.params.initial_amplitude] * 2)
    torus = torus_points(attractor)
    options = [
        ContinuationOptions(
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
        solutions = continue_modes(
            [KerrDimer(**parameters, aleph=aleph) for aleph in alephs],
            alephs,
            snakemake.params.charge,
            (12, 10),
            options,
            checkpoint=checkpoint,
            progress=lambda solution: current.log.info(
                "aleph %g: %d coherences, %d products", solution.scale, solution.basis.size, solution.modes.n_products
            ),
        )
        kept = snakemake.params.eigenmatrix_alephs
        data = [modes_dataset(solution, torus, operators=solution.scale in kept) for solution in solutions]
        write_raw(join_alephs(data, alephs, torus), snakemake.output[0], current.provenance())
