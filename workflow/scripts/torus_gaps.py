"""Gaps and frequencies of the torus' lines from the ensembles, about the lines of each case's classical torus."""

from collections import defaultdict
from pathlib import Path

import pandas as pd

from openkerr.analysis.gaps import gaps_table, join_groups, torus_lines
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.runtime.io import read_raw
from openkerr.runtime.jobs import job
from openkerr.solvers.attractor_search import torus_of
from openkerr.solvers.linear_noise import phase_diffusion
from openkerr.solvers.stepped_orbits import stepped_frequencies
from openkerr.studies.torus_gaps.tables import TORUS_GAP_CASES, TORUS_GAPS
from openkerr.tables.files import write_table

with job(snakemake) as current:
    numerics, burn_ins = snakemake.params.numerics, snakemake.params.burn_ins
    files = defaultdict(list)
    for path in snakemake.input.raw:
        files[Path(path).parent.name].append(path)
    gaps, cases, missing = [], [], []
    for case, paths in files.items():
        parameters = snakemake.params.models[case]
        pairs = {
            f"{name}_{mode + 1}": value[mode]
            for name, value in parameters.items()
            if isinstance(value, list)
            for mode in range(2)
        }
        row = {"case": case, "family": snakemake.params.families[case], "tunneling": parameters["tunneling"]}
        row |= pairs | {"time_step": snakemake.params.time_steps[case]}
        orbit, reason = torus_of(KerrDimer(**parameters | {"aleph": 1.0}), [snakemake.params.initial_amplitude] * 2)
        if orbit is None:
            # What has no lines is no fault: its rows are missing, and the tables tell why.
            missing.append(f"no lines of case {case}: {reason}")
            current.log.warning(missing[-1])
            cases.append(row)
            continue
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
        noise = phase_diffusion(orbit).diffusion
        cases.append(
            row
            | {"d_phi_phi": noise[0, 0], "d_phi_psi": noise[0, 1], "d_psi_psi": noise[1, 1]}
            | {"nu_phi": orbit.nu_phi, "nu_psi": orbit.nu_psi, "floquet_rate": -orbit.growth.real.max()}
            | {"nu_phi_step": steps[0], "nu_psi_step": steps[1]}
            | {"step_error": max(stepped.nu_phi_error, stepped.nu_psi_error)}
        )
    provenance = current.provenance() | ({"notes": missing} if missing else {})
    found = pd.concat(gaps, ignore_index=True) if gaps else pd.DataFrame(columns=TORUS_GAPS.column_names)
    write_table(TORUS_GAPS, found, snakemake.output.gaps, provenance)
    table = pd.DataFrame(cases).reindex(columns=TORUS_GAP_CASES.column_names)
    write_table(TORUS_GAP_CASES, table, snakemake.output.cases, provenance)
