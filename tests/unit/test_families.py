"""Models that differ in one parameter."""

import numpy as np
import pytest

from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.families import vary


def test_equal_entries_stay_equal_and_others_keep_their_difference():
    values = np.linspace(0.6, 1.4, 33)
    equal = vary(KerrDimer(aleph=1.0, omega=(0.7, 0.7)), "omega")
    assert [equal(value).omega for value in values] == [(value, value) for value in values]
    unequal = vary(KerrDimer(aleph=1.0, omega=(1.0, 1.3)), "omega")
    assert unequal(1.0).omega == (1.0, 1.3)
    found = np.array([unequal(value).omega for value in values])
    assert (found[:, 0] == values).all()
    assert found[:, 1] - found[:, 0] == pytest.approx(np.full(values.size, 0.3), abs=1e-15)


def test_all_else_is_kept():
    model = KerrDimer(aleph=3.0, tunneling=0.2, kerr=(0.3, 0.0))
    changed = vary(model, "tunneling")(0.5)
    assert changed.model_dump() == {**model.model_dump(), "tunneling": 0.5}
    with pytest.raises(ValueError, match="no parameter 'omgea'"):
        vary(model, "omgea")
