"""Odd but valid cases, damaged files and hostile surroundings: one clear line, or a figure of what there is."""

import copy
import os
import subprocess
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
from systems import figure_tables

from openkerr.analysis.metastability import no_curves
from openkerr.figures.style import NothingToDraw, blank_figure, save_figure
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.numerics.compilation import load_kernel
from openkerr.run.config import ConfigError, validate_config
from openkerr.run.tables import TABLES
from openkerr.runtime.io import group_raw, read_raw, write_raw
from openkerr.solvers import stepper_kernel

TINY = yaml.safe_load((Path(__file__).parents[1] / "config/tiny.yaml").read_text(encoding="utf-8"))
NO_TORUS = ("torus_gaps", "torus_gap_fit", "torus_line_gaps", "torus_slowest_lines", "torus_lines")
OF_A_TORUS = ("nu_phi", "nu_psi", "floquet_rate", "nu_phi_step", "nu_psi_step", "step_error")


def without_torus(name, frame):
    """What the tables hold where the attractor is a limit cycle."""
    if name in NO_TORUS:
        return frame[:0]
    if name == "torus_gap_cases":
        return frame.assign(**{column: np.nan for column in OF_A_TORUS if column in frame})
    if name == "torus_diffusion":
        return frame[frame["attractor"] != "limit_torus"]
    if name == "torus_branches":
        return frame[frame["object"] != "relative_periodic_orbit"]
    return frame


def default_alone(name, frame):
    """What the tables hold with an empty list of variants."""
    gaps = ("torus_gaps", "torus_gap_fit", "torus_gap_cases")
    return frame[frame["case"] == "default"] if name in gaps else frame


def drawn(name, change, rendered=True):
    """The figure of changed tables, or the sentence in its place."""
    module, given = import_module(f"openkerr.figures.{name}"), {}

    def keep(*arguments, **settings):
        given.update(arguments=arguments, settings=settings)
        return module.draw(*arguments, **settings)

    figure_tables.TABLES[name](keep)
    count = len(module.INPUTS)
    frames = [change(*pair) for pair in zip(module.INPUTS, given["arguments"][:count], strict=True)]
    try:
        figure = module.draw(*frames, *given["arguments"][count:], **given["settings"])
    except NothingToDraw as reason:
        figure = blank_figure(str(reason))
        figure.canvas.draw()
        return str(reason)
    if rendered:
        figure.canvas.draw()
    return figure


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in figure_tables.TABLES if name.startswith("torus")])
def test_figures_are_drawn_where_there_is_no_torus(name):
    said = drawn(name, without_torus)
    blank = {"torus_3b", "torus_diffusion", "torus_dual", "torus_gap_windows", "torus_ratio"}
    assert isinstance(said, str) == (name in blank)


def unresolved(name, frame):
    """A table in which all that may be empty is."""
    schema = TABLES.get(name)
    empty = (
        {}
        if schema is None
        else {each.name: None if each.kind == "text" else np.nan for each in schema.columns if each.nullable}
    )
    return frame.assign(**{column: value for column, value in empty.items() if column in frame})


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in figure_tables.TABLES if name.startswith("chain")])
def test_figures_of_the_chain_are_drawn_with_what_there_is(name):
    """Each table without rows, and all without a number that may be missing: a figure, or a sentence."""
    drawn(name, unresolved, rendered=False)
    module = import_module(f"openkerr.figures.{name}")
    # Parameters always have their rows.
    for table in set(module.INPUTS) & set(TABLES) - {"chain_parameters"}:
        drawn(name, lambda other, frame, table=table: frame[:0] if other == table else frame, rendered=False)


def test_passages_of_chains_without_the_wave_are_told_not_drawn():
    said = drawn("chain_7", lambda name, frame: no_curves() if name == "chain_passages" else frame[:0])
    assert said == "no chain has the resonant nonlinear wave: there is no passage to it"


@pytest.mark.slow
def test_figures_of_a_family_without_cases_say_so():
    for name, family in (("torus_loss", "loss"), ("torus_thermal", "thermal"), ("torus_universality", "universality")):
        assert drawn(name, default_alone) == f"no case of the family {family} among torus.gaps.variants"
    for name in ("torus_3b", "torus_dual", "torus_spectrogram", "torus_gap_windows"):
        assert not isinstance(drawn(name, default_alone), str)


def test_a_picture_of_another_format_does_not_stay(tmp_path):
    def save(*suffixes):
        paths = [tmp_path / f"one{suffix}" for suffix in suffixes]
        save_figure(
            blank_figure("nothing"), paths, figure_id="one", config_digest="", fingerprint="", inputs={}, run={}
        )
        return sorted(path.name for path in tmp_path.iterdir())

    assert save(".pdf", ".png") == ["one.json", "one.pdf", "one.png"]
    assert save(".png") == ["one.json", "one.png"]
    assert save(".pdf") == ["one.json", "one.pdf"]


