"""The workflow from end to end: what a run makes, what a change reruns, what a failure leaves behind."""

import ast
import getpass
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from openkerr.figures.register import FIGURES as DECLARED
from openkerr.figures.style import read_figure_metadata
from openkerr.run.tables import TABLES as SCHEMAS
from openkerr.runtime.io import read_provenance, read_raw
from openkerr.runtime.provenance import file_sha256, fingerprint

ROOT = Path(__file__).resolve().parents[2]
TINY = "tests/config/tiny.yaml"
RESULTS = Path("results/tiny")
FIGURE_INPUTS = {
    name: {f"tables/{made}.csv" if made in SCHEMAS else f"grids/{made}.nc" for made in figure.inputs}
    for name, figure in DECLARED.items()
}
# Tables that no figure reads stand for themselves.
INPUTS = set().union(
    *FIGURE_INPUTS.values(),
    {
        *("tables/torus_angle_weights.csv", "tables/chain_currents.csv"),
        *(
            "tables/chain_roughening_exponents.csv",
            "tables/chain_dimer_spaces.csv",
            "tables/chain_dimer_scaling.csv",
            "tables/chain_thermometer_bias.csv",
        ),
        *("tables/chain_phase_rates.csv", "tables/chain_intensity_windows.csv", "tables/chain_splitting.csv"),
        *("tables/chain_rate_thresholds.csv", "tables/chain_rate_scaling.csv"),
        *("tables/chain_wave_fronts.csv", "tables/chain_thermal_baths.csv"),
        "tables/chain_regime_sensitivity.csv",
        *("tables/chain_circuit.csv", "tables/chain_onset_times.csv", "tables/torus_circuit.csv"),
        *("tables/torus_distances.csv", "tables/torus_line_ranks.csv", "tables/torus_swings.csv"),
        "grids/chain_autocorrelation.nc",
    },
)
TABLES = {Path(file).stem for file in INPUTS if file.endswith(".csv")}
FIGURES = [f"{name}.{suffix}" for name in FIGURE_INPUTS for suffix in ("pdf", "png")]

