"""Figures of single chains: what they show of their tables, and their captions."""

import docutils.core
import jinja2
import numpy as np
import pandas as pd
import pytest
from systems.chain_profile_tables import LENGTH, SITES, grids, relaxation, tables

from openkerr.figures import chain_3, chain_13, chain_19
from openkerr.figures.chain_panels import wigner_limit
from openkerr.run.config import load_config
from openkerr.runtime.provenance import ROOT

CONFIG = load_config(ROOT.parent / "tests/config/tiny.yaml").chain


def lines_of(axes) -> list[np.ndarray]:
    return [line.get_ydata() for line in axes.get_lines() if len(line.get_ydata()) == LENGTH]


def test_figure_3_has_profiles_of_both_drives_and_maps_of_three_sites():
    profiles, coherence = tables()
    # Of the chains that were not asked for, those that keep their phase are left out.
    wave = profiles[(profiles["drive_amplitude"] == 8) & (profiles["method"] == "twa") & (profiles["loss"] == 0)]
    profiles = pd.concat([profiles, wave.assign(drive_amplitude=10.5, circular_variance=0.1)], ignore_index=True)
    figure = chain_3.draw(
        profiles, coherence, relaxation(), grids()[0], length=LENGTH, drive_amplitudes=[4.5, 8.0], sites=SITES
    )  # fmt: skip
    number, _, g1, lengths, amplitude, phase, *maps = figure.axes
    maps, bars = maps[:6], maps[6:]
    assert len(bars) == 2 and len(lines_of(lengths)) == 1
    for axes, name in ((amplitude, "amplitude_length"), (phase, "phase_length")):
        drawn = [float(container.lines[0].get_ydata()[0]) for container in axes.containers]
        expected = relaxation().query("loss == 0 and method == 'twa' and drive_amplitude < 9")
        np.testing.assert_allclose(drawn, expected.loc[expected["drive_amplitude"] == 8, name])
    expected = profiles[(profiles["loss"] == 0) & (profiles["method"] == "twa")]
    for drawn, drive in zip(lines_of(number), (4.5, 8.0), strict=True):
        np.testing.assert_array_equal(drawn, expected[expected["drive_amplitude"] == drive]["photon_number"])
    assert g1.get_yscale() == "log"
    assert len(maps) == 6 and [axes.get_title(loc="right")[-2] for axes in maps[:3]] == ["2", "3", "5"]
    assert all(axes.images[0].get_array().max() == 1.0 for axes in maps)


def test_figure_3_says_where_no_chain_is_chaotic():
    profiles, coherence = tables()
    figure = chain_3.draw(
        profiles.assign(circular_variance=0.1), coherence, relaxation(), grids()[0], length=LENGTH,
        drive_amplitudes=[4.5, 8.0], sites=SITES,
    )  # fmt: skip
    assert [[text.get_text() for text in axes.texts if "no" in text.get_text()] for axes in figure.axes[3:6]] == [
        ["no chaotic chain"]
    ] * 3


def test_the_square_of_a_map_holds_what_is_above_the_share():
    panel = grids()[0].isel(panel=0)
    limit = wigner_limit([panel], share=0.02)
    half = 10.0 * np.sqrt(np.log(1 / 0.02) / 8)
    assert half - 1.0 < limit / 1.12 < half + 1.0


def test_figure_13_shows_both_methods():
    profiles, _ = tables()
    figure = chain_13.draw(profiles, grids()[1], length=LENGTH, drive_amplitude=8.0, sites=SITES)
    number, variance, ratio, difference, *momenta = figure.axes
    quantum, classical = (
        profiles.query("drive_amplitude == 8 and loss == 0 and method == @name") for name in ("twa", "gpe")
    )
    for axes, expected in (
        (ratio, classical["photon_number"].to_numpy() / quantum["photon_number"].to_numpy() - 1),
        (difference, classical["circular_variance"].to_numpy() - quantum["circular_variance"].to_numpy()),
    ):
        np.testing.assert_allclose(lines_of(axes)[0], expected)
    assert len(lines_of(number)) == len(lines_of(variance)) == 2 and len(momenta) == 3
    assert [text.get_text() for text in number.get_legend().get_texts()] == ["truncated Wigner", "Gross-Pitaevskii"]
    assert all(len(axes.get_lines()) == 2 for axes in momenta)


def test_figure_19_has_a_curve_for_every_loss():
    profiles, _ = tables()
    figure = chain_19.draw(
        profiles, grids()[0], length=LENGTH, drive_amplitudes=[8.0, 4.5], loss_rates=[0.0, 0.3], site=3
    )
    assert len(figure.axes) == 6 + 2, "with a colour bar a row"
    for axes in (figure.axes[0], figure.axes[3]):
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["0", "0.3"]
        assert len(lines_of(axes)) == 2
    styles = [[line.get_linestyle() for line in axes.get_lines()[:2]] for axes in (figure.axes[0], figure.axes[3])]
    assert styles == [["-", "--"], ["-", "-"]], "what still moves is dashed"


def test_a_case_that_is_missing_is_named():
    profiles, coherence = tables()
    with pytest.raises(ValueError, match=r"no rows with length = 7"):
        chain_13.draw(profiles, grids()[1], length=7, drive_amplitude=8.0, sites=SITES)
    with pytest.raises(ValueError, match=r"no panel with .*site = 9"):
        chain_3.draw(
            profiles, coherence, relaxation(), grids()[0], length=LENGTH, drive_amplitudes=[4.5, 8.0], sites=[2, 3, 9]
        )  # fmt: skip


@pytest.mark.parametrize("name", ["chain_3", "chain_13", "chain_19"])
def test_captions_are_complete(name):
    parameters = {"model": CONFIG.model.model_dump(mode="json"), "ensembles": CONFIG.ensembles.model_dump(mode="json")}
    source = (ROOT / f"report/{name}.rst").read_text()
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(source)
    text = template.render(snakemake={"params": parameters})
    html = docutils.core.publish_parts(text, writer="html")["body"]
    assert "system-message" not in html and "32 trajectories" in html and "burn-in of 4" in html
