"""Weak errors: what noise hides stays zero, what is there is found, and the figure's choice of the worst row."""

import numpy as np
import pytest
from systems.stepper_tables import stepper_errors

from openkerr.analysis.stepper_errors import root_mean_square_bias
from openkerr.figures.steppers import draw, worst


def test_noise_alone_is_no_error():
    """Over many repetitions the mean square averages to zero, and its error tells the spread."""
    rng = np.random.default_rng(1)
    squares, claimed = [], []
    for _ in range(400):
        root, stderr = root_mean_square_bias(rng.normal(size=(32, 5)) + 1j * rng.normal(size=(32, 5)))
        squares.append(root)
        claimed.append(stderr)
    # Half of the unbiased squares are negative: their root is given as zero.
    assert 0.3 < np.mean(np.array(squares) == 0) < 0.75
    assert np.mean(np.array(squares) < 2 * np.array(claimed)) > 0.92


@pytest.mark.parametrize("bias", [0.3, 2.0])
def test_a_bias_is_found_within_its_error(bias):
    rng = np.random.default_rng(2)
    found = np.array([root_mean_square_bias(bias + rng.normal(size=(64, 3))) for _ in range(200)])
    error = found[:, 0].std() / np.sqrt(200)
    assert abs(found[:, 0].mean() - bias) < 4.5 * error + 0.02 * bias
    # The stated error is the spread of the estimate.
    assert 0.75 < found[:, 1].mean() / found[:, 0].std() < 1.35


def test_a_bias_of_changing_sign_does_not_cancel():
    differences = np.tile([1.0, -1.0], (20, 1))
    np.testing.assert_allclose(root_mean_square_bias(differences)[0], 1.0)


def test_too_few_batches_are_refused():
    with pytest.raises(ValueError, match="3 batches"):
        root_mean_square_bias(np.ones((3, 1)))


CASES = [{"name": "field", "aleph": 5000.0}], []
"""Cases of both systems, as the configuration names them."""


def test_the_figure_shows_the_worst_mode():
    assert set(worst(stepper_errors())["mode"]) == {2}
    figure = draw(stepper_errors(), *CASES)
    assert r"\aleph = 5\,000" in figure.axes[0].get_title(loc="right")
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Runge-Kutta", "Runge-Kutta, single", "tolerance"]
    line = figure.axes[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(), [0.02, 0.04])


def test_a_step_that_diverged_has_no_point():
    table = stepper_errors()
    table.loc[table["time_step"] == 0.2, ["error", "error_stderr"]] = np.nan
    np.testing.assert_allclose(draw(table, *CASES).axes[0].lines[0].get_ydata(), [0.02])


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        draw(stepper_errors().iloc[:0], *CASES)
