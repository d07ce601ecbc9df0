"""What names the noise of a run: the parameters that act, whatever else a model has or will have."""

from pathlib import Path

import pytest
from pydantic import Field

from openkerr.models.base import Model
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.rng import stream_seed
from openkerr.run.config import load_config

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = [ROOT / "tests/config/tiny.yaml", ROOT / "config/config.yaml", ROOT / "config/paper.yaml"]

# What named the noise when noise was first named; all that came later must be marked as neutral at its default.
FIRST = {
    KerrDimer: {
        *("omega", "kerr", "tunneling", "pump_rate", "two_photon_loss_rate", "loss_rate", "thermal_occupation"),
        *("two_photon_diffusion", "aleph"),
    },
    BoseHubbardChain: {
        *("detuning", "hopping", "kerr", "loss_rate", "intrinsic_loss_rate", "length", "drive_amplitude", "geometry"),
    },
}


def label(cls: type[Model], **given) -> dict:
    return cls(**given).noise_label(given)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"thermal_occupation": [0.3, 0.3]}, {"thermal_occupation": (0.0, 0.0)}),
        ({"thermal_occupation": [0.3, 0.2], "loss_rate": [0.0, 0.1]}, {"thermal_occupation": (0.0, 0.2)}),
        ({"thermal_occupation": [0.3, 0.2], "loss_rate": [0.1, 0.1]}, {}),
        ({"thermal_occupation": [-0.0, 0.0], "kerr": [-0.0, 0.2]}, {"thermal_occupation": (0.0, 0.0)}),
        ({"two_photon_diffusion": "exact"}, {}),
        (
            {"two_photon_diffusion": "exact", "two_photon_loss_rate": [0.0, 0.0]},
            {"two_photon_diffusion": "paper"},
        ),
        ({"tunneling": 0.0, "kerr": [0.0, 0.0]}, {}),
    ],
)
def test_a_parameter_without_effect_stands_at_its_default(given, wanted):
    given = {"aleph": 200.0} | given
    assert label(KerrDimer, **given) == given | wanted


def test_the_seed_does_not_hang_on_a_parameter_without_effect():
    given = {"aleph": 200.0, "loss_rate": [0.0, 0.0]}
    seeds = {stream_seed(1, label(KerrDimer, **given, thermal_occupation=[n, n])) for n in (0.0, 0.3, 4.0)}
    assert len(seeds) == 1
    lossy = given | {"loss_rate": [0.1, 0.1]}
    assert len({stream_seed(1, label(KerrDimer, **lossy, thermal_occupation=[n, n])) for n in (0.0, 0.3)}) == 2


def test_what_was_not_given_does_not_name_the_noise():
    given = {"length": 4, "drive_amplitude": 2.0}
    assert label(BoseHubbardChain, **given) == given
    assert label(BoseHubbardChain, **given, geometry="uniform") == given | {"geometry": "uniform"}


class LaterDimer(KerrDimer):
    """The cavities with a parameter that came later."""

    shift: float = Field(0.0, json_schema_extra={"unit": "eta", "neutral": True})

    def kernel_parameters(self, method):
        parameters = super().kernel_parameters(method)
        parameters[:2] += self.shift
        return parameters


def test_a_parameter_that_is_added_leaves_the_noise_at_its_default():
    given = {"aleph": 200.0, "tunneling": 0.3}
    assert label(LaterDimer, **given, shift=0.0) == label(KerrDimer, **given) == given
    assert label(LaterDimer, **given, shift=0.1) == given | {"shift": 0.1}


@pytest.mark.parametrize("cls", FIRST)
def test_every_later_parameter_is_marked(cls):
    for name, field in cls.model_fields.items():
        if name not in FIRST[cls]:
            assert not field.is_required() and field.json_schema_extra.get("neutral") is True, name
    assert set(cls.model_fields) >= FIRST[cls]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_recorded_noise_is_that_of_all_parameters(path):
    """No run of the shipped configurations has a parameter without effect that is not at its default."""
    config = load_config(path)
    torus, chain = config.torus.model.model_dump(mode="json"), config.chain.model.model_dump(mode="json")
    runs = [(KerrDimer, torus | {"aleph": case.aleph}) for case in config.torus.populations]
    runs += [(KerrDimer, torus | case.parameters | {"aleph": 1000.0}) for case in config.torus.gaps.variants]
    runs += [
        (BoseHubbardChain, chain | {"length": scan.lengths[0], "geometry": scan.geometry, "drive_amplitude": drive})
        for scan in config.chain.steady_states
        for drive in scan.drive_amplitudes
    ]
    for cls, given in runs:
        first = {name: value for name, value in given.items() if name in FIRST[cls]}
        assert stream_seed(1, label(cls, **given)) == stream_seed(1, first)
