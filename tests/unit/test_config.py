"""The configuration: good files pass, known faults give one line, generated files are fresh."""

import copy
import datetime
import functools
import itertools
import json
import os
import random
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from openkerr.__main__ import main
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.run.config import ConfigError, config_digest, config_schema, load_config, validate_config
from openkerr.run.reference import README, SCHEMA, readme_text, schema_text

ROOT = Path(__file__).parents[2]
FILES = {
    "default": ROOT / "config/config.yaml",
    "paper": ROOT / "config/paper.yaml",
    "tiny": ROOT / "tests/config/tiny.yaml",
}
RAW = {scale: yaml.safe_load(path.read_text(encoding="utf-8")) for scale, path in FILES.items()}

NAN, INF = float("nan"), float("inf")
NOT_A_NUMBER = [
    *(True, False, None, "fast", "", "1,5", "0x10", "nan", "-inf", ".inf", "1e", "1_0", "١"),
    *([], [1.0], {}, {"value": 1.0}, [[[[[]]]]], NAN, INF, -INF, 10**400, datetime.date(2025, 7, 3), b"1"),
]
NOT_WHOLE = [*NOT_A_NUMBER, 20.5, "20.5", "1e-1", "1e999999999"]
NOT_A_NAME = [
    *(5, 1.5, True, None, [], {}, ["a"], NAN, "", "Upper", "two words", "a\nb", "a\n", "\x1b[31m", "é", "9a"),
    *("a/b", "../a", "a" * 65, "\u202e"),
]
NOT_A_LIST = [None, True, 1.0, "x", {}, {"a": [1.0]}, []]
NOT_A_MAPPING = [None, True, 1.0, "x", [], [{}], [["a", 1]]]

# Section, key, values that are wrong by themselves.
LEAVES = [
    ((), "scale", [*NOT_A_NAME, "record"]),
    ((), "seed", [*NOT_WHOLE, -1, "-1", 2**63, "1e19", 1e300]),
    (("figures",), "formats", [*NOT_A_LIST, "pdf"]),
    (("figures",), "dpi", [*NOT_WHOLE, 0, -200, 10**6]),
    (("workflow",), "checkpoint_seconds", [*NOT_A_NUMBER, -1, 1e300]),
    (("torus", "wigner"), "job_interval", [*NOT_A_NUMBER, 0, 0.0, -60.0, "-1e2", 1e300]),
    (("torus", "wigner"), "batches_per_job", [*NOT_A_NUMBER, 0, -1, 1.5, 1e300]),
    (("torus", "model"), "tunneling", NOT_A_NUMBER),
    *(
        (("torus", "model"), key, [*NOT_A_LIST, [1.0], [1.0, 1.0, 1.0], [[1.0, 1.0]]])
        for key in (
            *("omega", "kerr", "pump_rate", "two_photon_loss_rate", "loss_rate", "thermal_occupation"),
            "two_photon_diffusion",
        )
    ),
    *((("chain", "model"), key, NOT_A_NUMBER) for key in ("detuning", "hopping", "kerr")),
    *(
        (("chain", "model"), key, [*NOT_A_NUMBER, -1, -1e-9, "-1e-3"])
        for key in ("loss_rate", "intrinsic_loss_rate", "thermal_occupation")
    ),
    *(((*section, "name"), None, NOT_A_NAME) for section in (("torus", "populations"), ("chain", "steady_states"))),
    (("torus", "populations", "aleph"), None, [*NOT_A_NUMBER, 0, -200.0, "-2e2", 1e300]),
    (("torus", "populations", "n_paths"), None, [*NOT_WHOLE, 0, -1, 10**9]),
    (("torus", "populations", "time_step"), None, [*NOT_A_NUMBER, 0, -0.05, 0.3, 1e300]),
    (("torus", "populations", "final_time"), None, [*NOT_A_NUMBER, 0, -10.0, 0.7, 0.25, 1e8, 1e300]),
    *(
        ((*section, "n_trajectories"), None, [*NOT_WHOLE, 0, -32, 1, 15, 10**12])
        for section in (("torus", "populations"), ("chain", "steady_states"))
    ),
    *(
        ((*section, "batch_size"), None, [*NOT_WHOLE, 0, -1, 5, 10**9])
        for section in (("torus", "populations"), ("chain", "steady_states"))
    ),
    *(
        ((*section, key), None, [*NOT_A_NAME, "exact"])
        for section in (("torus", "populations"), ("chain", "steady_states"))
        for key in ("stepper", "precision", "noise")
    ),
    (("torus", "populations", "stepper"), None, ["strang", "blanes_moan"]),
    (("torus",), "initial_amplitude", [*NOT_A_NUMBER, -2e3, 1e300]),
    *(
        ((*section, "sampling_interval"), None, [*NOT_A_NUMBER, 0, -1.0, 0.507, 1e-300, 1e300])
        for section in (("torus", "populations"), ("chain", "steady_states"))
    ),
    (("chain", "steady_states", "geometry"), None, [*NOT_A_NAME, "ring", "Boundary"]),
    (("chain", "steady_states", "lengths"), None, [*NOT_A_LIST, "4"]),
    (("chain", "steady_states", "drive_amplitudes"), None, [*NOT_A_LIST, "1.0, 2.0"]),
    (("chain", "steady_states", "time_step"), None, [*NOT_A_NUMBER, 0, -0.02, 1.25, 1e300]),
    (("chain", "steady_states", "burn_in"), None, [*NOT_A_NUMBER, -10.0, 10.5, 1e8, 1e300]),
    (("chain", "steady_states", "averaging_time"), None, [*NOT_A_NUMBER, 0, -10.0, 10.5, 1.0, 1e8, 1e300]),
]
SECTIONS = [("torus",), ("chain",), ("figures",), ("workflow",), ("torus", "model"), ("chain", "model")]
LISTS = [("torus", "populations"), ("chain", "steady_states")]
PAIRS = ["omega", "kerr", "pump_rate", "two_photon_loss_rate", "loss_rate", "thermal_occupation"]