TORUS_RULES = {"simulate_torus_populations", "torus_populations", "figure_torus_2"}
ATTRACTOR_FIGURES = {"figure_torus_1", "figure_torus_lyapunov", "figure_torus_ratio", "figure_torus_diffusion"}
FORMULA_FIGURES = {"figure_torus_schematic", "figure_torus_ion"}
LIOUVILLIAN_FIGURES = {
    *("figure_torus_liouvillian", "figure_torus_steady_state", "figure_torus_eigenmatrices", "figure_torus_crossover"),
}
STEADY_STATE_RULES = {"simulate_torus_steady_states", "torus_steady_state", "figure_torus_steady_state"}
# The random starts alone hang on the seed.
SEEDED_ATTRACTOR_RULES = {"simulate_torus_attractors", "torus_attractors", "figure_torus_1", "figure_torus_lyapunov"}
# Made of parameters alone.
FIRST_RULES = {
    *("warm_kernels", "torus_branches", "torus_diffusion", "torus_angle_weights"),
    *("torus_actions", "torus_circuit", "torus_variant_scaling"),
    *("torus_parameters", "torus_trapped_ion", "simulate_torus_liouvillian", "chain_parameters"),
    *("chain_thermometer_bias", "chain_circuit"),
    *("simulate_chain_cumulants", "simulate_chain_dimer_exact"),
}
GAP_FIGURES = {
    *("figure_torus_3b", "figure_torus_spectrogram", "figure_torus_gap_windows", "figure_torus_loss"),
    *("figure_torus_thermal", "figure_torus_universality", "figure_torus_dual"),
}
GAP_RULES = {"simulate_torus_gaps", "torus_gaps", "torus_gap_fit", "torus_spectrogram"} | GAP_FIGURES
MELTING_RULES = {
    *("simulate_torus_wigner", "torus_wigner", "figure_torus_4"),
    *("simulate_torus_circular_variance", "torus_circular_variance", "figure_torus_5"),
    *("simulate_torus_basins", "simulate_torus_switching", "torus_switching", "figure_torus_switching"),
    *("torus_action_rates", "figure_torus_action", "figure_torus_variant_scaling"),
}
MELTING_FIGURES = {
    *("figure_torus_4", "figure_torus_5", "figure_torus_switching", "figure_torus_action"),
    "figure_torus_variant_scaling",
}
TORUS_FIGURES = ATTRACTOR_FIGURES | FORMULA_FIGURES | GAP_FIGURES | MELTING_FIGURES | LIOUVILLIAN_FIGURES
STEPPER_RULES = {"simulate_stepper_errors", "stepper_errors", "figure_steppers"}
SCAN_FIGURES = {"figure_chain_2", "figure_chain_11", "figure_chain_12"}
SCAN_RULES = {"simulate_chain_steady_states", "chain_phase_diagram"} | SCAN_FIGURES
ENSEMBLE_FIGURES = {"figure_chain_3", "figure_chain_13", "figure_chain_19"}
ENSEMBLE_RULES = {"simulate_chain_ensembles", "chain_profiles"} | ENSEMBLE_FIGURES
CHAOS_FIGURES = {"figure_chain_8", "figure_chain_butterfly", "figure_chain_lyapunov", "figure_chain_moments"}
CHAOS_RULES = {
    *("simulate_chain_otoc", "simulate_chain_lyapunov", "simulate_chain_moments"),
    *("chain_otoc", "chain_lyapunov", "chain_moments"),
} | CHAOS_FIGURES
WAVE_FIGURES = {"figure_chain_6", "figure_chain_18", "figure_chain_rnw_branch"}
# The wave's own tables are made of parameters and of the ensembles' profiles.
WAVE_RULES = {"chain_rnw_branch"} | WAVE_FIGURES
THERMAL_FIGURES = {f"figure_chain_{number}" for number in (4, 14, 15, 16, 17)}
THERMAL_RULES = {"simulate_chain_thermodynamics", "chain_thermometry", "chain_phase_memory"} | THERMAL_FIGURES
# Cumulants and exact states hang on no seed; what stands beside truncated Wigner hangs on its.
SEEDLESS_RULES = {"simulate_chain_cumulants", "chain_cumulants", "simulate_chain_dimer_exact"}
CUMULANT_RULES = {"simulate_chain_cumulants", "chain_cumulants", "chain_cumulants_deviations", "figure_chain_10"}
TRANSPORT_RULES = {
    *("simulate_chain_transport", "simulate_chain_conductivities", "simulate_chain_roughening", "chain_transport"),
    *("figure_chain_transport", "figure_chain_conductivity"),
}
METASTABILITY_RULES = {
    *("simulate_chain_onset", "simulate_chain_metastability", "simulate_chain_splitting"),
    *("chain_onset", "chain_metastability", "figure_chain_5", "figure_chain_7", "figure_chain_wave_rates"),
    *("simulate_chain_events", "chain_events", "figure_chain_wave_events"),
}
DIMER_SOLUTIONS = {"simulate_chain_dimer_exact", "simulate_chain_dimer", "chain_dimer", "chain_dimer_scaling"}
DIMER_RULES = DIMER_SOLUTIONS | {"figure_chain_9", "figure_chain_validity"}
CHAIN_FIGURES = {f"figure_{name}" for name in FIGURE_INPUTS if name.startswith("chain")}
CHAIN_RULES = SCAN_RULES | ENSEMBLE_RULES | CHAOS_RULES | WAVE_RULES | CUMULANT_RULES | TRANSPORT_RULES
CHAIN_RULES |= THERMAL_RULES | METASTABILITY_RULES | DIMER_RULES
# Of the chain's parameters alone, without its kernels.
CLOSED_CHAIN_RULES = {"chain_parameters", "chain_circuit", "chain_thermometer_bias"}
SEEDED_RULES = (
    TORUS_RULES
    | (CHAIN_RULES - SEEDLESS_RULES)
    | SEEDED_ATTRACTOR_RULES
    | GAP_RULES
    | MELTING_RULES
    | STEPPER_RULES
    | STEADY_STATE_RULES
    | {"torus_crossover", "figure_torus_crossover", "chain_thermometer_bias", "claims"}
)


