"""Configuration of the chain's OTOC and Lyapunov exponents: what joins several keys."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from openkerr.run.config import ConfigError, load_config, validate_config

ROOT = Path(__file__).resolve().parents[2]
TINY = yaml.safe_load((ROOT / "tests/config/tiny.yaml").read_text())
CONFIGS = [ROOT / "tests/config/tiny.yaml", ROOT / "config/config.yaml", ROOT / "config/paper.yaml"]


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("otoc", "cases", 0, "drawn_angle"), 1e-3, "a value of angles"),
        (("otoc", "cases", 0, "angles"), [1e-2, 1e-4], "strictly increasing"),
        (("otoc", "cases", 0, "sampling_interval"), 0.52, "time_step|sampling_interval"),
        (("otoc", "cases", 0, "saturation_time"), 11.0, "at most a third of final_time = 30"),
        (("otoc", "cases", 0, "dense_time"), 10.25, "sampling_interval = 0.5"),
        (("otoc", "cases", 1, "name"), "weak", "no other entry"),
        (("otoc", "batch_size"), 2, "at most 1, for an error from 16 batches"),
        (("otoc", "batch_size"), 3, "at most 1|a divisor of n_trajectories = 16"),
        (("otoc", "light_cone_levels"), [0.1, 0.01, 0.001], "strictly increasing"),
        (("otoc", "front_levels"), [0.1, 0.01, 0.001], "strictly increasing"),
        (("otoc", "ray_velocities"), [2.0, 1.0], "strictly increasing"),
        (("otoc", "cases", 0, "sources"), [1, 5], "a site, 1 to length = 4"),
        (("otoc", "cases", 0, "sources"), [2, 3], "1, the driven site"),
        (("otoc", "cases", 0, "sources"), [1, 1], "strictly increasing"),
        (("moments", "clones"), [4, 65], "2 to 64, or a multiple of 64"),
        (("moments", "clones"), [8, 4], "strictly increasing"),
        (("moments", "n_populations"), 15, "16"),
        (("moments", "interval"), 0.52, "a whole multiple of time_step = 0.05"),
        (("moments", "burn_in_step"), 0.15, "burn_in_step"),
        (("moments", "cases", 0, "relaxation_time"), 6.0, "at most half of final_time = 10"),
        (("moments", "cases", 0, "early_time"), 10.5, "at most final_time = 10"),
        (("moments", "cases", 0, "alignment"), 5.2, "a whole multiple of interval = 0.5"),
        (("lyapunov", "interval"), 0.21, "a whole multiple of time_step = 0.025"),
        (("lyapunov", "burn_in_step"), 0.15, "burn_in_step"),
        (("lyapunov", "n_trajectories"), 15, "16"),
        (("lyapunov", "scans", 0, "n_exponents"), 9, "at most 2 length = 8"),
        (("lyapunov", "scans", 0, "averaging_time"), 3.4, "a whole multiple of 16 intervals = 3.2"),
        (("lyapunov", "scans", 0, "alignment"), 0.3, "a whole multiple of interval = 0.2"),
        (("lyapunov", "scans", 0, "drive_amplitudes"), [6.0, 1.0], "strictly increasing"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(path, value, text):
    config = deepcopy(TINY)
    place = config["chain"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ConfigError, match=text) as caught:
        validate_config(config)
    assert str(caught.value).startswith(f"chain.{path[0]}") and "\n" not in str(caught.value)


def test_a_chain_is_simulated_once():
    for block, key in (("otoc", "cases"), ("moments", "cases"), ("lyapunov", "scans")):
        config = deepcopy(TINY)
        again = deepcopy(config["chain"][block][key][0]) | {"name": "again"}
        config["chain"][block][key].append(again)
        with pytest.raises(ConfigError, match=rf"^chain.{block}.{key}\[again\].drive_amplitude"):
            validate_config(config)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_sources_hold_both_ends_and_the_middle(path):
    for case in load_config(path).chain.otoc.cases:
        assert {1, case.length // 2, case.length} <= set(case.sources)


def test_every_otoc_and_moment_of_the_scales_has_its_exponent():
    for path in CONFIGS:
        chain = load_config(path).chain
        known = {(scan.length, drive) for scan in chain.lyapunov.scans for drive in scan.drive_amplitudes}
        longest = max(length for length, _ in known)
        cases = [case for case in (*chain.otoc.cases, *chain.moments.cases) if case.length <= longest]
        # Longer chains are there for their fronts.
        assert cases and {(case.length, case.drive_amplitude) for case in cases} <= known
