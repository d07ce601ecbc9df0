"""Blocks of the configuration for Wigner functions, circular variance and switching: what they refuse."""

import copy
from pathlib import Path

import pytest
import yaml

from openkerr.run.config import ConfigError, validate_config

TINY = yaml.safe_load((Path(__file__).parents[1] / "config/tiny.yaml").read_text(encoding="utf-8"))


def changed(block, key, value):
    config = copy.deepcopy(TINY)
    config["torus"][block][key] = value
    return config


@pytest.mark.parametrize("loss", [[1.0, 1.0], [1.2, 1.0]])
def test_cavities_that_lose_all_are_refused(loss):
    """Where no cavity gains the classical field decays to zero: no cycle, no torus, nothing to draw."""
    config = copy.deepcopy(TINY)
    config["torus"]["model"]["loss_rate"] = [0.99, loss[1]]
    validate_config(config)
    config["torus"]["model"]["loss_rate"] = loss
    with pytest.raises(ConfigError, match=r"torus\.model\.loss_rate = \[.*below pump_rate, 1 in cavity 1 or 1 in"):
        validate_config(config)
    config["torus"]["model"]["loss_rate"] = [0.0, 0.0]
    config["torus"]["gaps"]["variants"][0]["loss_rate"] = loss
    with pytest.raises(ConfigError, match=r"variants\[loss_1em2\]\.loss_rate = \[.*below pump_rate"):
        validate_config(config)


def test_a_cavity_with_gain_that_nothing_limits_is_refused():
    config = copy.deepcopy(TINY)
    config["torus"]["model"].update(two_photon_loss_rate=[1.0, 0.0], loss_rate=[0.0, 1.0])
    validate_config(config)
    config["torus"]["model"]["loss_rate"] = [0.0, 0.5]
    with pytest.raises(
        ConfigError, match=r"torus\.model\.two_photon_loss_rate\[1\] = 0\.0 .*cavity 2 gains more .*1 > 0\.5"
    ):
        validate_config(config)


def test_lines_are_drawn_where_all_else_is_held_against_them():
    config = copy.deepcopy(TINY)
    config["torus"]["model"]["omega"] = [1.0, 1.3]
    validate_config(config)
    config["torus"]["model"]["omega"] = [1.2, 1.2]
    with pytest.raises(ConfigError, match=r"attractors\.portraits = \[.*torus\.model\.omega\[0\] = 1\.2 among them"):
        validate_config(config)
    config["torus"]["attractors"]["portraits"] = [0.8, 1.2]
    validate_config(config)


@pytest.mark.parametrize(
    ("block", "key", "good", "bad"),
    [
        ("wigner", "times", [0.0, 5.0], [0.0, 5.5]),
        ("wigner", "times", [5.0, 10.0], [10.0, 5.0]),
        ("wigner", "n_weighted", 16, 65),
        ("wigner", "noise", "gaussian", "discrete"),
        ("wigner", "stepper", "runge_kutta", "strang"),
        ("wigner", "time_step", 0.5, 0.625),
        ("wigner", "alephs", [1.0, 2.0], [2.0, 1.0]),
        ("circular_variance", "noise", "discrete", "none"),
        ("circular_variance", "first_time", 29.0, 30.0),
        ("circular_variance", "aleph_windows", [[500.0, 2000.0]], [[600.0, 2000.0]]),
        ("circular_variance", "time_windows", [[1.0, 2.0]], [[2.0, 2.0]]),
        ("circular_variance", "final_time", 40.0, 40.3),
        ("switching", "window", 20.0, 21.0),
        ("switching", "omegas", [0.9, 0.95], [0.95, 0.9]),
        ("switching", "batch_size", 2, 3),
        ("switching", "noise", "gaussian", "discrete"),
    ],
)
def test_limits_are_where_they_are_said_to_be(block, key, good, bad):
    validate_config(changed(block, key, good))
    with pytest.raises(ConfigError, match=rf"^torus.{block}.{key}.* not allowed; allowed: "):
        validate_config(changed(block, key, bad))


def test_an_aleph_that_the_model_refuses_is_named():
    config = changed("wigner", "alephs", [1.0, 2000.0])
    config["torus"]["model"]["two_photon_diffusion"] = "exact"
    for sector in config["torus"]["liouvillian"]["sectors"]:
        sector["alephs"] = [2.0, 4.0]
    config["torus"]["liouvillian"]["eigenmatrix_alephs"] = [2.0]
    with pytest.raises(ConfigError, match=r"^torus.wigner.alephs\[0\]"):
        validate_config(config)