def snakemake(folder: Path, *arguments: str, config: str | Path = TINY, **environment: str):
    """Run plain `snakemake` in a folder; targets stand before the options."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments, "--configfile", str(config)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )


def due(folder: Path, config: str | Path = TINY, *targets: str) -> dict[str, set[str]]:
    """Rules that `snakemake` would run, each with the files that it would make."""
    done = snakemake(folder, *targets, "--summary", config=config)
    assert done.returncode == 0, done.stderr
    header, *rows = (line.split("\t") for line in done.stdout.splitlines())
    file, rule, plan = header.index("output_file"), header.index("rule"), header.index("plan")
    result: dict[str, set[str]] = {}
    for row in rows:
        if row[plan] != "no update":
            result.setdefault(row[rule], set()).add(Path(row[file]).relative_to(RESULTS).as_posix())
    return result


def changed_config(path: Path, change, base: dict | None = None) -> Path:
    """Write the tiny configuration with a change, which is a function that edits it."""
    config = deepcopy(base) if base else yaml.safe_load((ROOT / TINY).read_text())
    change(config)
    path.write_text(yaml.safe_dump(config))
    return path


def copy_run(source: Path, target: Path, *, results: bool = True) -> Path:
    """Copy a folder in which the workflow ran, with its results and Snakemake's records of them, or without."""
    left_out = [".git"] if results else [".git", ".snakemake", "results"]
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))


# ---------------------------------------------------------------------------------------------- what a run makes


def halved(config: dict) -> None:
    """Cut every study into at least two jobs: by trajectories, and by what it scans."""
    torus, chain = config["torus"], config["chain"]
    blocks = [torus["wigner"], torus["circular_variance"], torus["switching"], torus["steady_states"]]
    blocks += [*torus["populations"], *chain["steady_states"], chain["ensembles"], chain["otoc"]]
    blocks += [case for study in config["steppers"].values() for case in study["cases"]]
    for block in blocks:
        assert block["batches_per_job"] >= 16
        block["batches_per_job"] = 8
    assert chain["moments"]["populations_per_job"] >= 16
    chain["moments"]["populations_per_job"] = 8
    torus["gaps"].update(groups_per_job=8, job_interval=1500.0)
    torus["attractors"]["map_job_interval"] = 0.1
    torus["wigner"]["job_interval"] = torus["circular_variance"]["job_interval"] = 1500.0
    for scan in (*chain["steady_states"], *chain["lyapunov"]["scans"], chain["cumulants"]):
        scan["job_interval"] = 4.0


# One small case of every family of simulations, and what is made of it where that needs no other case.
CASES = {
    *("torus_populations/aleph_4000", "torus_gaps/half_step", "torus_wigner", "torus_circular_variance"),
    *("torus_switching", "torus_steady_states", "torus_attractor_map", "stepper_errors/torus", "stepper_errors/chain"),
    *("chain_steady_states/cut_l4", "chain_ensembles/drive_4", "chain_otoc/strong", "chain_lyapunov/spectrum"),
    "chain_cumulants",
}
MADE_OF_CASES = {
    *("tables/torus_circular_variance.csv", "tables/torus_switching.csv", "tables/stepper_errors.csv"),
    "tables/chain_cumulants.csv",
    *("grids/torus_wigner.nc", "grids/torus_spectrum_map.nc"),
}


@pytest.fixture(scope="module")
def cut_run(tiny_run, tmp_path_factory):
    """A case of every family from scratch in another folder, on one core, and cut into more jobs."""
    folder = copy_run(tiny_run, tmp_path_factory.mktemp("cut") / "run", results=False)
    config = changed_config(folder / "cut.yaml", halved)
    files = set().union(*due(folder, config).values())
    wanted = {file for file in files if any(file.startswith(f"raw/{case}/") for case in CASES)} | MADE_OF_CASES
    done = snakemake(folder, *(str(RESULTS / file) for file in sorted(wanted)), "--cores", "1", config=config)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(folder=folder, config=config)


def test_a_run_makes_every_figure_and_table_with_its_origin(tiny_run):
    figures, tables = tiny_run / RESULTS / "figures", tiny_run / RESULTS / "tables"
    assert {path.name for path in figures.iterdir()} == {*FIGURES, *(f"{name}.json" for name in FIGURE_INPUTS)}
    assert {path.name for path in tables.iterdir()} == {f"{name}.{kind}" for name in TABLES for kind in ("csv", "json")}
    for name in INPUTS:
        file = tiny_run / RESULTS / name
        assert json.loads(file.with_suffix(".json").read_text())["sha256"] == file_sha256(file)
    for file in FIGURES:
        made_of = (tiny_run / RESULTS / name for name in FIGURE_INPUTS[Path(file).stem])
        checksums = {path.stem: file_sha256(path) for path in made_of}
        beside = json.loads((figures / file).with_suffix(".json").read_text())
        assert read_figure_metadata(figures / file)["tables"] == checksums
        assert beside["tables"] == checksums
        assert beside["files"][file] == file_sha256(figures / file)


