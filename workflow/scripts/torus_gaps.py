"""Gaps and frequencies of the torus' lines from the ensembles, about the lines of each case's classical torus."""

from collections import defaultdict
from pathlib import Path

import pandas as pd

from openkerr.analysis.gaps import gaps_table, join_groups, torus_lines
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.stepped_orbits import stepped_frequencies
from openkerr.studies.torus_gaps.tables import TORUS_GAP_CASES, TORUS_GAPS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    numerics, burn_ins = snakemake.params.numerics, snakemake.params.burn_ins
    files = defaultdict(list)
    for path in snakemake.input.raw:
        files[Path(path).parent.name].append(path)
    gaps, cases = [], []
    for case, paths in files.items():
        parameters = snakemake.params.models[case]
        orbit = find_attractor(KerrDimer(**parameters | {"aleph": 1.0}), [snakemake.params.initial_amplitude] * 2)
        if not hasattr(orbit, "nu_psi"):
            raise ValueError(f"case {case} has no limit torus: its attractor is a limit cycle")
        stepped = stepped_frequencies(
            orbit,
            snakemake.params.time_steps[case],
            numerics["sampling_interval"],
            stepper=numerics["stepper"],
            precision=numerics["precision"],
        )
        steps = stepped.nu_phi - orbit.nu_phi, stepped.nu_psi - orbit.nu_psi
        parts = [read_raw(path) for path in paths]
        for aleph in sorted({float(aleph) for part in parts for aleph in part["lag_aleph"].values}):
            # Rates of the dual scaling are larger by aleph, times shorter.
            faster = aleph if case == "dual" else 1.0
            found = gaps_table(
                join_groups(parts, aleph),
                torus_lines(
                    *(faster * orbit.nu_phi, faster * orbit.nu_psi, numerics["max_line_order"]),
                    *(faster * step for step in steps),
                ),
                faster * orbit.nu_psi,
                burn_ins[case] / faster,
                tuple(numerics["fit_range"]),
            )
            gaps.append(found.assign(case=case, aleph=aleph))
            current.log.info("%s at aleph = %g: %d estimates", case, aleph, len(found))
        pairs = {
            f"{name}_{mode + 1}": value[mode]
            for name, value in parameters.items()
            if isinstance(value, list)
            for mode in range(2)
        }
        cases.append(
            {"case": case, "family": snakemake.params.families[case], "tunneling": parameters["tunneling"]}
            | pairs
            | {"nu_phi": orbit.nu_phi, "nu_psi": orbit.nu_psi, "floquet_rate": -orbit.growth.real.max()}
            | {"time_step": snakemake.params.time_steps[case], "nu_phi_step": steps[0], "nu_psi_step": steps[1]}
            | {"step_error": max(stepped.nu_phi_error, stepped.nu_psi_error)}
        )
    provenance = current.provenance()
    write_table(TORUS_GAPS, pd.concat(gaps, ignore_index=True), snakemake.output.gaps, provenance)
    write_table(TORUS_GAP_CASES, pd.DataFrame(cases), snakemake.output.cases, provenance)
