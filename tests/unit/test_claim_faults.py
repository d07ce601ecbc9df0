"""Every rule of the ledger can be fulfilled, and fails on a table that a reader would call a failure."""

from pathlib import Path

import pytest
from systems import claim_faults_chain, claim_faults_torus
from systems.claim_faults import sound_tables, spoiled

from openkerr.claims.ledger import load_claims
from openkerr.claims.verdicts import judge
from openkerr.run.tables import TABLES

LEDGER = {claim.name: claim for claim in load_claims(Path(__file__).resolve().parents[2] / "config/claims.yaml").claims}
CASES = {**claim_faults_chain.CASES, **claim_faults_torus.CASES}
PENDING = claim_faults_chain.PENDING | claim_faults_torus.PENDING
"""Claims that some planted fault passes: to be mended, strictly."""


def escapes(claim):
    """What does not come out as it must: sound tables that are not reproduced, faults that do not deviate."""
    worlds = [("sound", sound_tables(claim), "reproduced")]
    worlds += [(name, tables, "deviates") for name, tables in spoiled(claim)]
    case = CASES.get(claim.name)
    if case is not None:
        worlds.append(("sound case", case.tables, "reproduced"))
        worlds += [(name, fault(case.tables), "deviates") for name, fault in case.faults.items()]
    found = [(name, judge(claim, tables), wanted) for name, tables, wanted in worlds]
    return [f"{name}: {verdict}" for name, verdict, wanted in found if verdict.verdict != wanted], len(found)


@pytest.mark.parametrize("name", LEDGER)
def test_a_planted_fault_makes_a_claim_deviate(name):
    out, tried = escapes(LEDGER[name])
    assert tried >= 2
    if name in PENDING:
        assert out, f"{name} catches all faults: take it off PENDING"
    else:
        assert not out, "\n".join(out)


def test_cases_are_of_claims_and_of_columns_that_there_are():
    assert {*CASES, *PENDING} <= set(LEDGER)
    for name, case in CASES.items():
        assert case.faults, name
        for table, frame in case.tables.items():
            assert set(frame.columns) <= set(TABLES[table].column_names), (name, table)