def test_a_second_run_has_nothing_to_do(tiny_run):
    done = snakemake(tiny_run, "--cores", "2")
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stderr


def partial_sums(folder: Path) -> dict[tuple, list[bytes]]:
    """Bits of every batch in the raw files: by folder, scanned values and first trajectory, whatever job made it."""
    raw = folder / RESULTS / "raw"
    found = {}
    for path in raw.rglob("*.nc"):
        data = read_raw(path)
        if "batch" not in data.dims:
            continue
        sums = data[[name for name, values in data.items() if "batch" in values.dims]]
        place = path.parent.relative_to(raw)
        place = place.parts
        scanned = [
            name for name in ("drive_amplitude", "omega", "aleph", "run", "thermal_occupation") if name in data.dims
        ]
        for cell in product(*(range(data.sizes[name]) for name in [*scanned, "batch"])):
            row = sums.isel(dict(zip([*scanned, "batch"], cell, strict=True)))
            # Files without numbers of batches are whole cases.
            batch = int(row["batch"]) if "batch" in data.coords else (path.stem, cell[-1])
            key = (*place, *(float(row[name]) for name in scanned if name in row.coords), batch, cell[:-1])
            key = key if "run" in scanned else key[:-1]
            assert key not in found
            found[key] = [row[name].values.tobytes() for name in sorted(sums)]
    return found


def jobs_of(folder: Path, case: str) -> set[str]:
    """Names of the raw files of a case."""
    folder = folder / RESULTS / "raw" / case
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.nc")}


def test_bits_do_not_depend_on_cores_or_jobs_and_come_again(tiny_run, cut_run):
    for case in CASES:
        whole, cut = jobs_of(tiny_run, case), jobs_of(cut_run.folder, case)
        assert len(cut) >= 2 and not cut & whole, case
    ours, theirs = partial_sums(tiny_run), partial_sums(cut_run.folder)
    batches = Counter(key[0] for key in theirs)
    # One aleph, two drives, three alephs, three alephs at one omega.
    assert batches["torus_populations"] == 32 and batches["chain_steady_states"] == 2 * 16
    assert batches["chain_ensembles"] == 16
    assert batches["torus_circular_variance"] == 3 * 16 and batches["torus_switching"] == 3 * 16
    assert {key: ours[key] for key in theirs} == theirs
    for file in MADE_OF_CASES:
        assert (tiny_run / RESULTS / file).read_bytes() == (cut_run.folder / RESULTS / file).read_bytes(), file


def strings(value) -> list[str]:
    """Every key and text in a JSON value."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *strings(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_no_result_names_host_user_or_folder(tiny_run):
    results = tiny_run / RESULTS
    origins = {path: json.loads(path.read_text()) for path in results.rglob("*.json")}
    origins |= {path: read_provenance(path) for path in results.rglob("*.nc")}
    assert len(origins) >= 1 + len(TABLES) + len(FIGURE_INPUTS) + 3
    names = {socket.gethostname(), platform.node(), getpass.getuser()}
    word = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)")
    for path, origin in origins.items():
        for text in strings(origin):
            assert not Path(text).is_absolute(), f"{path.name}: {text}"
            assert not word.search(text), f"{path.name}: {text}"
    folders = [str(folder).encode() for folder in (tiny_run, ROOT, Path.home(), Path(sys.prefix))]
    for path in [*results.rglob("*.nc"), *results.rglob("*.json"), *(results / "figures").iterdir()]:
        data = path.read_bytes()
        assert not any(folder in data for folder in folders), path.name


# No connection to anywhere: Python reads this file when it starts.
OFFLINE = """
import socket

def refuse(*_):
    raise OSError("this test has no network")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


