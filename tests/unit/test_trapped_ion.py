"""The trapped ion: formulas of Sec. IV, what is refused, tables, and the region that can be reached."""

from pathlib import Path

import numpy as np
import pytest

from openkerr.__main__ import main
from openkerr.analysis.cavity_circuit import circuit_table
from openkerr.analysis.rescaling import parameters_table
from openkerr.analysis.trapped_ion import ion_table, largest_unit, region_table
from openkerr.models.trapped_ion import IonTarget, TrappedIon
from openkerr.run.config import ConfigError, load_config, validate_config
from openkerr.settings.strict_yaml import load_yaml
from openkerr.studies.torus_attractors.tables import TORUS_PARAMETERS
from openkerr.studies.torus_ion.tables import TORUS_CIRCUIT, TORUS_ION_REGION, TORUS_TRAPPED_ION
from openkerr.tables.files import validate_table

ROOT = Path(__file__).resolve().parents[2]
BLOCK = load_config(ROOT / "tests/config/tiny.yaml").torus.trapped_ion
LIMITS = {
    "largest_ratio": 0.25,
    "largest_rabi_frequency": 300.0,
    "largest_decay": 100.0,
    "secular_frequency": 3000.0,
    "population": 0.77,
    "tunneling": 0.4,
    "pump_rate": 1.0,
    "two_photon_loss_rate": 1.0,
}


def ion(**changes):
    return TrappedIon(**BLOCK.lasers.model_dump() | changes, model=IonTarget(**BLOCK.model.model_dump()))


def test_rates_are_those_of_the_paper():
    one = ion()
    lasers = BLOCK.lasers
    lamb_dicke, rabi, decay = lasers.pump_lamb_dicke[0], lasers.pump_rabi_frequency[0], lasers.pump_decay[0]
    assert one.pump_rate[0] == pytest.approx(lamb_dicke**2 * rabi**2 / decay, rel=1e-14)
    lamb_dicke, rabi, decay = lasers.loss_lamb_dicke[1], lasers.loss_rabi_frequency[1], lasers.loss_decay[1]
    assert one.two_phonon_loss_rate[1] == pytest.approx(lamb_dicke**4 * rabi**2 / (4 * decay), rel=1e-14)
    (first, second), (rabi_1, rabi_2) = lasers.tunneling_lamb_dicke, lasers.tunneling_rabi_frequency
    bare = ion(tunneling_decay=0.0)
    expected = first**2 * second * rabi_1 * rabi_2 / (8 * lasers.tunneling_detuning)
    assert bare.tunneling == pytest.approx(expected, rel=1e-14)
    assert bare.scattering_rates == (0.0, 0.0)
    assert bare.kerr[1] == 12 * lasers.quartic_coefficient[1]


def test_shifts_have_the_sign_of_the_detuning_and_j_does_not():
    above, below = ion(), ion(tunneling_detuning=-500.0)
    assert above.tunneling == below.tunneling > 0
    assert above.kerr_shift == -below.kerr_shift > 0
    assert above.stark_shift == -below.stark_shift > 0
    # J² is the product of both shifts up to the factor of U/2.
    assert above.tunneling**2 == pytest.approx(above.kerr_shift / 2 * above.stark_shift, rel=1e-12)


def test_the_quartic_term_gives_twelve_lambda():
    """Against (a + a†)⁴ itself: second difference of its diagonal elements in the rotating wave."""
    size = 12
    a = np.diag(np.sqrt(np.arange(1, size)), 1)
    levels = np.diag(np.linalg.matrix_power(a + a.T, 4))[: size - 4]
    assert np.diff(levels, 2) == pytest.approx(12.0)
    assert levels[1] - levels[0] == pytest.approx(12.0)


def test_aleph_and_the_unit_lead_back_to_the_rescaled_model():
    one = ion()
    assert one.aleph == pytest.approx(one.pump_rate[0] / one.two_phonon_loss_rate[0])
    for name, values in one.realised.items():
        wanted = getattr(BLOCK.model, name)
        assert values == pytest.approx(wanted if isinstance(wanted, tuple) else (wanted,), rel=2e-3), name
    doubled = TrappedIon(
        **BLOCK.lasers.model_dump(),
        model=BLOCK.model.model_dump() | {"two_photon_loss_rate": (0.5, 0.5)},
    )
    assert doubled.aleph == pytest.approx(one.aleph / 2)
    # All formulas are of first degree in the frequencies.
    lasers = {
        name: value if "lamb_dicke" in name or name in ("population", "largest_ratio") else 2 * np.array(value)
        for name, value in BLOCK.lasers.model_dump().items()
    }
    scaled = TrappedIon(**{k: tuple(v) if np.ndim(v) else v for k, v in lasers.items()}, model=BLOCK.model.model_dump())
    assert scaled.unit == pytest.approx(2 * one.unit) and scaled.aleph == pytest.approx(one.aleph)
    assert [r.value for r in scaled.ratios] == pytest.approx([r.value for r in one.ratios])


