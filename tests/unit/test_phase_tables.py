"""Tables of linear noise and the melting that it predicts, on numbers known in advance."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from openkerr.analysis import phase_diffusion as tables
from openkerr.analysis.melting_prediction import (
    circular_variance,
    predicted_circular_variance,
    predicted_scaling,
    relaxation_rate,
    scaling,
)
from openkerr.studies.torus_attractors.tables import (
    TORUS_ANGLE_WEIGHTS,
    TORUS_DIFFUSION,
    TORUS_LINE_GAPS,
    TORUS_LINE_RANKS,
    TORUS_SLOWEST_LINES,
)
from openkerr.studies.torus_melting.tables import TORUS_VARIANT_SCALING
from openkerr.tables.files import TableError, validate_table

FORMS = [(53.4, -97.5, 179.3), (1.0, 0.0, 1.0), (2.0, 0.9, 0.5), (0.3, -7.2, 175.0), (900.0, -50.0, 3.0)]


def gap(form, k, m):
    return 0.5 * np.array([k, m]) @ np.array([[form[0], form[1]], [form[1], form[2]]]) @ np.array([k, m])


def point(omega, form=FORMS[0], cycle=False):
    """A scanned point of a model at aleph = 10."""
    count = 1 if cycle else 2
    matrix = np.array([[form[0], form[1]], [form[1], form[2]]])[:count, :count] / 10
    diffusion = SimpleNamespace(
        frequencies=np.array([0.1, 0.8])[:count],
        diffusion=matrix,
        diffusion_error=1e-9 * np.abs(matrix),
        shift=np.array([0.5, -0.7])[:count],
        shift_error=np.array([1e-9, 2e-9])[:count],
    )
    errors = {"nu_error": 1e-13} if cycle else {"nu_phi_error": 1e-13, "nu_psi_error": 2e-13}
    return SimpleNamespace(value=omega, attractor=SimpleNamespace(**errors), diffusion=diffusion)


def test_diffusion_is_stored_times_aleph():
    frame = validate_table(
        TORUS_DIFFUSION, tables.diffusion_table([point(0.8, cycle=True), point(0.95), point(1.0)], 10.0)
    )
    assert frame["attractor"].tolist() == ["limit_cycle", "limit_torus", "limit_torus"]
    torus, cycle = frame.iloc[2], frame.iloc[0]
    assert torus[["d_phi_phi", "d_phi_psi", "d_psi_psi"]].tolist() == pytest.approx(FORMS[0])
    assert torus[["shift_phi", "shift_psi"]].tolist() == pytest.approx([5.0, -7.0])
    assert torus["shift_psi_stderr"] == pytest.approx(2e-8) and torus["d_phi_psi_stderr"] == pytest.approx(97.5e-9)
    assert cycle[["nu_psi", "d_phi_psi", "d_psi_psi", "shift_psi"]].isna().all() and np.isnan(cycle["aleph"])
    with pytest.raises(TableError, match="need nu_psi"):
        validate_table(TORUS_DIFFUSION, frame.assign(d_psi_psi=np.nan))


def test_lines_and_the_slowest_of_them():
    frame = tables.diffusion_table([point(0.8, cycle=True), point(1.0)], 10.0)
    lines = validate_table(TORUS_LINE_GAPS, tables.lines_of_torus(frame, 3))
    assert len(lines) == 4 * 7
    one = lines[(lines["sector"] == 2) & (lines["m"] == -1)].iloc[0]
    assert one["linear_gap_times_aleph"] == pytest.approx(gap(FORMS[0], 2, -1))
    assert one["frequency"] == pytest.approx(0.2 - 0.8)
    assert one["frequency_shift_times_aleph"] == pytest.approx(10.0 + 7.0)
    assert one["linear_gap_times_aleph_stderr"] == pytest.approx(1e-9 * (2 * 53.4 + 2 * 97.5 + 0.5 * 179.3))
    slow = validate_table(TORUS_SLOWEST_LINES, tables.slowest_lines(frame))
    assert slow[["sector", "m", "slowest"]].to_numpy().tolist() == [[0, 1, 0], [1, 1, 0], [2, 1, 1], [3, 2, 0]]
    far = tables.diffusion_table([point(1.0, (0.3, -7.2, 175.0))], 10.0)
    assert tables.slowest_lines(far)["slowest"].sum() == 1
    assert tables.slowest_lines(frame[frame["attractor"] == "limit_cycle"]).empty


@pytest.mark.parametrize("form", FORMS)
def test_ranked_lines_are_those_of_all_integers(form):
    frame = validate_table(
        TORUS_LINE_RANKS, tables.ranked_lines(tables.diffusion_table([point(1.0, form)], 10.0))
    ).sort_values("rank")
    every = np.indices((601, 601)).reshape(2, -1).T - [0, 300]
    every = every[(every[:, 0] > 0) | (every[:, 1] > 0)]
    matrix = np.array([[form[0], form[1]], [form[1], form[2]]])
    expected = np.sort(0.5 * np.einsum("ia,ab,ib->i", every, matrix, every))[: tables.N_RANKED]
    assert list(frame["rank"]) == list(range(1, tables.N_RANKED + 1))
    assert frame["linear_gap_times_aleph"].to_numpy() == pytest.approx(expected, rel=1e-9)
    assert (frame["sector"] >= 0).all() and not frame.duplicated(["sector", "m"]).any()


@pytest.mark.parametrize("form", FORMS)
def test_the_slowest_line_is_that_of_all_integers(form):
    found = tables.slowest_line(*form)
    others = [gap(form, k, m) for k, m in product(range(-60, 61), range(-60, 61)) if (k, m) != (0, 0)]
    assert gap(form, *found) == pytest.approx(min(others), rel=1e-12)
    assert found[0] >= 0
    for k in range(4):
        best = min(gap(form, k, m) for m in range(-200, 201) if (k, m) != (0, 0))
        assert gap(form, k, tables.slowest_order(form[1], form[2], k)) == pytest.approx(best, rel=1e-12)


def test_a_form_that_is_not_definite_has_no_slowest_line():
    with pytest.raises(ValueError, match="positive definite"):
        tables.slowest_line(1.0, 2.0, 1.0)


class Epicycle:
    """A field a + b exp(-i psi) with nu_phi = 0.1, nu_psi = 0.7 in every mode."""

    nu_phi, nu_psi = 0.1, 0.7

    def __init__(self, a, b):
        self.a, self.b = a, b

    def lines(self, observable, charge, max_order, n_samples):
        psi = 2 * np.pi * np.arange(n_samples) / n_samples
        values = observable(np.tile(self.a + self.b * np.exp(-1j * psi), (2, 1)))
        orders = np.arange(-max_order, max_order + 1)
        return charge * self.nu_phi + orders * self.nu_psi, np.fft.ifft(values)[orders]


@pytest.mark.parametrize(("a", "b", "winding"), [(1.0, 0.4, 0), (0.5, 0.9j, 1), (0.97, 1.0, 1)])
def test_weights_of_an_angle_with_and_without_winding(a, b, winding):
    orders, weights = tables.angle_weights(Epicycle(a, b), 0, 1)
    psi = np.linspace(0, 7, 50)
    field = a + b * np.exp(-1j * psi)
    assert np.exp(-1j * np.outer(psi, orders)) @ weights == pytest.approx(field / np.abs(field), abs=1e-3)
    assert (np.abs(weights) ** 2).sum() == pytest.approx(1.0, abs=1e-9)
    # The winding number of a unimodular function is the mean of its orders.
    assert (orders * np.abs(weights) ** 2).sum() == pytest.approx(winding, abs=1e-4)


def test_an_orbit_through_zero_has_no_smooth_angle():
    with pytest.raises(ValueError, match="mode 2 passes through zero"):
        tables.angle_weights(Epicycle(1.0, -1.0), 1, 2)


def start():
    """A start on an epicycle: gap = (k² + m²)/2, start variance 3 k², at aleph = 10."""
    return SimpleNamespace(
        orbit=Epicycle(0.5, 0.9),
        time=20.0,
        diffusion=SimpleNamespace(
            gap=lambda k, m: 0.05 * (k**2 + m**2), frequency_shift=lambda k, m: 0.1 * k - 0.2 * m
        ),
        start_variance=lambda k, m: 0.3 * k**2,
        start_phase=lambda k, m: 0.4 * m,
    )


def test_angle_weights_refer_to_the_start():
    frame = validate_table(TORUS_ANGLE_WEIGHTS, tables.angle_weights_table(1.0, start(), (1, 2), 10.0))
    lines = frame[frame["mode"] == 2]
    field = 0.5 + 0.9 * np.exp(-1j * 0.7 * 5.0)
    values = (lines["weight_real"] + 1j * lines["weight_imag"]) * np.exp(-1j * lines["frequency"] * 25.0)
    assert values.sum() == pytest.approx(field / abs(field) * np.exp(-0.2j * 5.0), abs=1e-4)
    row = lines[lines["m"] == 3].iloc[0]
    assert row["linear_gap_times_aleph"] == pytest.approx(0.5 * 13) and row["start_variance_times_aleph"] == 12.0
    assert row["frequency_shift_times_aleph"] == pytest.approx(-4.0)
    assert row["start_phase_times_aleph"] == pytest.approx(12.0)


def lines(weights, orders=None, gaps=None, frequencies=None, **columns):
    size = len(weights)
    frame = pd.DataFrame(
        {
            "m": orders if orders is not None else np.arange(size),
            "frequency": frequencies if frequencies is not None else np.zeros(size),
            "weight_real": np.real(weights),
            "weight_imag": np.imag(weights),
            "linear_gap_times_aleph": gaps if gaps is not None else np.ones(size),
        }
    )
    names = ("frequency_shift_times_aleph", "start_variance_times_aleph", "start_phase_times_aleph")
    return frame.assign(**{name: columns.get(name, 0.0) for name in names})


def test_one_line_melts_exponentially():
    one = lines([np.exp(0.3j)], [1], [7.0], [0.4], start_variance_times_aleph=21.0)
    time, aleph = np.array([[10.0], [50.0]]), np.array([100.0, 1000.0, 5000.0])
    expected = 1 - np.exp(-(7.0 * time + 21.0) / aleph)
    assert circular_variance(one, time, aleph) == pytest.approx(expected, rel=1e-12)
    assert predicted_circular_variance(one, time, aleph) == pytest.approx(expected, rel=1e-12)
    without = predicted_circular_variance(one, time / aleph, start=False)
    assert without == pytest.approx(1 - np.exp(-7.0 * time / aleph), rel=1e-12)


def test_the_period_mean_is_the_mean_over_a_period():
    orbit = tables.angle_weights_table(1.0, start(), (1, 2), 10.0)
    one = orbit[orbit["mode"] == 1]
    aleph = 1e7
    times = 0.3 * aleph + np.arange(400) * (2 * np.pi / 0.7 / 400)
    moving = circular_variance(one, times, aleph)
    assert np.ptp(moving) > 0.1
    assert predicted_circular_variance(one, 0.3 * aleph, aleph) == pytest.approx(moving.mean(), abs=1e-6)


def test_shifts_turn_the_lines_against_each_other():
    two = lines([0.8, 0.4], [0, 1], [0.0, 0.0], [0.0, 1.0], frequency_shift_times_aleph=[0.0, 50.0])
    two["start_phase_times_aleph"] = [0.0, 30.0]
    # A phase of pi between the lines: 2 pi n + pi = t + (50 t + 30)/aleph.
    aleph = 100.0
    time = (7 * np.pi - 30 / aleph) / (1 + 50 / aleph)
    assert circular_variance(two, time, aleph) == pytest.approx(1 - 0.4, abs=1e-12)
    # Fields turn as exp(-i t): a weight that is ahead by 0.5 takes until then longer.
    ahead = lines([0.8, 0.4 * np.exp(0.5j)], [0, 1], [0.0, 0.0], [0.0, 1.0])
    assert circular_variance(ahead, np.pi + 0.5, aleph) == pytest.approx(1 - 0.4, abs=1e-12)


def test_a_relaxation_rate_is_that_of_the_fit():
    x = np.linspace(1.0, 40.0, 30)
    assert relaxation_rate(x, -np.expm1(-0.07 * x)) == pytest.approx(0.07, rel=1e-6)
    bent = 1 - np.exp(-0.07 * x) * (1 + 0.1 * np.sin(x))
    rate = relaxation_rate(x, bent)
    residual = [np.sum((bent + np.expm1(-r * x)) ** 2) for r in (0.999 * rate, rate, 1.001 * rate)]
    assert residual[1] < min(residual[0], residual[2])
    with pytest.raises(ValueError, match="two points"):
        relaxation_rate([1.0], [0.5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        relaxation_rate(x, np.zeros(30))


def test_exponents_of_one_line_and_what_the_start_makes_of_them():
    alephs, times = [1e3, 2e3, 4e3], [20.0, 50.0, 100.0]
    grid_t, grid_a = np.linspace(10, 200, 30), np.geomspace(1e3, 1e5, 20)
    plain = lines([1.0], [1], [19.0])
    found = scaling(lambda t, a: predicted_circular_variance(plain, t, a), alephs, grid_t, times, grid_a)
    assert [found.d1, found.d2, found.alpha, found.beta] == pytest.approx([-1, 1, 1, -1], abs=1e-6)
    assert found.c1 == pytest.approx(19.0, rel=1e-5) and found.rates_in_aleph == pytest.approx(19.0 * np.array(times))
    late = lines([1.0], [1], [19.0], start_variance_times_aleph=19.0 * 25.0)
    found = scaling(lambda t, a: predicted_circular_variance(late, t, a), alephs, grid_t, times, grid_a)
    assert found.rates_in_aleph == pytest.approx(19.0 * (np.array(times) + 25.0), rel=1e-6)
    assert 0.5 < found.d2 < 0.9 and found.beta == found.d1 / found.d2
    with pytest.raises(ValueError, match="two alephs"):
        scaling(lambda t, a: t / a, [1.0], grid_t, times, grid_a)


def test_predicted_exponents_of_one_line_are_those_of_diffusion():
    one = pd.DataFrame(
        {
            "mode": [1, 2],
            "m": 0,
            "weight_real": 1.0,
            "weight_imag": 0.0,
            "linear_gap_times_aleph": [20.0, 2.0],
            "start_variance_times_aleph": [0.0, 400.0],
        }
    )
    frame = predicted_scaling(one, (5000.0, 40000.0), [(100.0, 1000.0)], 5)
    table = validate_table(TORUS_VARIANT_SCALING, frame.assign(case="one", family="default"))
    found = table.set_index(["mode", "quantity"])["value"]
    assert [found[1, name] for name in ("d1", "d2", "beta")] == pytest.approx([-1, 1, -1], abs=1e-6)
    # What the start leaves is there at all times: 400 + 2 t is no power of the time, -ln(1 - R) still one of aleph.
    slope = np.polyfit(np.log(np.geomspace(100, 1000, 5)), np.log(400 + 2 * np.geomspace(100, 1000, 5)), 1)[0]
    assert found[2, "d2"] == pytest.approx(slope, abs=1e-6) and found[2, "d1"] == pytest.approx(-1, abs=0.02)
