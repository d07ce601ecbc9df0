"""Figures: what they show, that reruns give equal bytes, and that they carry their origin."""

import json
import os
import subprocess
import sys
from pathlib import Path

import docutils.core
import jinja2
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from systems.chain_tables import boundaries, phase_diagram
from systems.population_tables import torus_frames

from openkerr.figures import chain_2, torus_2
from openkerr.figures.style import COLORS, aleph_label, journal_style, read_figure_metadata, save_figure, spread
from openkerr.runtime.provenance import ROOT, file_sha256

RUN = {"git_revision": "0" * 40, "date": "2000-01-01T00:00:00+00:00"}


def write_figures(folder: str) -> None:
    """Draw and save both figures into a folder."""
    table = Path(folder) / "table.csv"
    table.write_text("a,b\n", encoding="utf-8")
    for name, figure in (
        ("torus_2", torus_2.draw(*torus_frames())),
        ("chain_2", chain_2.draw(phase_diagram(), boundaries())),
    ):
        save_figure(
            figure,
            [Path(folder) / f"{name}.pdf", Path(folder) / f"{name}.png"],
            figure_id=name,
            config_digest="c" * 64,
            fingerprint="f(\\)" * 16,
            inputs={str(table): file_sha256(table)},
            run=RUN,
            dpi=100,
        )


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Both figures saved twice: here, and by a process with another hash seed, clock and user settings."""
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    (there / "matplotlibrc").write_text("font.size: 20\naxes.facecolor: black\n", encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "12345",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent), str(Path(__file__).parents[1])]),
        "MATPLOTLIBRC": str(there / "matplotlibrc"),
        "SOURCE_DATE_EPOCH": "1",
    }
    code = "import sys, test_figures; test_figures.write_figures(sys.argv[1])"
    with subprocess.Popen([sys.executable, "-c", code, str(there)], env=environment) as other:
        write_figures(str(here))
    assert other.returncode == 0
    return here, there


@pytest.fixture
def written(folders):
    """The folder that this process wrote."""
    return folders[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torus_2", "chain_2"])
def test_two_processes_write_equal_bytes(folders, name):
    here, there = folders
    for suffix in ("pdf", "png", "json"):
        assert (here / f"{name}.{suffix}").read_bytes() == (there / f"{name}.{suffix}").read_bytes(), suffix


@pytest.mark.parametrize("name", ["torus_2", "chain_2"])
def test_pictures_carry_their_origin(written, name):
    origin = {
        "figure": name,
        "config_digest": "c" * 64,
        "fingerprint": "f(\\)" * 16,
        "tables": {"table": file_sha256(written / "table.csv")},
    }
    pictures = [written / f"{name}.pdf", written / f"{name}.png"]
    for picture in pictures:
        assert read_figure_metadata(picture) == origin
        assert b"2000-01-01" not in picture.read_bytes() and b"CreationDate" not in picture.read_bytes()
    beside = json.loads((written / f"{name}.json").read_text(encoding="utf-8"))
    assert beside == {**origin, "run": RUN, "files": {path.name: file_sha256(path) for path in pictures}}


def test_bad_paths_are_refused_and_nothing_is_written(tmp_path):
    figure = Figure()
    rest = {"figure_id": "x", "config_digest": "", "fingerprint": "", "inputs": {}, "run": {}}
    for paths in ([], [tmp_path / "a.pdf", tmp_path / "b.png"], [tmp_path / "a.png", tmp_path / "a.svg"]):
        with pytest.raises(ValueError, match=r"one folder and one name|written as \.pdf or \.png"):
            save_figure(figure, paths, **rest)
    with pytest.raises(ValueError, match="two inputs of a figure have the same name"):
        save_figure(figure, [tmp_path / "a.png"], **{**rest, "inputs": {"tables/a.csv": "0", "grids/a.nc": "1"}})
    with pytest.raises(ValueError, match="nan"):
        save_figure(figure, [tmp_path / "a.png"], **{**rest, "run": {"x": float("nan")}})
    assert list(tmp_path.iterdir()) == []
    figure.savefig(tmp_path / "bare.pdf")
    figure.savefig(tmp_path / "bare.png")
    for name in ("bare.pdf", "bare.png"):
        with pytest.raises(KeyError, match=f"{name} carries no origin"):
            read_figure_metadata(tmp_path / name)


def test_style_leaves_the_user_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with journal_style():
        assert matplotlib.rcParams["mathtext.fontset"] == "stix"
    assert dict(matplotlib.rcParams) == before


def test_aleph_label_groups_digits():
    assert aleph_label(30000.0) == r"$\aleph = 30\,000$"
    assert aleph_label(0.5) == r"$\aleph = 0.5$"


def _line(axes, color):
    return next(line for line in axes.lines if line.get_color() == color and len(line.get_xdata()) > 2)


def test_torus_2_shows_every_case_from_table_to_line():
    populations, trajectories = torus_frames()
    figure = torus_2.draw(populations, trajectories)
    # The run at 200 is short and has one panel, the others have three.
    panels = [figure.axes[begin:end] for begin, end in ((0, 3), (3, 6), (6, 7), (7, 10), (10, 13), (13, 14))]
    cases = [(mode, aleph) for mode in (1, 2) for aleph in (30000.0, 4000.0, 200.0)]
    assert [panel[0].get_title() for panel in panels[:3]] == [aleph_label(aleph) for _, aleph in cases[:3]]
    for (whole, *stretches), (mode, aleph) in zip(panels, cases, strict=True):
        rows = populations[(populations["aleph"] == aleph) & (populations["mode"] == mode)]
        line = _line(whole, COLORS["red"])
        np.testing.assert_array_equal(line.get_xdata(), rows["time"])
        np.testing.assert_array_equal(line.get_ydata(), rows["n_over_aleph"])
        end = rows["time"].max()
        envelope = whole.collections[0].get_paths()[0].vertices[:, 1]
        assert (envelope.min(), envelope.max()) == (0.0, 0.8)
        if not stretches:
            assert whole.get_xlim() == (0.0, end) and len(whole.lines) == 3, "mean and two single trajectories"
            continue
        (early, late), width = stretches, 40.0
        assert early.get_xlim() == (0.0, width) and late.get_xlim() == (end - width, end)
        # Mean, two single trajectories, in each window.
        assert [len(axes.lines) for axes in (early, late)] == [3, 3]
        path = next(item for item in late.lines if item.get_color() == "0.15")
        shown = trajectories.query(
            "aleph == @aleph and mode == @mode and trajectory == 0 and time >= @end - @width - 1"
        )
        np.testing.assert_array_equal(path.get_ydata(), shown["n_over_aleph"])


@pytest.mark.parametrize("n_cases", [1, 6])
def test_torus_2_draws_one_to_six_cases_without_trajectories_too(n_cases):
    populations, trajectories = torus_frames([100.0 * 2**n for n in range(n_cases)])
    # One column is wide enough for the whole of this run.
    assert len(torus_2.draw(populations, trajectories[:0]).axes) == (2 if n_cases == 1 else 2 * 3 * n_cases)


@pytest.mark.parametrize("n_cases", [0, 7])
def test_torus_2_refuses_other_numbers_of_cases(n_cases):
    populations, trajectories = torus_frames([10.0 + n for n in range(max(n_cases, 1))])
    populations = populations if n_cases else populations[:0]
    with pytest.raises(ValueError, match=f"1 to 6 values of aleph, the table has {n_cases}"):
        torus_2.draw(populations, trajectories)


@pytest.mark.parametrize(
    "draw",
    [lambda: torus_2.draw(*torus_frames()), lambda: chain_2.draw(phase_diagram(), boundaries())],
    ids=["torus_2", "chain_2"],
)
def test_no_text_leaves_the_page(draw):
    figure = draw()
    with journal_style():
        figure.draw_without_rendering()
        page = figure.bbox
        for text in [*figure.texts, *figure.legends]:
            box = text.get_window_extent()
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, text
        for axes in figure.axes:
            box = axes.get_tightbbox()
            assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1


def test_png_has_the_size_of_two_columns(written):
    with Image.open(written / "chain_2.png") as image:
        assert image.size[0] == 700


TORUS_PARAMS = {
    "initial_amplitude": 0.05,
    "model": {
        "omega": [1.0, 1.0],
        "kerr": [0.1, 0.1],
        "tunneling": 0.4,
        "pump_rate": [1.0, 1.0],
        "two_photon_loss_rate": [1.0, 1.0],
        "loss_rate": [0.0, 0.0],
        "thermal_occupation": [0.0, 0.0],
        "two_photon_diffusion": "paper",
    },
    "cases": [
        {
            "name": "aleph_30000",
            "aleph": 30000.0,
            "n_trajectories": 2048,
            "final_time": 1500.0,
            "time_step": 0.05,
            "sampling_interval": 0.5,
            "n_paths": 3,
        }
    ],
}


@pytest.mark.parametrize(
    ("name", "params", "facts"),
    [
        (
            "torus_2",
            TORUS_PARAMS,
            ["ℵ = 30000", "2048 trajectories", "ηt = 1500", "J = 0.4", "step 0.05", "amplitude 0.05"],
        ),
    ],
)
def test_captions_state_parameters_and_statistics(name, params, facts):
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(source).render(snakemake={"params": params})
    for fact in [*facts, "standard error", "independent batches"]:
        assert fact in text
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})


def test_names_are_spread_as_little_as_need_be():
    np.testing.assert_allclose(spread([5.0, 1.0, 1.5], 1.0), [5.0, 0.75, 1.75])
    np.testing.assert_allclose(spread([0.0, 3.0], 1.0), [0.0, 3.0])
    assert spread([], 1.0).size == 0
