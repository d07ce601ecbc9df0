"""The chain in units of a circuit, by hand."""

import numpy as np
import pytest

from openkerr.analysis.chain_circuit import circuit_table
from openkerr.studies.chain_wave.tables import CHAIN_CIRCUIT
from openkerr.tables.files import validate_table

MODEL = {"detuning": 2.5, "hopping": 2.0, "kerr": 0.1, "loss_rate": 1.0}
CIRCUIT = {"loss_rate": 10.0, "frequency": 6.0, "quality": 1e6}


def test_rates_losses_and_power_of_a_circuit():
    table = validate_table(CHAIN_CIRCUIT, circuit_table(MODEL, CIRCUIT, 10.0)).set_index("name")["value"]
    assert table[["loss_rate", "detuning", "hopping", "kerr"]].tolist() == pytest.approx([10, 25, 20, 1])
    assert table["intrinsic_loss_rate"] == pytest.approx(0.006), "6 GHz over a million"
    assert table["intrinsic_loss"] == pytest.approx(6e-4)
    assert table["largest_shift"] == pytest.approx(65.0)
    assert table["rate_over_frequency"] == pytest.approx(100 / 6000), "the drive, 100 MHz, is the largest"
    assert table["time"] == pytest.approx(1 / (2 * np.pi * 10))
    # 100 photons in 1/gamma, each of 6 GHz: 2π·10⁷/s · 100 · 3.976e-24 J = 2.5e-14 W.
    assert 1e-3 * 10 ** (table["drive_power"] / 10) == pytest.approx(2 * np.pi * 1e9 * 3.97564e-24, rel=1e-5)


def test_the_unit_is_the_loss_of_an_end_whatever_it_is_called():
    """A chain in which every rate is doubled is the same circuit."""
    double = {name: 2 * value for name, value in MODEL.items()}
    one, two = circuit_table(MODEL, CIRCUIT, 10.0), circuit_table(double, CIRCUIT, 20.0)
    known = ~one["name"].isin(["intrinsic_loss", "time"])
    np.testing.assert_allclose(one["value"][known], two["value"][known])
    assert circuit_table(MODEL | {"loss_rate": 0.0}, CIRCUIT, 10.0).empty