def test_report_is_made_offline_and_shows_the_captions(tiny_run, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(OFFLINE)
    report = tmp_path / "report.html"
    done = snakemake(tiny_run, "--report", str(report), PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    text = report.read_text()
    assert not re.search(r"<(script|img|iframe)\b[^>]*\bsrc=.?https?:|<link\b[^>]*\bhref=.?https?:", text)
    captions = {json.loads(caption) for caption in re.findall(r'"caption": ("(?:[^"\\]|\\.)*")', text)}
    assert len(captions) == len(FIGURE_INPUTS)
    shown = " ".join(" ".join(captions).split())
    for sentence in (
        "Melting of the limit torus",
        "ℵ = 4000: 32 trajectories to ηt = 10, step 0.05",
        "Steady states of the boundary-driven Bose-Hubbard chain at its last site",
        "2 drives from 1.0 to 4.0; each with 32 trajectories, averaged over a time 20 after a burn-in of 10",
    ):
        assert sentence in shown
    assert not re.search(r"system-message|Undefined|[{}]", shown)


# ---------------------------------------------------------------------------------------------- what a change reruns


def in_chain_drift(folder: Path) -> None:
    """Edit the drift of the chain: one more statement at its end."""
    path = folder / "workflow/openkerr/models/bose_hubbard_chain.py"
    lines = path.read_text().splitlines()
    drift = next(node for node in ast.parse("\n".join(lines)).body if getattr(node, "name", "") == "drift")
    lines.insert(drift.end_lineno, "    dz[0, 0, 0] = 0.0")
    path.write_text("\n".join(lines) + "\n")


def in_all_notes(folder: Path) -> None:
    """Edit the first docstring of every Python file of the workflow, and add comments and blank lines."""
    files = list((folder / "workflow").rglob("*.py"))
    assert len(files) > 30
    for path in files:
        text = path.read_text()
        assert text.count('"""') >= 2
        path.write_text("\n# A note.\n\n" + text.replace('"""', '"""Put in other words. ', 1) + "\n\n# Another.\n")


def more_drives(config: dict) -> None:
    config["chain"]["steady_states"][0]["drive_amplitudes"].append(9.0)


def more_trajectories(config: dict) -> None:
    config["chain"]["steady_states"][0]["n_trajectories"] = 64


@pytest.fixture(scope="module")
def reruns(tiny_run, cut_run, tmp_path_factory):
    """What each change would rerun; Snakemake's start is most of the cost, so two are asked at a time."""
    scratch = tmp_path_factory.mktemp("changes")
    questions = {}
    changes = {
        "aleph": lambda c: c["torus"]["populations"][0].update(aleph=4001.0),
        "dpi": lambda c: c["figures"].update(dpi=61),
        "seed": lambda c: c.update(seed=8),
        "chain model": lambda c: c["chain"]["model"].update(kerr=0.2),
        "patience": lambda c: c["workflow"].update(checkpoint_seconds=30.0),
    }
    for name, change in changes.items():
        questions[name] = (tiny_run, changed_config(scratch / f"{name.replace(' ', '_')}.yaml", change))
    for name, edit in {"drift": in_chain_drift, "notes": in_all_notes}.items():
        folder = copy_run(tiny_run, scratch / name)
        edit(folder)
        questions[name] = (folder, TINY)
    cut = yaml.safe_load(cut_run.config.read_text())
    for name, change in {"drives": more_drives, "trajectories": more_trajectories}.items():
        config = changed_config(scratch / f"{name}.yaml", change, base=cut)
        questions[name] = (cut_run.folder, config, str(RESULTS / "tables/chain_phase_diagram.csv"))
    fresh = copy_run(tiny_run, scratch / "fresh", results=False)
    questions |= {target: (fresh, TINY, target) for target in ("figure_torus_2", "chain")}
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(questions, pool.map(lambda question: due(*question), questions.values()), strict=True))


def test_a_case_reruns_its_simulation_its_tables_and_its_figure(reruns):
    assert set(reruns["aleph"]) == TORUS_RULES | {"claims"}
    assert reruns["aleph"]["simulate_torus_populations"] == {"raw/torus_populations/aleph_4000/trajectories_0-32.nc"}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("dpi", {"figure_torus_2", "figure_steppers"} | CHAIN_FIGURES | TORUS_FIGURES),
        ("seed", SEEDED_RULES),
        # The dimer has nonlinearities of its own.
        (
            "chain model",
            (CHAIN_RULES - DIMER_SOLUTIONS) | STEPPER_RULES | CLOSED_CHAIN_RULES | {"figure_chain_1", "claims"},
        ),
        ("patience", set()),
        ("notes", set()),
    ],
)
def test_a_change_reruns_what_depends_on_it_and_nothing_else(reruns, change, rules):
    assert set(reruns[change]) == rules