def test_one_laser_for_pump_and_loss_is_never_within_the_lamb_dicke_regime():
    for lamb_dicke in (0.01, 0.05, 0.2):
        shared = {
            "pump_lamb_dicke": (lamb_dicke,) * 2, "loss_lamb_dicke": (lamb_dicke,) * 2,
            "tunneling_lamb_dicke": (lamb_dicke,) * 2, "tunneling_decay": 0.0, "largest_ratio": 0.99,
            "pump_rabi_frequency": (1.0, 1.0), "loss_rabi_frequency": (1.0, 1.0),
        }  # fmt: skip
        with pytest.raises(ValueError, match=r"eta_LD sqrt\(n\) of mode 1 is 1\.75"):
            ion(**shared, heating_rate=(0.0, 0.0))


REFUSED = {
    "lamb_dicke": ({"tunneling_lamb_dicke": (0.1, 0.08)}, r"tunneling eta_LD sqrt\(n\) of mode 1 is 0.27"),
    "detuning": ({"tunneling_detuning": 400.0}, r"tunneling Omega/\|Delta\| of mode 2 is 0.3"),
    "far detuning": ({"tunneling_detuning": 1000.0}, r"tunneling \|Delta\|/secular frequency of mode 1 is 0.333"),
    "no detuning": ({"tunneling_detuning": 0.0}, "tunneling_detuning is 0"),
    "pump too strong": (
        {"pump_decay": (4.0, 20.0), "pump_rabi_frequency": (4.77 * 2, 4.77), "loss_rabi_frequency": (168.0, 37.7)},
        r"pump eta_LD Omega sqrt\(n\+1\)/Gamma of mode 1",
    ),
    "broad line": (
        {"pump_decay": (2000.0, 20.0), "pump_rabi_frequency": (47.7, 4.77)},
        "pump Gamma/sideband of mode 1",
    ),
    "heating": ({"heating_rate": (5.0, 30.0)}, "heating/pump rate of mode 2 is 0.656"),
    "scattering": ({"tunneling_decay": 30.0}, "tunneling scattering/wanted rate of mode 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_parameters_outside_the_approximations_are_refused_with_the_ratio(name):
    changes, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        ion(**changes)


def test_the_configuration_refuses_them_in_one_line(tmp_path, capsys):
    config = load_yaml(ROOT / "tests/config/tiny.yaml")
    config["torus"]["trapped_ion"]["lasers"]["tunneling_detuning"] = 400.0
    with pytest.raises(
        ConfigError, match=r"torus.trapped_ion.lasers = .*Omega/\|Delta\| of mode 2 is 0.3, beyond"
    ) as fault:
        validate_config(config)
    assert "\n" not in str(fault.value)
    path = tmp_path / "ion.yaml"
    path.write_text("torus: {trapped_ion: {lasers: {tunneling_detuning: 400.0}}}\n")
    assert main(["ion", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "tunneling Omega/|Delta|" in said


def test_the_command_prints_rates_and_every_ratio(capsys):
    assert main(["ion"]) == 0
    said = capsys.readouterr().out
    for ratio in ion().ratios:
        assert ratio.name in said
    assert "stark_shift" in said and "kerr_shift" in said and "each to be at most 0.25" in said


def test_tables_hold_their_schemas():
    one = ion()
    frame = ion_table(one.values(), one.realised, BLOCK.model.model_dump(), one.ratios, one.largest_ratio)
    checked = validate_table(TORUS_TRAPPED_ION, frame).set_index(["kind", "name", "mode"])
    assert checked.loc[("rescaled", "tunneling", 0), "reference"] == 0.4
    assert checked.loc[("effective", "aleph", 0), "value"] == one.aleph
    assert len(checked.loc["ratio"]) == len(one.ratios)
    validate_table(TORUS_ION_REGION, region_table([0.05, 0.1], [1.0, 10.0, 100.0], 5.0, **LIMITS))
    table = validate_table(TORUS_PARAMETERS, parameters_table(BLOCK.model.model_dump(), [1.0, 100.0]))
    values = table[table["aleph"] == 100].set_index(["parameter", "mode"])["value"]
    assert values["kerr", 1] == pytest.approx(1e-3) and values["tunneling", 0] == pytest.approx(0.04)
    assert values["pump_rate", 2] == 1.0 and values["two_photon_loss_rate", 1] == pytest.approx(0.01)


@pytest.mark.parametrize(("lamb_dicke", "aleph"), [(0.05, 3.0), (0.05, 30.0), (0.1, 7.0), (0.2, 1.5)])
def test_the_largest_unit_is_reached_by_lasers_within_the_approximations_and_no_larger_one_is(lamb_dicke, aleph):
    """Lasers built for the unit pass; for one a little larger, built the same way, they are refused."""
    unit, bound = largest_unit(lamb_dicke, aleph, **LIMITS)
    assert bound == "tunneling"
    small, phonons = LIMITS["largest_ratio"], aleph * LIMITS["population"]

    def build(unit):
        exchange = 0.4 * unit / np.sqrt(aleph)
        rabi = 8 * exchange / (lamb_dicke**3 * small) * (1 - 1e-8)
        decay = 100.0
        gain, loss = unit, unit / aleph
        pump = min(decay, 300.0 * lamb_dicke * np.sqrt(phonons + 1) / small)
        lost = min(decay, 300.0 * lamb_dicke**2 * phonons / (2 * small))
        return ion(
            pump_lamb_dicke=(lamb_dicke,) * 2, loss_lamb_dicke=(lamb_dicke,) * 2,
            tunneling_lamb_dicke=(lamb_dicke,) * 2, pump_decay=(pump,) * 2, loss_decay=(lost,) * 2,
            tunneling_decay=0.0, heating_rate=(0.0, 0.0),
            pump_rabi_frequency=(np.sqrt(gain * pump) / lamb_dicke,) * 2,
            loss_rabi_frequency=(2 * np.sqrt(loss * lost) / lamb_dicke**2,) * 2,
            tunneling_rabi_frequency=(rabi,) * 2, tunneling_detuning=rabi / small * (1 + 1e-9),
            population=(0.77, 0.77),
        )  # fmt: skip

    good = build(unit)
    assert good.aleph == pytest.approx(aleph) and good.unit == pytest.approx(unit)
    with pytest.raises(ValueError, match=r"beyond largest_ratio"):
        build(1.01 * unit)


def test_the_region_ends_where_the_lamb_dicke_ratio_does():
    end = 0.25**2 / (0.1**2 * 0.77)
    assert largest_unit(0.1, 0.999 * end, **LIMITS)[0] > 0
    assert largest_unit(0.1, 1.001 * end, **LIMITS) == (0.0, "lamb_dicke")


def test_a_circuit_has_the_rates_of_its_couplings_and_the_units_of_the_model():
    model = {"omega": (1.0, 0.5), "kerr": (0.1, 0.2), "tunneling": 0.4, "pump_rate": (1.0, 2.0)}
    model["two_photon_loss_rate"] = (1.0, 1.0)
    circuit = {
        "frequency": (5.0, 7.0), "quality": (5e6, 7e6), "kerr": (0.1, 0.2), "josephson_energy": 100.0,
        "modulation": 0.1, "zero_point_phase": (0.01, 0.02), "buffer_coupling": (0.05, 0.05),
        "buffer_decay": (10.0, 10.0), "gain_coupling": (0.5, 0.5), "gain_decay": (10.0, 5.0),
        "population": (0.5, 0.25), "largest_ratio": 0.2,
    }  # fmt: skip
    table = validate_table(TORUS_CIRCUIT, circuit_table(model, circuit)).set_index(["kind", "name", "mode"])["value"]
    effective, rescaled, ratio = (table[kind] for kind in ("effective", "rescaled", "ratio"))
    # gamma = 4 0.5²/10 MHz = 100 kHz is the unit, eta = 4 0.05²/10 MHz = 1 kHz, so aleph = 100.
    assert effective["unit", 0] == pytest.approx(100) and effective["aleph", 0] == pytest.approx(100)
    assert effective["pump_rate", 2] == pytest.approx(200) and rescaled["pump_rate", 2] == pytest.approx(2)
    assert effective["single_photon_loss", 1] == pytest.approx(1.0)
    # J = 1e8 kHz 0.1 1e-4 0.02/2 = 10 kHz; times sqrt(aleph) over the unit.
    assert effective["tunneling", 0] == pytest.approx(10) and rescaled["tunneling", 0] == pytest.approx(1.0)
    assert rescaled["kerr", 2] == pytest.approx(0.2) and rescaled["two_photon_loss_rate", 1] == pytest.approx(1)
    # The pump is off 2 omega_1 - omega_2 by what the model's frequencies ask for, 1.5 units.
    assert effective["tunneling_pump_frequency", 0] == pytest.approx(3 - 1.5e-4, rel=1e-12)
    assert ratio["zero-point phase sqrt(n)", 2] == pytest.approx(0.02 * 5)
    assert ratio["loss 4 g sqrt(n)/kappa", 1] == pytest.approx(4 * 0.05 * 50**0.5 / 10)
    assert ratio["single-photon loss/pump rate", 1] == pytest.approx(0.01)


def test_the_buffer_of_the_circuit_leaves_the_rate_of_its_elimination():
    """Two-photon decay of a cavity with a damped buffer, by its equations without the elimination."""
    coupling, decay = 0.02, 10.0
    exchange = np.array([[0, -1j * coupling * 2**0.5], [-1j * coupling * 2**0.5, -decay / 2]])
    slow = -2 * np.linalg.eigvals(exchange).real.max()
    # From two photons to the buffer and out: the rate 2 eta of D[a²] at n = 2.
    assert slow == pytest.approx(2 * 4 * coupling**2 / decay, rel=2e-4)