def at(config, path):
    """Value at a path."""
    for step in path:
        config = config[step]
    return config


def blame(config, path):
    """Key as a message writes it; entries of lists by the name that ``config`` gives them."""
    text = ""
    for depth, step in enumerate(path):
        if isinstance(step, int):
            entry = at(config, path[: depth + 1])
            text += f"[{entry.get('name', step) if isinstance(entry, dict) else step}]"
        else:
            text += f".{step}" if text else str(step)
    return text


def shown(value):
    """What a message must show of a value; nothing is asked where it may be shortened."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return repr(value) if len(value) < 40 and value.isascii() else ""
    if isinstance(value, int | float) and abs(value) < 1e300:
        return repr(value)
    return "nan" if value != value else ""


def wrong_leaf(rng, config):
    """A value that its own key does not allow."""
    section, key, values = rng.choice(LEAVES)
    if key is None:
        *section, key = section
        section = (*section, rng.randrange(len(at(config, section))))
    value = rng.choice(values)
    name = blame(config, (*section, key)) if key != "name" else f".{key} = "
    lacks_name = key == "sampling_interval" and isinstance(value, float) and value == 1e-300
    at(config, section)[key] = value
    return name, "1e-300" if lacks_name else shown(value)


def wrong_time(rng, config):
    """A time step that does not divide the sampling interval: the interval is named, with both values."""
    section = rng.choice(LISTS)
    case = (*section, rng.randrange(len(at(config, section))))
    step = rng.choice([0.03, 0.013, "7e-3", 1e-9])
    at(config, case)["time_step"] = step
    return blame(config, (*case, "sampling_interval")), f"time_step = {float(step):g}"


def wrong_section(rng, config):
    """A section that is no mapping, or a list of cases that holds something else."""
    if rng.random() < 0.5:
        section, value = rng.choice(SECTIONS), rng.choice(NOT_A_MAPPING)
    else:
        section, value = rng.choice(LISTS), rng.choice(NOT_A_LIST)
    name = blame(config, section)
    at(config, section[:-1])[section[-1]] = value
    return f"{name} = ", shown(value)


def wrong_entry(rng, config):
    """A case that is no mapping."""
    section = rng.choice(LISTS)
    value = rng.choice([None, "cut", 5, [], [[]], True])
    at(config, section).append(value)
    return f"{'.'.join(section)}[{len(at(config, section)) - 1}]", shown(value)


def any_mapping(rng, config):
    """Path of any mapping of the configuration."""
    section = rng.choice([(), *SECTIONS, *LISTS])
    return (*section, rng.randrange(len(at(config, section)))) if section in LISTS else section


def missing(rng, config):
    """A key left out."""
    section = any_mapping(rng, config)
    key = rng.choice(sorted(at(config, section)))
    name = f".{key}" if key == "name" else blame(config, (*section, key))
    del at(config, section)[key]
    return f"{name} is missing", "allowed: "


def unknown(rng, config):
    """A key that nobody knows, among them misspelled ones."""
    section = any_mapping(rng, config)
    mapping = at(config, section)
    key = rng.choice(sorted(mapping))
    word = rng.choice([f"{key}s", key.replace("a", "e") + "_", "junk", "Seed", "x" * 20])
    value = rng.choice([1.0, None, "x", True])
    mapping[word] = value
    return blame(config, (*section, word)), f"{shown(value)} is not a known key"


def bad_pair(rng, config):
    """One bad number of a pair."""
    key, index = rng.choice(PAIRS), rng.randrange(2)
    value = rng.choice([*NOT_A_NUMBER, *([-1.0, "-1e0"] if key not in PAIRS[:2] else [])])
    config["torus"]["model"][key] = [1.0, 1.0]
    config["torus"]["model"][key][index] = value
    return f"torus.model.{key}[{index}]", shown(value)


def bad_drive(rng, config):
    """One bad drive of a scan."""
    drives = config["chain"]["steady_states"][0]["drive_amplitudes"]
    index = rng.randrange(1, len(drives))
    value = rng.choice([*NOT_A_NUMBER, -1.0, drives[index - 1], drives[index - 1] - 0.125, 1e300])
    drives[index] = value
    name = config["chain"]["steady_states"][0]["name"]
    return f"chain.steady_states[{name}].drive_amplitudes[{index}]", shown(value)


def twice(rng, config):
    """A case named twice."""
    section = rng.choice(LISTS)
    cases = at(config, section)
    cases.append(copy.deepcopy(rng.choice(cases)))
    return f"{'.'.join(section)}[{len(cases) - 1}].name", shown(cases[-1]["name"])


def too_many(rng, config):
    """More cases than a figure has panels."""
    case = config["torus"]["populations"][0]
    config["torus"]["populations"] = [{**case, "name": f"case_{k}"} for k in range(rng.randrange(7, 30))]
    return "torus.populations = ", "1 to 6"


def unstable(rng, config):
    """Rates at which the step is unstable."""
    if rng.random() < 0.5:
        key = rng.choice(["detuning", "hopping", "kerr", "loss_rate", "intrinsic_loss_rate"])
        config["chain"]["model"][key] = 1e9
        config["chain"]["steady_states"][0]["stepper"] = "runge_kutta"
        path = ("chain", "steady_states", 0, "time_step")
    else:
        key = rng.choice([key for key in PAIRS if key != "thermal_occupation"])
        config["torus"]["model"][key] = [0.5 if key == "loss_rate" else 1.0, 1e9]
        path = ("torus", "populations", 0, "time_step")
    return blame(config, path), f"{at(config, path)!r} is not allowed"


def negative_diffusion(rng, config):
    """Exact diffusion that is negative at the origin."""
    model = config["torus"]["model"]
    model["two_photon_diffusion"] = "exact"
    if rng.random() < 0.5:
        model["pump_rate"], model["loss_rate"] = [1.0, 0.0], [0.0, 0.0]
    path = ("torus", "liouvillian", "sectors", 0, "alephs", 0)
    return blame(config, path), shown(at(config, path))


def bad_format(rng, config):
    """A figure format that is unknown or given twice."""
    value = rng.choice(["svg", "PDF", None, 1, "png"])
    config["figures"]["formats"] = ["png", value]
    return "figures.formats[1]", shown(value)


MUTATIONS = [
    *(wrong_leaf, wrong_leaf, wrong_leaf, wrong_time, wrong_section, wrong_entry, missing, unknown, bad_pair),
    *(bad_drive, twice, too_many, unstable, negative_diffusion, bad_format),
]
N_FUZZ = 400


def mutant(seed):
    """Seeded bad configuration, and what the message must hold."""
    rng = random.Random(seed)
    config = copy.deepcopy(RAW[rng.choice(sorted(RAW))])
    mutation = MUTATIONS[seed % len(MUTATIONS)]
    return config, mutation(rng, config)


@functools.cache
def message(seed):
    """Line on a bad configuration."""
    with pytest.raises(ConfigError) as caught:
        validate_config(mutant(seed)[0])
    return str(caught.value)


def assert_one_line(text):
    assert text and text.isprintable()
    assert len(text) < 1000


@pytest.mark.parametrize("seed", range(N_FUZZ))
def test_bad_configuration_gives_one_line_with_key_and_value(seed):
    assert_one_line(message(seed))
    for word in mutant(seed)[1]:
        assert word in message(seed)


def test_fuzz_covers_many_different_faults():
    assert len({message(seed) for seed in range(N_FUZZ)}) >= 200


@pytest.mark.slow
def test_command_line_refuses_in_one_line_and_writes_nothing(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(seed):
        folder = tmp_path / f"cwd_{seed}"
        folder.mkdir()
        config, words = mutant(seed)
        file = tmp_path / f"bad_{seed}.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        command = [sys.executable, "-m", "openkerr", "validate", str(file)]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
        return done, words, list(folder.iterdir())

    # What a file leaves out comes from the default.
    seeds = [seed for seed in range(5, 30) if "is missing" not in message(seed)][:4]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, seeds))
    for done, words, written in results:
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.endswith("\n")
        for line in done.stderr.splitlines():
            assert line.startswith("config error: ")
            assert_one_line(line)
        for word in words:
            assert word in done.stderr
        assert written == []


POPULATION, SCAN = ("torus", "populations", 0), ("chain", "steady_states", 0)


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        (("scale",), "records", "record"),
        (("scale",), "a" * 64, "a" * 65),
        (("seed",), 0, -1),
        (("seed",), 2**63 - 1, 2**63),
        (("figures", "formats"), ["png"], []),
        (("figures", "formats"), ["png", "pdf"], ["png", "png"]),
        (("torus", "model", "pump_rate"), [0, 1], [-1e-9, 1]),
        (("torus", "model", "kerr"), [-1, 0], [-1, INF]),
        ((*POPULATION, "name"), "aleph_201", "aleph_200"),
        ((*POPULATION, "n_trajectories"), 16, 15),
        ((*POPULATION, "n_trajectories"), "1e9", "1e999999999"),
        ((*POPULATION, "n_paths"), 32, 33),
        ((*POPULATION, "batch_size"), 2, 3),
        ((*POPULATION, "time_step"), 0.1, 0.1 * (1 + 1e-8)),
        ((*POPULATION, "time_step"), 0.1 * (1 + 1e-11), 0.15),
        ((*POPULATION, "sampling_interval"), 0.05, 0.025),
        ((*POPULATION, "final_time"), 0.5, 0.25),
        ((*POPULATION, "final_time"), 500_000.0, 500_000.5),
        ((*SCAN, "lengths"), [4], [1]),
        ((*SCAN, "drive_amplitudes"), [0], [-0.125]),
        ((*SCAN, "drive_amplitudes"), [1, 1.125], [1, 1]),
        ((*SCAN, "time_step"), 0.25, 0.5),
        ((*SCAN, "stepper"), "runge_kutta", "runge_kutta_5"),
        ((*SCAN, "stepper"), "blanes_moan", "rk4"),
        ((*POPULATION, "stepper"), "runge_kutta_5", "strang"),
        ((*POPULATION, "time_step"), 0.5, 0.6),
        (("chain", "ensembles", "stepper"), "strang", "runge_kutta_5"),
        (("steppers", "torus", "variants", 0, "stepper"), "runge_kutta_5", "strang"),
        (("steppers", "torus", "cases", 0, "reference_step"), 0.02, 0.1),
        (("steppers", "chain", "variants", 0, "stepper"), "blanes_moan", "runge_kutta_5"),
        ((*POPULATION, "noise"), "gaussian", "discrete"),
        ((*SCAN, "burn_in"), 0, 0.5),
        ((*SCAN, "averaging_time"), 2, 1),
    ],
)
def test_limits_lie_where_they_are_said_to_be(path, good, bad):
    config = copy.deepcopy(RAW["tiny"])
    at(config, path[:-1])[path[-1]] = good
    validate_config(config)
    at(config, path[:-1])[path[-1]] = bad
    with pytest.raises(ConfigError, match="is not allowed; allowed: "):
        validate_config(config)


def test_steppers_are_those_of_the_model():
    """Wherever a step is named: the schema lists what the model of the block has, and no other name passes."""
    found = {
        name: node["properties"]["stepper"]["enum"]
        for name, node in config_schema()["$defs"].items()
        if "stepper" in node["properties"]
    }
    torus, chain = ([*model.stepper_names()] for model in (KerrDimer, BoseHubbardChain))
    cavities = ["Population", "TorusSteadyState", "Gaps", "WignerMaps", "CircularVariance", "Switching", "TorusVariant"]
    chains = ["SteadyState", "ChainEnsembles", "ChainThermodynamics", "Otoc", "Moments", "Metastability", "Transport"]
    chains += ["Roughening", "Dimer", "ChainVariant"]
    assert found == dict.fromkeys(cavities, torus) | dict.fromkeys(chains, chain)
    config = copy.deepcopy(RAW["tiny"])
    config["torus"]["steady_states"]["stepper"] = "strang"
    with pytest.raises(ConfigError) as refused:
        validate_config(config)
    assert str(refused.value) == (
        "torus.steady_states.stepper = 'strang' is not allowed; allowed: one of runge_kutta, runge_kutta_5"
    )


@pytest.mark.parametrize("aleph", [2.0, 1.99])
def test_exact_diffusion_is_refused_where_it_turns_negative(aleph):
    config = copy.deepcopy(RAW["tiny"])
    config["torus"]["model"]["two_photon_diffusion"] = "exact"
    config["torus"]["populations"][1]["aleph"] = aleph
    for sector in config["torus"]["liouvillian"]["sectors"]:
        sector["alephs"] = [2.0, 4.0]
    config["torus"]["liouvillian"]["eigenmatrix_alephs"] = [2.0]
    if aleph >= 2:
        assert validate_config(config).torus.populations[1].aleph == aleph
        return
    with pytest.raises(ConfigError, match=r"^torus.populations\[aleph_200\].aleph = 1.99 is not allowed"):
        validate_config(config)
    config["torus"]["populations"][1]["aleph"] = 200.0
    validate_config(config)
    for block in (config["torus"]["gaps"], config["torus"]["liouvillian"]["sectors"][1]):
        key = "quantum_alephs" if "quantum_alephs" in block else "alephs"
        kept, block[key] = block[key], [aleph, 4.0]
        with pytest.raises(ConfigError, match=rf"{key}\[0\] = 1.99 .*negative at the origin: allowed is aleph >= 2"):
            validate_config(config)
        block[key] = kept


def test_cases_that_would_be_merged_are_refused():
    config = copy.deepcopy(RAW["tiny"])
    config["torus"]["populations"][1]["aleph"] = config["torus"]["populations"][0]["aleph"]
    with pytest.raises(ConfigError, match=r"^torus.populations\[aleph_200\].aleph = .*no other entry"):
        validate_config(config)
    config = copy.deepcopy(RAW["tiny"])
    scans = config["chain"]["steady_states"]
    scans.append({**scans[0], "name": "again", "drive_amplitudes": [2.0, 4.0], "burn_in": 30.0})
    with pytest.raises(ConfigError, match=r"^chain.steady_states\[again\].drive_amplitudes\[1\] = 4.0"):
        validate_config(config)
    scans[-1]["lengths"] = [6]
    validate_config(config)
    config["chain"]["steady_states"] = [scan for scan in scans if scan["geometry"] == "boundary"]
    for scan in config["chain"]["steady_states"]:
        scan["geometry"] = "uniform"
    with pytest.raises(ConfigError, match=r"^chain.steady_states\[cut_l4\].geometry = 'uniform'"):
        validate_config(config)


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("omega", {"first": 1.0, "last": 1.0, "step": 0.1}, {"first": 1.0, "last": 0.9, "step": 0.1}),
        ("omega_fine", {"first": 0.9, "last": 1.0, "step": 0.025}, {"first": 0.9, "last": 1.0, "step": 0.03}),
        ("averaging_time", 320.0, 300.0),
        ("map_averaging_time", 64.0, 48.0),
        ("burn_in", 100.5, 100.2),
        ("time_step", 0.1, 0.15),
        ("portraits", [1.0], [1.0, 0.8]),
        ("portrait_time", 100.2, 100.1),
        ("portrait_time_step", 0.02, 0.03),
        ("n_starts", 1, 0),
        ("max_line_order", 5, 0),
    ],
)
def test_limits_of_the_attractors(key, good, bad):
    config = copy.deepcopy(RAW["tiny"])
    config["torus"]["attractors"][key] = good
    validate_config(config)
    config["torus"]["attractors"][key] = bad
    with pytest.raises(ConfigError, match=rf"^torus.attractors.{key}.*is not allowed; allowed: "):
        validate_config(config)


def test_a_grid_of_frequencies_has_equal_numbers_for_equal_points():
    attractors = load_config(FILES["paper"]).torus.attractors
    assert attractors.omegas == sorted(set(attractors.omegas))
    assert {0.8, 1.0, 0.95} <= set(attractors.omegas)
    assert max(b - a for a, b in itertools.pairwise(w for w in attractors.omegas if 0.9 <= w <= 1.0)) < 0.005 + 1e-9


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}, *a{k - 1}]\n" for k in range(1, 28))
BAD_FILES = {
    "empty": (b"", "is empty"),
    "comments": (b"# nothing\n", "is empty"),
    "list": (b"- 1\n- 2\n", "[1, 2]; allowed: a mapping"),
    "scalar": (b"hello\n", "'hello'; allowed: a mapping"),
    "null": (b"null\n", "null; allowed: a mapping"),
    "binary": (bytes(range(256)), "is not UTF-8 text"),
    "latin_1": ("scale: é\n".encode("latin-1"), "is not UTF-8 text (byte 7)"),
    "utf_16": ("scale: a\n".encode("utf-16"), "is not UTF-8 text"),
    "null_byte": (b"scale: a\0b\n", "is not valid YAML"),
    "escape": (b"scale: \x1b[31m\n", "is not valid YAML"),
    "tab": (b"torus:\n\tmodel: 1\n", "line 2"),
    "unclosed": (b"a: [1, 2\nb: 3\n", "is not valid YAML, line"),
    "two_documents": (b"a: 1\n---\nb: 2\n", "is not valid YAML, line 2"),
    "undefined_alias": (b"a: *b\n", "undefined alias"),
    "key_twice": (b"seed: 1\nscale: a\nseed: 2\n", "seed = 2 ("),
    "key_twice_inside": (b"torus:\n  model:\n    kerr: 1\n    kerr: [2, 3]\n", "torus.model.kerr = [2, 3] ("),
    "key_twice_flow": (b"torus: {populations: [{name: a, n: 1, n: 1}]}\n", "torus.populations[a].n = 1 ("),
    "key_twice_quoted": (b'seed: 1\n"seed": 2\n', "seed = 2 ("),
    "cycle": (b"a: &a [*a]\n", "holds itself"),
    "cycle_mapping": (b"a: &a {b: *a}\n", "holds itself"),
    "bomb": (BOMB.encode(), "too many values"),
    "deep_list": (b"a: " + b"[" * 5000, "nested too deeply"),
    "deep_mapping": (b"{a: " * 5000, "nested too deeply"),
    "deep_40": (b"a: " + b"[" * 40 + b"]" * 40, "nested too deeply"),
    "complex_key": (b"? [a, b]\n: 1\n", "not plain text"),
    "python_tag": (b"a: !!python/object/apply:os.getcwd []\n", "has a tag"),
    "set_tag": (b"a: !!set {b, c}\n", "has a tag"),
    "wrong_tag": (b"a: !!float x\n", "a = 'x'"),
    "empty_int": (b"a: !!int ''\n", "a = ''"),
    "long_number": (b"a: " + b"1" * 5000, "a = '111"),
    "octal": (b"seed: 0010\n", "seed = '0010'"),
    "base_60": (b"seed: 10:30\n", "seed = '10:30'"),
    "no_date": (b"seed: 2025-13-45\n", "seed = '2025-13-45'"),
    "merge_of_scalar": (b"a: {<<: 5}\n", "is not valid YAML, line 1"),
    "large": (b"#" * 1_000_001, "too large"),
    "int_key": (b"1: 2\n", "1 = 2 is not a known key"),
    "null_key": (b"~: 2\n", "null = 2 is not a known key"),
    "json_nan": (b'{"seed": NaN}', "seed = 'NaN'"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_file_gives_one_line(case, tmp_path, capsys):
    content, words = BAD_FILES[case]
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    assert main(["validate", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert_one_line(captured.err.removesuffix("\n"))
    assert words in captured.err
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", [".", "none.yaml", "none\n.yaml", "none\0.yaml", "a" * 5000, ""])
def test_unreadable_path_gives_one_line(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["validate", name]) == 2
    assert capsys.readouterr().err.removesuffix("\n").isprintable()


def test_fault_of_a_file_that_merging_hides(tmp_path):
    file = tmp_path / "twice.yaml"
    file.write_text("seed: 1\nseed: 2\n", encoding="utf-8")
    assert validate_config(RAW["tiny"], files=[FILES["tiny"]]).seed == 7
    with pytest.raises(ConfigError, match=r"^seed = 2 \(.*twice.yaml, line 2\) is given twice, first on line 1"):
        validate_config(RAW["tiny"], files=[FILES["tiny"], file])


@pytest.mark.parametrize("mapping", [None, [], "x", 5, RAW["tiny"]["torus"], {}])
def test_what_is_no_configuration(mapping):
    with pytest.raises(ConfigError) as caught:
        validate_config(mapping)
    assert_one_line(str(caught.value))


def test_several_faults_are_counted_and_a_misspelled_key_comes_first():
    config = copy.deepcopy(RAW["tiny"])
    case = config["torus"]["populations"][1]
    case["timestep"] = case.pop("time_step")
    config["seed"] = -1
    with pytest.raises(ConfigError) as caught:
        validate_config(config)
    start = "torus.populations[aleph_200].timestep = 0.05 is not a known key (did you mean time_step?)"
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(" (and 2 more)")


def refused(text, tmp_path, capsys):
    """Lines of the command line on a file of a user."""
    file = tmp_path / "mine.yaml"
    file.write_text(text, "utf-8")
    assert main(["validate", str(file)]) == 2
    return [line.removeprefix("config error: ") for line in capsys.readouterr().err.splitlines()]


def test_validate_prints_a_line_for_every_fault(tmp_path, capsys):
    lines = refused("seed: -1\ntorus: {model: {tunneling: x}}\nchain: {model: {kerr: y}}\n", tmp_path, capsys)
    assert [line.split(" = ")[0] for line in lines] == ["seed", "torus.model.tunneling", "chain.model.kerr"]


@pytest.mark.parametrize(
    ("text", "written", "inherited"),
    [
        ("chain: {model: {hopping: 16.0}}", "chain.model.hopping = 16.0", "chain.cumulants.time_step"),
        ("torus: {model: {omega: [1.5, 1.5]}}", "torus.model.omega = [1.5, 1.5]", "torus.attractors.portraits"),
        (
            "chain: {steady_states: [{name: map, lengths: [3, 4, 5]}]}",
            "chain.steady_states[map].lengths = [3, 4, 5]",
            "chain.wave.lengths",
        ),
        ("chain: {wave: {lengths: [2]}, model: {detuning: 2.4}}", "chain.wave.lengths = [2]", "chain.wave.points[0]"),
    ],
)
def test_the_key_that_was_written_is_blamed_before_one_of_the_default(text, written, inherited, tmp_path, capsys):
    lines = refused(text, tmp_path, capsys)
    line = next(line for line in lines if inherited in line)
    assert line.startswith(f"{written} is not allowed beside {inherited}")
    assert " of config/config.yaml; allowed there: " in line


def test_two_keys_are_blamed_together_where_both_are_needed(tmp_path, capsys):
    """Fields turn by 2.2 radians, and with one of both keys alone by less than 2."""
    lines = refused("chain: {model: {hopping: 8.0, detuning: 28.0}}", tmp_path, capsys)
    together = "chain.model.detuning = 28.0 and chain.model.hopping = 8.0 are not allowed beside chain.dimer.time_step"
    assert any(line.startswith(together) for line in lines)


def test_keys_of_which_each_would_do_are_not_told_apart(tmp_path, capsys):
    lines = refused("chain: {model: {hopping: 20.0, detuning: 38.0}}", tmp_path, capsys)
    text = "chain.dimer.time_step = 0.05 of config/config.yaml is not allowed beside the keys that are written over it"
    assert any(line.startswith(text) for line in lines)


def test_a_key_that_was_written_is_blamed_itself(tmp_path, capsys):
    (line,) = refused("chain: {dimer: {time_step: 0.9}, model: {kerr: 0.11}}", tmp_path, capsys)
    assert line.startswith("chain.dimer.time_step = 0.9 is not allowed; allowed: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chain: {model: {thermal_occupation: 2000000}}", "chain.model.thermal_occupation = 2000000 .*<= 1e6"),
        (
            "torus: {model: {loss_rate: [0.1, 0.1], thermal_occupation: [0, 2000000]}}",
            r"torus.model.thermal_occupation\[1\] = 2000000 .*<= 1e6",
        ),
        (
            "chain: {model: {thermal_occupation: 1000}}",
            "chain.model.thermal_occupation = 1000 .*time_step .* 2 kerr thermal_occupation of chain.model",
        ),
    ],
)
def test_baths_hotter_than_a_step_stands_are_refused(text, said, tmp_path, capsys):
    assert re.match(said, refused(text, tmp_path, capsys)[0])


def test_one_fault_is_not_counted_twice():
    config = copy.deepcopy(RAW["tiny"])
    config["chain"]["steady_states"][0]["drive_amplitudes"] = [1.0, None]
    with pytest.raises(ConfigError) as caught:
        validate_config(config)
    assert "more)" not in str(caught.value)


@pytest.mark.parametrize("scale", FILES)
def test_good_files_pass(scale, capsys):
    config = load_config(FILES[scale])
    assert config.scale == scale
    assert validate_config(RAW[scale], files=[FILES[scale]]) == config
    assert main(["validate", str(FILES[scale])]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == f"{FILES[scale]}: valid, scale {scale}, sha256 {config_digest(config)}\n"


def test_a_file_is_merged_over_the_default_as_a_run_does(tmp_path, capsys):
    file = tmp_path / "my.yaml"
    file.write_text("scale: mine\ntorus:\n  model:\n    tunneling: 0.5\n", encoding="utf-8")
    assert main(["validate", str(file)]) == 0
    assert f"{file}: valid, scale mine, " in capsys.readouterr().out
    assert main(["estimate", "--cores", "2", str(file)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("scale mine\n") and "on 2 cores" in told and " MB at most" in told


@pytest.mark.parametrize("text", ["4e4", "4E4", "+4.0e+4", "40000", "40000.", 40000, 40000.0])
def test_numbers_written_as_text(text):
    config = copy.deepcopy(RAW["tiny"])
    config["seed"] = config["torus"]["populations"][0]["n_trajectories"] = text
    config["torus"]["model"]["loss_rate"][1] = 0.1
    config["torus"]["populations"][0]["aleph"] = config["torus"]["model"]["thermal_occupation"][1] = text
    config["chain"]["steady_states"][0]["drive_amplitudes"][1] = text
    checked = validate_config(config)
    assert (checked.seed, type(checked.seed)) == (40000, int)
    assert checked.torus.populations[0].n_trajectories == 40000
    aleph = checked.torus.populations[0].aleph
    assert (aleph, type(aleph)) == (40000.0, float)
    assert checked.torus.model.thermal_occupation == (0.0, 40000.0)
    assert checked.chain.steady_states[0].drive_amplitudes == (1.0, 40000.0)


def test_long_seeds_are_exact():
    for text, value in [("9223372036854775807", 2**63 - 1), ("1e18", 10**18), (2**62 + 1, 2**62 + 1)]:
        assert validate_config({**RAW["tiny"], "seed": text}).seed == value


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("steady_states", 0, "lengths"), [4, 4], r"steady_states\[cut_l4\].lengths\[1\] = 4 .*one above 4"),
        (("steady_states", 0, "lengths"), [1, 4], r"steady_states\[cut_l4\].lengths\[0\] = 1 "),
        (("steady_states", 0, "lengths"), [4, 5], r"wave.lengths = .*which take the wave from here: 5"),
        (("saturation", "n_trajectories"), 64, r"saturation.n_trajectories = 64 .* at most those of .*cut_l4"),
        (("saturation", "batch_size"), 4, r"saturation.batch_size = 4 .*n_trajectories = 32 is a whole multiple, 16"),
        (("saturation", "time_step"), 0.3, r"saturation.sampling_interval = 1.0 .*whole multiple of time_step = 0.3"),
        (("saturation", "averaging_time"), 1.0, r"saturation.averaging_time = 1.0 .*at least 2 times"),
        (("regimes", "mixed_shares"), [0.9, 0.1], r"regimes.mixed_shares\[1\] = 0.1 .*above 0.9"),
    ],
)
def test_regimes_and_replicas_fit_the_scans(path, value, text):
    config = copy.deepcopy(RAW["tiny"])
    at(config["chain"], path[:-1])[path[-1]] = value
    with pytest.raises(ConfigError, match=text):
        validate_config(config)


@pytest.mark.parametrize(
    ("block", "name"), [(("steady_states", 0), r"steady_states\[cut_l4\]"), (("transport",), "transport")]
)
def test_the_reference_step_of_the_chain_has_a_limit_of_stability(block, name):
    config = copy.deepcopy(RAW["tiny"])
    scan = at(config["chain"], block)
    scan.update(stepper="runge_kutta", time_step=0.2)
    validate_config(config)
    scan["time_step"] = 0.25
    with pytest.raises(ConfigError, match=rf"chain.{name}.time_step = 0.25 .* allowed: below 0.2"):
        validate_config(config)


@pytest.mark.parametrize(
    ("block", "hopping", "step", "limit"),
    [
        (("steady_states", 0), 2.0, 1.0, "0.308"),
        (("steady_states", 0), 60.0, 0.02, "0.0163"),
        (("ensembles",), 25.0, 0.04, "0.0381"),
    ],
)
def test_steps_in_which_fields_turn_too_far_are_refused(block, hopping, step, limit):
    config = copy.deepcopy(RAW["tiny"])
    config["chain"]["model"]["hopping"] = hopping
    at(config["chain"], block)["time_step"] = step
    with pytest.raises(
        ConfigError, match=rf"time_step = {step} .*allowed: at most {limit}, which turns fields by 2 radians"
    ):
        validate_config(config)


def test_a_kick_within_the_step_leaves_the_drift_half_of_it():
    config = copy.deepcopy(RAW["tiny"])
    config["torus"]["model"].update(omega=[6.0, 6.0])
    config["torus"]["attractors"].update(portraits=[1.0, 6.0])
    case = config["torus"]["populations"][0]
    case.update(stepper="runge_kutta_5", time_step=0.5)
    validate_config(config)
    case["stepper"] = "runge_kutta"
    with pytest.raises(ConfigError, match=r"time_step = 0.5 .* allowed: below 0\.[34]"):
        validate_config(config)


def test_files_merge_as_snakemake_does(tmp_path):
    file = tmp_path / "mine.yaml"
    text = "scale: mine\nchain: {model: {kerr: 2e-1}}\ntorus:\n  populations:\n    - &case\n      name: one\n"
    text += "      aleph: 1e3\n      n_trajectories: 16\n      batch_size: 1\n      batches_per_job: 8\n"
    text += "      time_step: 1e-1\n"
    text += "      stepper: runge_kutta\n      precision: single\n      noise: gaussian\n      sampling_interval: 0.5\n"
    text += "      final_time: 5\n      n_paths: 1\n    - {<<: *case, name: two, aleph: 10}\n"
    file.write_text(text, encoding="utf-8")
    base, config = load_config(FILES["tiny"]), load_config([FILES["tiny"], file])
    assert config.chain.model == base.chain.model.model_copy(update={"kerr": 0.2})
    assert config.chain.steady_states == base.chain.steady_states
    assert [(case.name, case.aleph, case.n_paths) for case in config.torus.populations] == [
        ("one", 1000.0, 1),
        ("two", 10.0, 1),
    ]
    assert (config.scale, config.seed, config.figures) == ("mine", base.seed, base.figures)


def test_counts_of_steps_and_samples():
    config = load_config(FILES["tiny"])
    population, scan = config.torus.populations[0], config.chain.steady_states[0]
    assert (population.steps_per_sample, population.n_samples) == (10, 20)
    assert (scan.steps_per_sample, scan.burn_in_samples, scan.n_samples) == (50, 10, 20)


@given(
    seed=st.integers(0, 2**63 - 1),
    aleph=st.floats(1, 1e12),
    kerr=st.floats(-1, 1),
    drives=st.lists(st.floats(0, 1e6), min_size=1, max_size=5, unique=True).map(sorted),
    step=st.floats(1e-3, 0.2),
    counts=st.tuples(st.integers(1, 1000), st.integers(1, 1000)),
    n_trajectories=st.integers(16, 10**9),
)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_dump_and_validate_are_inverse(seed, aleph, kerr, drives, step, counts, n_trajectories):
    raw = copy.deepcopy(RAW["tiny"])
    interval = step * counts[0]
    case = {
        "aleph": aleph,
        "time_step": step,
        "sampling_interval": interval,
        "n_trajectories": n_trajectories,
    }
    raw["torus"]["populations"][0].update(case, final_time=interval * counts[1])
    raw["torus"]["model"]["kerr"] = [kerr, 0]
    raw["chain"]["steady_states"][0]["drive_amplitudes"] = drives
    config = validate_config({**raw, "seed": seed})
    dump = config.model_dump(mode="json")
    assert validate_config(dump) == config
    assert validate_config(config.model_dump()) == config
    assert validate_config(yaml.safe_load(yaml.safe_dump(dump))) == config
    assert validate_config(json.loads(json.dumps(dump, allow_nan=False))) == config
    assert config_digest(validate_config(dump)) == config_digest(config)


def test_digest_tells_values_not_notation():
    raw = RAW["tiny"]
    digest = config_digest(validate_config(raw))
    assert config_digest(validate_config({**dict(reversed(raw.items())), "seed": "7.0"})) == digest
    assert config_digest(validate_config({**raw, "seed": 8})) != digest
    assert len({config_digest(load_config(file)) for file in FILES.values()}) == 3


def structure(value):
    """Keys of nested mappings; those of a list of cases are the keys of all its cases."""
    if isinstance(value, dict):
        return {key: structure(child) for key, child in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        assert all(structure(child) == structure(value[0]) for child in value)
        return [structure(value[0])]
    return None


def test_all_files_have_the_same_keys_in_the_same_order():
    # The keys beside a folder are the folder's own, and a scale may have none.
    texts = {json.dumps(structure(RAW[scale] | {"extensions": None})) for scale in FILES}
    assert len(texts) == 1


def test_values_of_the_scales():
    default, paper = load_config(FILES["default"]), load_config(FILES["paper"])
    assert default.torus.model == paper.torus.model
    assert default.chain.model == paper.chain.model
    for config in (default, paper):
        assert [case.aleph for case in config.torus.populations] == [30000, 4000, 200]
        for scan in config.chain.steady_states:
            # Multiples of 1/8 are exact in binary and short in file names.
            assert all((8 * drive).is_integer() for drive in scan.drive_amplitudes)


def leaves(node, schema):
    """All fields of the schema that are no blocks."""
    node = schema["$defs"][node["$ref"].rsplit("/")[-1]] | node if "$ref" in node else node
    if "properties" in node:
        for child in node["properties"].values():
            yield from leaves(child, schema)
    elif "$ref" in node.get("items", {}):
        yield from leaves(node["items"], schema)
    else:
        yield node


def test_every_field_has_a_meaning_and_a_unit():
    schema = config_schema()
    found = list(leaves(schema, schema))
    assert len(found) >= 30
    assert all(len(field["description"]) > 5 and field["unit"] for field in found)


def test_schema_is_valid_and_agrees():
    schema = json.loads((ROOT / SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for scale in FILES:
        validator.validate(load_config(FILES[scale]).model_dump(mode="json"))
    for change in [{"seed": -1}, {"junk": 1}, {"torus": {}}, {"scale": "A"}]:
        assert not validator.is_valid({**load_config(FILES["tiny"]).model_dump(mode="json"), **change})


def test_generated_files_are_fresh():
    again = "run: python -m openkerr schema --write"
    assert (ROOT / SCHEMA).read_text(encoding="utf-8") == schema_text(), again
    assert (ROOT / README).read_text(encoding="utf-8") == readme_text(ROOT), again


def test_schema_command_prints_without_writing(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == config_schema()


def test_a_named_entry_takes_what_it_leaves_out_from_the_entry_of_that_name(tmp_path):
    """One key changed is one key written: by the files of a command, and by the mapping that Snakemake made of them."""
    default = load_config(FILES["default"]).torus.populations
    changed = {"torus": {"populations": [{"name": default[2].name, "final_time": 80.0}]}}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(changed), "utf-8")
    merged = load_config([FILES["default"], file])
    assert merged.torus.populations == (default[2].model_copy(update={"final_time": 80.0}),)
    replaced = copy.deepcopy(RAW["default"])
    replaced["torus"]["populations"] = changed["torus"]["populations"]
    assert validate_config(replaced, [FILES["default"], file]) == merged
    file.write_text(yaml.safe_dump({"torus": {"populations": [{"name": "other", "final_time": 80.0}]}}), "utf-8")
    with pytest.raises(ConfigError, match=r"torus\.populations\[other\]\.\w+ is missing"):
        load_config([FILES["default"], file])
