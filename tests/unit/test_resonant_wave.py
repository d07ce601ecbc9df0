"""Linear theory of the wave, what is read off ensembles, and the figures of both."""

import copy
from pathlib import Path
from types import SimpleNamespace

import docutils.core
import jinja2
import numpy as np
import pandas as pd
import pytest
import yaml
from systems import wave_tables
from systems.wave_tables import DRIVE, LENGTH

from openkerr.analysis.resonant_wave import (
    bulk,
    linear_profile,
    phase_slope,
)
from openkerr.figures import chain_1, chain_6, chain_18, chain_rnw_branch
from openkerr.figures.style import journal_style
from openkerr.models.bose_hubbard_chain import BoseHubbardChain
from openkerr.run.config import ConfigError, validate_config
from openkerr.runtime.provenance import ROOT
from openkerr.solvers.stationary import stationary_state
from openkerr.studies.chain_wave.scan import trace_wave, wave_points

TINY = yaml.safe_load((Path(__file__).parents[1] / "config/tiny.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables():
    return wave_tables.tables()


def test_coherent_states_fluctuate_as_the_vacuum():
    field = np.array([20.0, -12.0 + 9.0j, 15.0j])
    profile = linear_profile(field, 0.25 * np.eye(6), np.zeros(3), center=2)
    number = np.abs(field) ** 2
    np.testing.assert_allclose(profile["photon_number"], number, rtol=1e-12)
    np.testing.assert_allclose(profile["number_fluctuation"], 0, atol=1e-9)
    np.testing.assert_allclose(profile["phase_variance"], 0.25 / number)
    np.testing.assert_allclose(profile["circular_variance"], -np.expm1(-0.125 / number))
    np.testing.assert_allclose(profile["mean_phase"], np.angle(field))
    np.testing.assert_allclose(profile["field_real"] + 1j * profile["field_imag"], field, rtol=1e-4)
    np.testing.assert_allclose(profile["g1"], 1, atol=1e-4)


def test_a_common_phase_takes_the_field_and_leaves_the_coherence():
    """The field exp(i theta) alpha with a Gaussian theta: <a> falls by exp(-V/2), all photon numbers stay."""
    field, variance = np.array([30.0, 40.0j]), 0.8
    along = np.concatenate([-field.imag, field.real])
    covariance = variance * np.outer(along, along) + 0.25 * np.eye(4)
    profile = linear_profile(field, covariance, -0.5 * variance * field)
    np.testing.assert_allclose(profile["photon_number"], np.abs(field) ** 2, rtol=1e-12)
    np.testing.assert_allclose(profile["circular_variance"], -np.expm1(-0.5 * variance), rtol=1e-3)
    decayed = np.hypot(profile["field_real"], profile["field_imag"]) / np.abs(field)
    np.testing.assert_allclose(decayed, np.exp(-0.5 * variance), rtol=1e-3)
    np.testing.assert_allclose(profile["g1"], 1, atol=1e-3)
    np.testing.assert_allclose(profile["mean_phase"], np.angle(field), atol=1e-12)


def test_phases_that_are_not_common_take_the_coherence():
    field, covariance = np.array([30.0, 40.0]), 0.25 * np.eye(4)
    covariance[3, 3] += 0.5 * 40.0**2  # the phase of the second site, whose direction is the imaginary one
    profile = linear_profile(field, covariance, np.array([0.0, -0.25 * 40.0]))
    np.testing.assert_allclose(profile["g1"], [1, np.exp(-0.25)], rtol=2e-3)


def test_number_fluctuations_are_those_of_the_amplitude():
    field, covariance = np.array([30.0, 40.0]), 0.25 * np.eye(4)
    covariance[0, 0] = 0.1
    profile = linear_profile(field, covariance, np.zeros(2))
    np.testing.assert_allclose(profile["number_fluctuation"], [900 * (0.4 - 1), 0], atol=1e-9)


def test_wavenumber_of_phases_that_pass_pi():
    phases = np.angle(np.exp(0.4j * np.arange(40)))
    phases[:10] = phases[30:] = 0  # outside of the bulk
    assert bulk(40) == slice(10, 30)
    assert phase_slope(np.angle(np.exp(0.4j * np.arange(40)))) == pytest.approx(0.4)
    assert np.isnan(phase_slope(np.zeros(1)))


def test_branch_has_states_and_ensembles_of_the_same_chain(tables):
    rows = tables.branch[(tables.branch["length"] == LENGTH) & (tables.branch["drive_amplitude"] == DRIVE)]
    by_method = rows.set_index("method")
    assert set(by_method.index) == {"newton", "twa", "gpe"}
    newton, twa = by_method.loc["newton"], by_method.loc["twa"]
    assert (newton["stable"], newton["fold"]) == (1, 0)
    assert newton["growth_rate"] < 0
    assert pd.isna(twa["stable"])
    assert twa["stationarity"] == 1.5
    assert twa["wavenumber"] == pytest.approx(newton["wavenumber"], rel=1e-2)
    assert twa["wavenumber_stderr"] == pytest.approx(np.sqrt(2) * 0.01 / 3)
    for name in ("number_fluctuation_bulk", "circular_variance_last", "field_decay"):
        assert twa[name] == pytest.approx(newton[name], rel=1e-9)
    folds = tables.branch[tables.branch["fold"] == 1]
    assert list(folds["length"]) == [4, LENGTH]
    assert list(folds["stable"]) == [0, 0]
    np.testing.assert_allclose(folds["drive_amplitude"] ** 2, folds["photon_number_last"], rtol=1e-4)
    assert tables.branch.loc[tables.branch["method"] == "newton", "drive_amplitude"].min() > 6.8


def test_ensembles_say_what_their_step_does(tables):
    """At a step of 0.05 the photon-number fluctuations of the bulk are 3 % off, and a run without noise has none."""
    rows = tables.branch.set_index("method")
    assert rows.loc["twa", "number_fluctuation_bulk_systematic"] == pytest.approx(0.96, abs=0.1)
    assert rows.loc["twa", "photon_number_last_systematic"] < 0.05
    assert rows.loc["gpe", "photon_number_last_systematic"] == pytest.approx(0.0103, abs=1e-3)
    assert np.isnan(rows.loc["gpe", "number_fluctuation_bulk_systematic"])
    assert rows.loc["newton", "wavenumber_systematic"].isna().all()


def test_continuation_tells_both_sides_of_the_fold(tables):
    rows = tables.continuation[tables.continuation["length"] == LENGTH]
    assert list(rows["fold"]).count(1) == 1
    fold = int(rows["fold"].to_numpy().argmax())
    assert (rows["side"].iloc[: fold + 1] == "wave").all()
    assert (rows["side"].iloc[fold + 1 :] == "saddle").all()
    assert (rows["n_unstable"].iloc[:fold] == 0).all()
    assert (rows["n_unstable"].iloc[fold + 1 :] == 1).all()


@pytest.mark.parametrize(
    ("key", "value", "blamed"),
    [
        ("lengths", [6, 4], r"lengths\[1\]"),
        ("lengths", [6, 8], r"points\[0\]\.length"),
        ("drive_amplitudes", [6.5, 9.0], r"points\[0\]\.drive_amplitude"),
        ("points", [{"length": 4, "drive_amplitude": 9.0, "sites": [1, 2, 3, 5], "center": 2}], r"points\[0\]\.sites"),
        ("points", [{"length": 4, "drive_amplitude": 9.0, "sites": [1, 2, 3, 4], "center": 5}], r"points\[0\]\.center"),
    ],
)
def test_a_wave_that_cannot_be_is_refused(key, value, blamed):
    config = copy.deepcopy(TINY)
    config["chain"]["wave"][key] = value
    with pytest.raises(ConfigError, match=rf"chain\.wave\.{blamed}.*allowed: "):
        validate_config(config)


def six(tables, **changes):
    given = {"profiles": tables.profiles, "coherence": tables.coherence, "linear": tables.linear} | changes
    return chain_6.draw(
        given["profiles"], given["coherence"], tables.wigner, given["linear"], length=LENGTH, drive_amplitude=DRIVE,
        sites=[1, 2, 3, 5],
    )  # fmt: skip


def test_chain_6_shows_ensembles_linear_theory_and_the_sites_that_are_there(tables):
    variance, coherence, *maps = six(tables).axes
    assert len(variance.containers) == 2  # the ensemble with intrinsic loss is another chain
    assert len(coherence.containers) == 1
    assert [bool(axes.images) for axes in maps[:4]] == [True, False, True, False]
    assert [bool(axes.texts[:1]) and "simulated" in axes.texts[0].get_text() for axes in maps[:4]][1]


def test_chain_18_breaks_the_phase_where_it_passes_pi(tables):
    linear = tables.linear.assign(mean_phase_classical=[2.0, 2.6, 3.1, -2.6, -2.0, -1.4])
    figure = chain_18.draw(tables.profiles, linear, length=LENGTH, drive_amplitude=DRIVE)
    line = next(line for line in figure.axes[1].lines if len(line.get_xdata()) == LENGTH + 1)
    assert np.isnan(line.get_ydata()[3])


def test_branch_figure_shows_the_fold_and_the_law_of_decay(tables):
    figure = chain_rnw_branch.draw(
        tables.branch, tables.continuation, tables.linear, tables.profiles, length=LENGTH, drive_amplitude=DRIVE
    )
    assert any("fold" in text.get_text() for text in figure.axes[0].texts)
    assert any("L^{-3}" in text.get_text() for text in figure.axes[1].texts)


def test_chains_without_a_wave_are_drawn_and_say_so(tables, tmp_path):
    sampled = tables.branch[tables.branch["method"] != "newton"]
    figure = chain_rnw_branch.draw(
        sampled, tables.continuation[:0], tables.linear[:0], tables.profiles, length=LENGTH, drive_amplitude=DRIVE
    )
    said = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert [any("no wave" in text for text in texts) for texts in said] == [True, True, False, False]
    eighteen = chain_18.draw(tables.profiles, tables.linear[:0], length=LENGTH, drive_amplitude=DRIVE)
    assert "no stable wave at rest" in [text.get_text() for text in eighteen.axes[0].get_legend().get_texts()]
    upper = six(tables, linear=tables.linear[:0]).axes[0]
    assert "no stable wave at rest" in [text.get_text() for text in upper.get_legend().get_texts()]
    with journal_style():
        figure.savefig(tmp_path / "figure.png", dpi=40)


def test_points_are_those_of_the_chain_with_its_loss(tables):
    lossy = chain_rnw_branch.draw(
        tables.branch, tables.continuation, tables.linear, tables.profiles,
        length=LENGTH, drive_amplitude=DRIVE, loss=0.1,
    )  # fmt: skip
    assert not any("gamma^2 n_L" in text.get_text() for text in lossy.axes[0].texts)
    number = chain_18.draw(tables.profiles, tables.linear, length=LENGTH, drive_amplitude=DRIVE, loss=0.1).axes[0]
    assert len(number.containers) == 1  # truncated Wigner alone was run with this loss


def test_figures_draw_what_there_is_without_ensembles(tables, tmp_path):
    none = tables.profiles[:0]
    figures = [
        six(tables, profiles=none, coherence=tables.coherence[:0], linear=tables.linear[:0]),
        chain_18.draw(none, tables.linear, length=LENGTH, drive_amplitude=DRIVE),
        chain_18.draw(tables.profiles, tables.linear[:0], length=LENGTH, drive_amplitude=DRIVE),
        chain_rnw_branch.draw(
            tables.branch[tables.branch["method"] == "newton"], tables.continuation, tables.linear[:0], none,
            length=LENGTH, drive_amplitude=DRIVE,
        ),
        chain_1.draw(wave_tables.parameters()),
    ]  # fmt: skip
    for figure in figures:
        with journal_style():
            figure.savefig(tmp_path / "figure.png", dpi=40)
        assert any(axes.has_data() for axes in figure.axes)


@pytest.mark.parametrize("name", ["chain_1", "chain_6", "chain_18", "chain_rnw_branch"])
def test_captions_say_what_is_drawn(name):
    text = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    point = TINY["chain"]["wave"]["points"][0]
    parameters = SimpleNamespace(points=[point], model=TINY["chain"]["model"])
    caption = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
    said = caption.render(snakemake=SimpleNamespace(params=parameters))
    docutils.core.publish_string(said, settings_overrides={"halt_level": 2, "report_level": 2})
    if name != "chain_1":
        assert "10.5" in said


def test_the_signs_of_detuning_hopping_and_interaction_make_no_difference(tables):
    """Neither to the field nor to its fluctuations; with the sign of one alone it is at rest no more."""
    for name in ("photon_number", "number_fluctuation"):
        np.testing.assert_allclose(tables.linear[f"{name}_mirrored"], tables.linear[name], rtol=1e-8)
    point = wave_points(trace_wave(BoseHubbardChain(length=4, drive_amplitude=11.0), 9.0), [DRIVE])[0]
    field, model = -np.conj(point.state.field), point.state.model
    turned = stationary_state(model.model_copy(update={"kerr": -model.kerr, "detuning": -model.detuning}), field)
    assert np.abs(turned.field - field).max() > 0.1
