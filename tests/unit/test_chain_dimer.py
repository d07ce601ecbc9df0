"""Exact steady states of two sites as tables: what the spaces left out is told as an error."""

import numpy as np
import pytest

from openkerr.analysis.chain_dimer import dimer_table, space_table
from openkerr.numerics.stats import remainder
from openkerr.solvers.exact import SpaceCheck, cutoff_error
from openkerr.studies.chain_dimer.raw import exact_dataset
from openkerr.studies.chain_dimer.tables import CHAIN_DIMER, CHAIN_DIMER_SPACES
from openkerr.tables.files import validate_table


def space(size, number, edge):
    pairs = np.array([number**2, number**2])
    return SpaceCheck(size, np.array([number, number]), pairs, edge, 1e-8, 0.0, "iterative", 40, 0.1)


def spaces(ratio, edge, limit=10.0):
    """Photon numbers that come to a limit by a factor from space to space, and edges that fall off by another."""
    return [space(40 + k, limit * (1 + 0.1 * ratio**k), 1e-2 * edge**k) for k in range(5)]


def test_the_sum_of_a_geometric_series_beyond_a_term():
    assert remainder(0.8) == pytest.approx(sum(0.8**k for k in range(1, 200)))
    assert remainder(0.1, 0.2) == 1.0 and remainder(0.3, 1.0) == pytest.approx(9.0)


@pytest.mark.parametrize(("ratio", "edge"), [(0.8, 0.3), (0.6, 0.1), (0.2, 0.8)])
def test_the_error_of_a_space_holds_the_distance_from_the_limit(ratio, edge):
    """Slow convergence, of which a last small change tells little."""
    checks = spaces(ratio, edge)
    off = abs(checks[-1].photon_numbers[0] / 10 - 1)
    assert 0.999 * off < cutoff_error(checks) < max(30 * off, 0.1)
    data = exact_dataset([checks, checks[:2]], [True, False], [1.0, 2.0], 0.1)
    table = validate_table(CHAIN_DIMER_SPACES, space_table([data]))
    assert len(table) == 2 * (5 + 2)
    states = validate_table(CHAIN_DIMER, dimer_table(table, []).reindex(columns=CHAIN_DIMER.column_names))
    row = states[states["drive_amplitude"] == 1.0].iloc[0]
    assert row["outcome"] == "limited" and row["photon_number_stderr"] > 0.999 * abs(row["photon_number"] - 10)
    assert (states.loc[states["drive_amplitude"] == 2.0, "outcome"] == "converged").all()
