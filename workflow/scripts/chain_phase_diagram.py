"""Join the jobs of every scan of chain steady states: phase diagram, its boundaries, and what hangs on their rules."""

import pandas as pd

from openkerr.analysis.chain_regimes import RegimeRules, boundaries_table, scan_tables
from openkerr.analysis.regime_sensitivity import regime_sensitivity, shares_of_bands
from openkerr.runtime.io import group_raw, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.chain_map.tables import CHAIN_BOUNDARIES, CHAIN_PHASE_DIAGRAM, CHAIN_REGIME_SENSITIVITY
from openkerr.studies.chain_wave.tables import CHAIN_RNW_BRANCH
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    scans = group_raw(snakemake.input.raw, "geometry", "length", "burn_in", "averaging_time")
    branch = read_table(CHAIN_RNW_BRANCH, snakemake.input.waves)
    rules = RegimeRules(**snakemake.params.regimes)
    tables, shares = [], {}
    for (geometry, length, *_), paths in scans.items():
        parts = [read_raw(path) for path in paths]
        tables.append(scan_tables(parts, branch, rules))
        if geometry == "boundary":
            shares.setdefault(length, []).append(shares_of_bands(parts, tables[-1][0], rules))
    diagram, relaxation = (pd.concat(frames, ignore_index=True) for frames in zip(*tables, strict=True))
    order = ["geometry", "length", "drive_amplitude", "site"]
    provenance = current.provenance()
    write_table(CHAIN_PHASE_DIAGRAM, diagram.sort_values(order), snakemake.output.table, provenance)
    boundaries = boundaries_table(diagram, relaxation, rules)
    write_table(CHAIN_BOUNDARIES, boundaries, snakemake.output.boundaries, provenance)
    boundary = diagram[diagram["geometry"] == "boundary"]
    frames = [pd.DataFrame(columns=CHAIN_REGIME_SENSITIVITY.column_names)]
    for length, found in shares.items():
        rows = regime_sensitivity(boundary[boundary["length"] == length], pd.concat(found), rules)
        frames.append(rows.assign(length=length))
    write_table(CHAIN_REGIME_SENSITIVITY, pd.concat(frames[1:] or frames), snakemake.output.sensitivity, provenance)
