"""Figures of the exact solution: what stands in the tables is what is drawn."""

import docutils.core
import jinja2
import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from systems.attractor_tables import diffusion
from systems.liouvillian_tables import ALEPHS, gaps, grid, lines, spectrum, states

from openkerr.analysis.crossover import crossover_table, line_gaps
from openkerr.figures import torus_crossover, torus_eigenmatrices, torus_liouvillian, torus_steady_state
from openkerr.figures.style import journal_style
from openkerr.runtime.provenance import ROOT


def overlapping_panels(figure):
    with journal_style():
        figure.canvas.draw()
        boxes = [axes.get_tightbbox(for_layout_only=True) for axes in figure.axes]
    return [(i, j) for i in range(len(boxes)) for j in range(i) if boxes[i].shrunk(0.98, 0.98).overlaps(boxes[j])]


def test_spectra_of_a_few_alephs():
    table = spectrum()
    assert torus_liouvillian.shown_alephs(table) == [1.0, 2.0, 8.0, 16.0]
    assert torus_liouvillian.shown_alephs(table[table["aleph"] < 2]) == [0.5, 1.0]
    figure = torus_liouvillian.draw(table, lines(), diffusion(), 1.0, [0.8])
    assert len(figure.axes) == 6 and overlapping_panels(figure) == []
    last = [line for line in figure.axes[3].lines if line.get_linestyle() == "None"]
    assert len(last) == 3, "charge 0, charge 1 and its mirror image"
    np.testing.assert_allclose(last[1].get_xdata(), [0.8, 0.0, 1.6, 0.8])
    np.testing.assert_allclose(last[2].get_xdata(), -last[1].get_xdata())


def test_lines_of_the_crossover_are_the_slowest_of_each_order():
    found = line_gaps(spectrum())
    assert set(zip(found["sector"], found["m"], strict=True)) == {(0, 1), (1, 0), (1, 1), (1, 2)}
    assert len(found) == 4 * len(ALEPHS)
    one = found[(found["sector"] == 1) & (found["m"] == 1)]
    np.testing.assert_allclose(one["gap"] * one["aleph"], 0.5)


def test_crossover_holds_every_method_against_the_exact_gaps_and_the_limit():
    table = crossover_table(spectrum(), gaps(), lines(), 1.0)
    # Other cases than those of the exact parameters are left out.
    assert table[table["method"] == "twa"]["aleph"].tolist() == [16.0, 4e4]
    sampled, late = (row for _, row in table[table["method"] == "twa"].iterrows())
    np.testing.assert_allclose(sampled["gap_error"], 0.03 / (0.5 / 16) - 1)
    np.testing.assert_allclose(sampled["gap_error_stderr"], np.hypot(1e-3, 2e-4) / (0.5 / 16))
    assert np.isnan(late["gap_error"]) and table[table["method"] == "liouvillian"]["gap_error"].isna().all()
    np.testing.assert_allclose(late["relative_to_limit"], 4e4 * 1e-4 / 4.0 - 1)
    exact = table[table["method"] == "liouvillian"]
    assert set(exact[exact["slowest"] == 1][["sector", "m"]].itertuples(index=False, name=None)) == {(1, 1)}
    shift = exact.set_index(["sector", "m", "aleph"])["frequency_shift"]
    np.testing.assert_allclose(shift[1, 1, 4.0], 0.8 - 0.83)
    additive = exact.set_index(["sector", "m", "aleph"])["additive_shift"]
    np.testing.assert_allclose(additive[1, 1, 4.0], shift[1, 0, 4.0] + shift[0, 1, 4.0])
    assert np.isnan(additive[1, 0, 4.0]) and np.isnan(additive[0, 1, 4.0])


def test_a_mode_of_no_line_can_be_the_slowest():
    modes = spectrum()
    modes.loc[modes["m"].isna(), "eigenvalue_real"] = -0.01 / modes["aleph"]
    table = crossover_table(modes, gaps(), lines(), 1.0)
    assert (table[table["method"] == "liouvillian"]["slowest"] == 0).all()