@pytest.mark.parametrize(
    ("at", "value", "key"),
    [
        (("torus", "model"), [0.3, 0.3], r"torus\.model\.thermal_occupation\[0\] = 0\.3"),
        (("torus", "model"), [0.0, 0.2], r"torus\.model\.thermal_occupation\[1\] = 0\.2"),
        (
            ("torus", "gaps", "variants", 2),
            [0.1, 0.1],
            r"torus\.gaps\.variants\[omega_2\]\.thermal_occupation\[0\] = 0\.1",
        ),
    ],
)
def test_a_parameter_that_acts_on_nothing_is_refused(at, value, key):
    config = copy.deepcopy(TINY)
    block = config
    for step in at:
        block = block[step]
    block["thermal_occupation"] = value
    with pytest.raises(ConfigError, match=rf"{key} is not allowed; allowed: 0\.0, for it changes no equation"):
        validate_config(config)
    block["loss_rate"] = [0.1, 0.1]
    validate_config(config)


def test_no_variants_are_allowed():
    config = copy.deepcopy(TINY)
    config["torus"]["gaps"]["variants"] = []
    assert validate_config(config).torus.gaps.variants == ()


def test_inert_parameters_are_named_by_the_model():
    dimer = KerrDimer(aleph=10.0, loss_rate=(0.1, 0.0), thermal_occupation=(1.0, 2.0))
    assert dimer.inert(["thermal_occupation", "omega"]) == [("thermal_occupation", 1)]
    chain = BoseHubbardChain(length=3, drive_amplitude=1.0, intrinsic_loss_rate=0.1)
    assert chain.inert(["intrinsic_loss_rate", "kerr", "drive_amplitude"]) == []
    baths = BoseHubbardChain(
        length=3, drive_amplitude=1.0, loss_rate=0.0, intrinsic_loss_rate=0.1, thermal_occupation=0.5
    )
    assert baths.inert(["thermal_occupation"]) == [("thermal_occupation", None)]


@pytest.mark.parametrize(
    ("build", "line"),
    [
        (lambda: KerrDimer(aleph="x"), "KerrDimer: aleph is 'x': allowed is a valid number, .*"),
        (lambda: KerrDimer(aleph=-1.0), "KerrDimer: aleph is -1.0: allowed is greater than 0"),
        (lambda: KerrDimer(), "KerrDimer: aleph is missing"),
        (lambda: KerrDimer.model_validate({"aleph": -1.0}), "KerrDimer: aleph is -1.0: allowed is greater than 0"),
        (lambda: KerrDimer.model_validate(5), "KerrDimer: .*"),
        (lambda: KerrDimer(aleph=5.0, lossrate=1.0), "KerrDimer: there is no parameter lossrate"),
        (lambda: KerrDimer(aleph=5.0, kerr=(0.1, None)), r"KerrDimer: kerr\[1\] is None: allowed is a valid number"),
        (
            lambda: DerivedModel(hamiltonian="n"),
            "DerivedModel: hamiltonian is 'n': allowed is an instance of Polynomial",
        ),
    ],
)
def test_models_refuse_in_one_line(build, line):
    with pytest.raises(ValueError, match=f"^{line}$"):
        build()


def test_a_damaged_raw_file_says_what_to_do(tmp_path):
    whole, cut = tmp_path / "whole.nc", tmp_path / "cut.nc"
    values = np.random.default_rng(1).normal(size=10_000)
    write_raw(xr.Dataset({"x": ("t", values, {"units": "1"})}, coords={"kind": 1}), whole, {})
    data = whole.read_bytes()
    for content in (data[: len(data) // 2], b"", b"text"):
        cut.write_bytes(content)
        for read in (read_raw, lambda path: group_raw([path], "kind")):
            with pytest.raises(ValueError, match=r"cut\.nc is damaged .*: delete it, and the next run makes it anew"):
                read(cut)
    with pytest.raises(FileNotFoundError):
        read_raw(tmp_path / "none.nc")


def test_a_cache_that_cannot_be_written_names_the_variable(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("OPENKERR_CACHE_DIR", str(blocked))
    with pytest.raises(OSError, match=r"kernels cannot be kept in .*: set OPENKERR_CACHE_DIR to a folder"):
        load_kernel((stepper_kernel,), {"drift": np_drift})


def np_drift(z, dz, p):
    """Stands for a kernel: nothing of it is compiled."""


@pytest.mark.parametrize("scale", ["", "record", "../..", "a b", "Default"])
def test_clean_takes_the_name_of_a_scale_alone(scale, tmp_path):
    (tmp_path / "results" / "record").mkdir(parents=True)
    (tmp_path / "Makefile").write_bytes((Path(__file__).parents[2] / "Makefile").read_bytes())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        ["make", "clean", f"SCALE={scale}"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert f"SCALE={scale}: allowed is the name of a scale" in done.stderr
    assert (tmp_path / "results" / "record").is_dir()


@pytest.mark.parametrize("name", ["a b", 'a"b', "a`b", "a\\b", "a$b", "a{b", "a(b)", "a'b", "a&b;c", "[a]*?", "über"])
def test_make_tells_at_once_in_which_folder_it_cannot_run(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "Makefile").write_bytes((Path(__file__).parents[2] / "Makefile").read_bytes())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make", "help"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    refused = any(mark in name for mark in ' "`\\${')
    assert (done.returncode != 0) == refused
    lines = done.stderr.splitlines()
    assert len(lines) == refused
    assert not refused or "No run is possible in a folder whose path has a space or one of" in lines[0]
