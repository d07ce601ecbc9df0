"""Join the jobs of every scan of chain steady states into the tables of the phase diagram and of its boundaries."""

import pandas as pd

from openkerr.analysis.chain_regimes import RegimeRules, boundaries_table, scan_tables
from openkerr.runtime.io import group_raw, read_raw
from openkerr.runtime.jobs import job
from openkerr.studies.chain_map.tables import CHAIN_BOUNDARIES, CHAIN_PHASE_DIAGRAM
from openkerr.studies.chain_wave.tables import CHAIN_RNW_BRANCH
from openkerr.tables.files import read_table, write_table

with job(snakemake) as current:
    scans = group_raw(snakemake.input.raw, "geometry", "length", "burn_in", "averaging_time")
    branch = read_table(CHAIN_RNW_BRANCH, snakemake.input.waves)
    rules = RegimeRules(**snakemake.params.regimes)
    tables = [scan_tables([read_raw(path) for path in paths], branch, rules) for paths in scans.values()]
    diagram, relaxation = (pd.concat(frames, ignore_index=True) for frames in zip(*tables, strict=True))
    order = ["geometry", "length", "drive_amplitude", "site"]
    provenance = current.provenance()
    write_table(CHAIN_PHASE_DIAGRAM, diagram.sort_values(order), snakemake.output.table, provenance)
    boundaries = boundaries_table(diagram, relaxation, rules)
    write_table(CHAIN_BOUNDARIES, boundaries, snakemake.output.boundaries, provenance)