def test_slowest_is_unknown_where_a_sector_is_not_solved():
    modes = spectrum()
    modes = modes[(modes["sector"] == 1) | (modes["aleph"] < 16)]
    exact = crossover_table(modes, gaps(), lines(), 1.0).query("method == 'liouvillian'")
    assert exact[exact["aleph"] == 16]["slowest"].isna().all() and exact[exact["aleph"] == 8]["slowest"].notna().all()


def test_crossover_draws_its_table():
    table = crossover_table(spectrum(), gaps(), lines(), 1.0)
    figure = torus_crossover.draw(table, lines(), 1.0)
    assert len(figure.axes) == 3 and overlapping_panels(figure) == []
    sampled = figure.axes[1].containers
    assert len(sampled) == 1 and sampled[0].lines[0].get_xdata().tolist() == [16.0, 4e4]
    assert {line.get_ydata()[0] for line in figure.axes[1].lines if line.is_dashed()} == {3.0, 4.0, 7.0, 12.0}
    sure, faint = (np.asarray(each.lines[0].get_ydata(), float) for each in figure.axes[2].containers)
    assert not len(sure), "known to 3.3 % alone"
    np.testing.assert_allclose(faint, [100 * (0.03 * 32 - 1)])
    empty = crossover_table(spectrum(), gaps()[:0], lines().assign(linear_gap_times_aleph=np.nan), 1.0)
    assert len(torus_crossover.draw(empty, lines()[:0], 1.0).axes) == 2


def test_errors_of_truncated_wigner():
    found = torus_steady_state.differences(states())
    np.testing.assert_allclose(found["g2_1"], 0.1 / found["aleph"] ** 2)
    np.testing.assert_allclose(found["n2_over_aleph_stderr"], 0.01)
    figure = torus_steady_state.draw(states())
    assert len(figure.axes) == 4 and overlapping_panels(figure) == []
    with pytest.raises(ValueError, match="both an exact and a sampled steady state"):
        torus_steady_state.draw(states()[:3])


def test_eigenmatrices():
    data = grid()
    assert torus_eigenmatrices.chosen(data, 4.0) == [0, 1, 3, 4, 5]
    values = np.exp(0.7j) * np.array([[1.0, -2.0], [0.5, 0.1]])
    np.testing.assert_allclose(torus_eigenmatrices.turned(values), [[-1.0, 2.0], [-0.5, -0.1]])
    figure = torus_eigenmatrices.draw(data)
    assert sum(isinstance(each, QuadMesh) for axes in figure.axes for each in axes.collections) >= 5
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert "$0$" in shown and "(0, 0)" in shown and overlapping_panels(figure) == []


PARAMS = {
    "model": {
        "omega": [1.0, 1.0],
        "kerr": [0.1, 0.2],
        "tunneling": 0.4,
        "pump_rate": [1.0, 1.0],
        "two_photon_loss_rate": [1.0, 1.0],
        "loss_rate": [0.0, 0.0],
        "two_photon_diffusion": "paper",
    },
    "liouvillian": {"n_values": 5, "fine_aleph": 16.0, "fine_basis_tolerance": 3e-8, "basis_tolerance": 3e-6},
    "steady_states": {"n_trajectories": 4096, "averaging_time": 100.0, "burn_in": 50.0},
}


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("torus_liouvillian", "The 5 slowest eigenvalues"),
        ("torus_crossover", "linear-noise theory"),
        ("torus_steady_state", "4096 trajectories, averaged over ηt = 100.0 after 50.0"),
        ("torus_eigenmatrices", "in the frame of cavity 1's phase"),
    ],
)
def test_captions_state_parameters(name, fact):
    source = (ROOT / "report" / f"{name}.rst").read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(source).render(snakemake={"params": PARAMS})
    flat = " ".join(text.split())
    assert fact in flat and "U = 0.1, 0.2; J = 0.4" in flat
    docutils.core.publish_parts(text, writer="html", settings_overrides={"halt_level": 2})