def test_a_changed_kernel_reruns_what_uses_it_at_once(reruns):
    assert set(reruns["drift"]) - {"warm_kernels"} == CHAIN_RULES | STEPPER_RULES | WAVE_RULES | {"claims"}


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        ("drives", {"drives_8-12_trajectories_0-16", "drives_8-12_trajectories_16-32"}),
        (
            "trajectories",
            {f"drives_{drives}_trajectories_{n}" for drives in ("0-4", "4-8") for n in ("32-48", "48-64")},
        ),
    ],
)
def test_a_longer_scan_and_a_larger_ensemble_keep_their_jobs(cut_run, reruns, change, jobs):
    before = {path.stem for path in (cut_run.folder / RESULTS / "raw/chain_steady_states/cut_l4").rglob("*.nc")}
    assert before == {f"drives_{drives}_trajectories_{n}" for drives in ("0-4", "4-8") for n in ("0-16", "16-32")}
    assert {"simulate_chain_steady_states", "chain_phase_diagram"} <= set(reruns[change])
    # What the table needs besides was made of one case only: that one stays.
    ensembles = reruns[change].get("simulate_chain_ensembles", set())
    assert jobs_of(cut_run.folder, "chain_ensembles/drive_4") and not any("/drive_4/" in file for file in ensembles)
    made = {Path(file) for file in reruns[change]["simulate_chain_steady_states"] if "/cut_l4/" in file}
    assert made == {Path(f"raw/chain_steady_states/cut_l4/length_4/{job}.nc") for job in jobs}


def test_a_target_makes_its_own_part(reruns):
    assert set(reruns["figure_torus_2"]) - {"warm_kernels"} == TORUS_RULES
    assert set(reruns["chain"]) - {"warm_kernels"} == CHAIN_RULES | {"chain_parameters", "figure_chain_1"}


# ---------------------------------------------------------------------------------------------- how rules are written


def rule_blocks() -> dict[str, tuple[Path, str]]:
    """Text of every rule with its file, by the rule's name; of the rules of all figures, made in a loop, by figure."""
    found = {}
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        first, *pieces = re.split(r"^rule (\w+):\n", path.read_text(), flags=re.MULTILINE)
        found |= {name: (path, text) for name, text in zip(pieces[::2], pieces[1::2], strict=True)}
        if "    rule:\n" in first:
            found["figure"] = (path, textwrap.indent(textwrap.dedent(first.split("    rule:\n")[1]), "    "))
    return found


RULES = rule_blocks()
JOBS = [name for name, (_, text) in RULES.items() if "    script:" in text]


def test_rules_are_jobs_or_targets():
    assert {name for name in {"warm_kernels", *TORUS_RULES, *CHAIN_RULES} if "figure_" not in name} <= set(JOBS)
    for name in set(RULES) - set(JOBS):
        assert re.findall(r"^    (\w+):", RULES[name][1], re.MULTILINE) == ["input"], name
    scripts = [re.search(r'script:\s+"\.\./scripts/(\w+\.py)"', RULES[name][1])[1] for name in JOBS]
    assert sorted(scripts) == sorted(path.name for path in (ROOT / "workflow/scripts").glob("*.py"))


@pytest.mark.parametrize("name", JOBS)
def test_a_rule_says_all_that_a_job_needs(name):
    path, text = RULES[name]
    blocks = dict(re.findall(r"^    (\w+):((?:.*\n(?:        .*\n|\n)*)?)", text, re.MULTILINE))
    wanted = {"output", "log", "benchmark", "conda", "threads", "resources", "params", "message", "script"}
    assert wanted <= set(blocks)
    assert "input" in blocks or name in FIRST_RULES
    assert re.search(r"\bmem_mb=", blocks["resources"]) and re.search(r"\bruntime=", blocks["resources"])
    assert re.search(r"\bfingerprint=", blocks["params"])
    script = (path.parent / re.search(r'"(.+)"', blocks["script"])[1]).resolve()
    # The fingerprint of another script would let a change pass unseen.
    named = re.search(r'fingerprint=rule_fingerprint\("(.+)"\)', blocks["params"])
    assert named is None or named[1] == script.stem
    environment = (path.parent / re.search(r'"(.+)"', blocks["conda"])[1]).resolve()
    assert environment.parent == ROOT / "envs" and environment.is_file()
    # What a script reads from elsewhere would not be seen as a change.
    assert not re.search(r"snakemake\.(config|wildcards|rule)\b", script.read_text())


PLANTED_FIGURE = '''"""A figure of the parameters of the chain."""

from openkerr.figures.style import SINGLE_COLUMN, journal_style, new_figure

PAPER = "chain"
TITLE = "Chain: its parameters"
INPUTS = ("chain_parameters",)
SETTINGS = {"model": "chain.model"}
DRAWN = {"kerr": "model.kerr"}


def draw(parameters, kerr):
    with journal_style():
        figure = new_figure(SINGLE_COLUMN, 2.0)
        figure.subplots().set_title(f"{len(parameters)} rows, U = {kerr}")
    return figure
'''


def test_a_figure_is_added_by_its_module_and_its_caption(tiny_run, tmp_path):
    folder = copy_run(tiny_run, tmp_path / "planted")
    (folder / "workflow/openkerr/figures/chain_planted.py").write_text(PLANTED_FIGURE)
    (folder / "workflow/report/chain_planted.rst").write_text("U = {{ snakemake.params.model.kerr }}\n")
    done = snakemake(folder, "figure_chain_planted", "--cores", "1", PYTHONPATH=str(folder / "workflow"))
    assert done.returncode == 0, done.stderr
    carried = read_figure_metadata(folder / RESULTS / "figures/chain_planted.png")
    assert set(carried["tables"]) == {"chain_parameters"}
    # It belongs to the whole, and nothing else is due for it.
    assert due(folder) == {}


# ---------------------------------------------------------------------------------------------- when something is wrong


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda c: c["torus"]["populations"][1].update(aleph=-200.0),
            ["torus.populations", "aleph", "-200", "allowed"],
        ),
        (lambda c: c["chain"].update(modle=1), ["chain.modle", "1", "allowed"]),
    ],
    ids=["value", "key"],
)
def test_a_bad_configuration_is_one_line_before_anything_is_made(tiny_run, tmp_path, change, words):
    folder = copy_run(tiny_run, tmp_path / "fresh", results=False)
    done = snakemake(folder, "--cores", "1", config=changed_config(tmp_path / "bad.yaml", change))
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if "allowed" in line]
    assert len(said) == 1
    assert all(word in said[0] for word in words), said[0]
    assert not (folder / "results").exists()


def test_a_failed_job_leaves_its_log_and_no_output(tiny_run, tmp_path):
    folder = copy_run(tiny_run, tmp_path / "broken")
    table = folder / RESULTS / "tables/chain_phase_diagram.csv"
    table.write_text(table.read_text().replace("0", "1", 1))
    done = snakemake(folder, "figure_chain_2", "--cores", "1")
    assert done.returncode != 0
    said = "chain_phase_diagram.csv does not match the checksum"
    log = (folder / RESULTS / "logs/figure_chain_2.log").read_text()
    assert "Traceback" in log and said in log
    # The user sees it without having to look for the log.
    assert said in done.stderr
    left = sorted(path.name for path in (folder / RESULTS / "figures").iterdir())
    assert not [name for name in left if name.startswith("chain_2")]


def test_a_job_of_a_cluster_whose_code_was_edited_since_it_was_submitted_stops_with_one_line(tiny_run, tmp_path):
    """Its Snakemake evaluates the rules anew, with the edit: the plan comes from the run that submitted it."""
    folder = copy_run(tiny_run, tmp_path / "edited")
    table = folder / RESULTS / "tables/chain_parameters.csv"
    script = folder / "workflow/scripts/chain_parameters.py"
    planned = json.dumps({str(script.resolve()): fingerprint(script, root=folder / "workflow")})
    script.write_text(script.read_text() + "\nEDITED = True\n")
    table.unlink()
    remote = ("--cores", "1", "--mode", "remote", "--allowed-rules", "chain_parameters", "--force", "--nolock")
    target = str(RESULTS / "tables/chain_parameters.csv")
    done = snakemake(folder, target, *remote, OPENKERR_PLANNED_CODE=planned, PYTHONPATH=str(folder / "workflow"))
    assert done.returncode != 0 and not table.exists()
    said = "chain_parameters.py or what it imports was edited after this job was planned: run again"
    assert said in (folder / RESULTS / "logs/chain_parameters.log").read_text()
    assert said in done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    # Planned by the run itself, the same job is that of the new code.
    done = snakemake(folder, target, "--cores", "1", OPENKERR_PLANNED_CODE=planned, PYTHONPATH=str(folder / "workflow"))
    assert done.returncode == 0 and table.exists(), done.stderr
