"""Cycle and torus of the two cavities: where each ends, and that both methods of finding them agree."""

import numpy as np
import pandas as pd
import pytest

from openkerr.analysis.attractors import (
    attractors_table,
    bifurcations_table,
    branches_table,
    continued_frequency,
    hysteresis,
)
from openkerr.analysis.portraits import lines_table, spectra_grid
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.solvers.attractor_search import find_attractor
from openkerr.solvers.continuation import trace_branch
from openkerr.solvers.families import vary
from openkerr.solvers.linear_noise import phase_diffusion
from openkerr.solvers.lyapunov import LyapunovTimes
from openkerr.solvers.ode import integrate
from openkerr.solvers.phase_scan import scan_phase_diffusion
from openkerr.solvers.sweeps import sample_attractors
from openkerr.solvers.time_grid import TimeGrid
from openkerr.studies.torus_attractors.raw import samples_dataset
from openkerr.studies.torus_attractors.tables import TORUS_ATTRACTORS, TORUS_BIFURCATIONS, TORUS_BRANCHES, TORUS_LINES
from openkerr.tables.files import validate_table

START = [0.05, 0.05]


def _dimer(omega):
    return KerrDimer(aleph=1.0, omega=(omega, omega))


@pytest.fixture(scope="module")
def sweeps():
    times = LyapunovTimes.from_times(0.05, 0.5, 1600.0, burn_in=200.0, step_time=100.0)
    data = {}
    for sweep, omegas in (("up", [0.9, 0.95, 0.98]), ("down", [0.98, 0.95, 0.9])):
        samples = sample_attractors(
            [_dimer(omega) for omega in omegas],
            times,
            starts=np.full((3, 1, 2), 0.05 + 0j),
            carry=True,
            series=TimeGrid(0.05, 4, 2000),
        )
        data[sweep] = samples_dataset(samples, omegas, sweep=sweep, tunneling=0.4, averaging_time=1600.0)
    return data


def test_cycle_and_torus_coexist(sweeps):
    table = attractors_table(list(sweeps.values()))
    validate_table(TORUS_ATTRACTORS, table)
    assert (table["decided"] == 1).all()
    found = table.set_index(["sweep", "omega"])["attractor"]
    assert [found["up", omega] for omega in (0.9, 0.95, 0.98)] == ["limit_cycle", "limit_cycle", "limit_torus"]
    assert [found["down", omega] for omega in (0.9, 0.95, 0.98)] == ["limit_cycle", "limit_torus", "limit_torus"]
    assert hysteresis(table) == (0.95, 0.95)


def test_unequal_cavities_have_their_own_transition():
    """Only 2 omega_1 - omega_2 counts: cavity 2 higher by 0.3 moves fold and hysteresis up in omega_1 by as much."""
    family = vary(KerrDimer(aleph=1.0, omega=(1.0, 1.3)), "omega")
    cycle = trace_branch(family, find_attractor(family(1.2), START), 1.2, limits=(1.15, 1.4))
    (fold,) = [one for one in cycle.bifurcations if one.kind == "fold"]
    equal = vary(_dimer(1.0), "omega")
    (other,) = trace_branch(equal, find_attractor(equal(0.9), START), 0.9, limits=(0.85, 1.1)).bifurcations[:1]
    assert fold.value == pytest.approx(other.value + 0.3, abs=1e-8)
    # The frame that turns with omega_1 has gone up too.
    assert fold.solution.nu == pytest.approx(other.solution.nu + 0.3, abs=1e-6)
    (point,) = scan_phase_diffusion(family(1.0), "omega", [1.2, 1.21], START, 20.0)[:1]
    (same,) = scan_phase_diffusion(equal(1.0), "omega", [0.9, 0.91], START, 20.0)[:1]
    assert point.value == 1.2 and point.attractor.model.omega == (1.2, 1.5)
    assert point.diffusion.diffusion == pytest.approx(same.diffusion.diffusion, rel=1e-8)


def test_newton_finds_the_frequency_of_the_series(sweeps):
    up = sweeps["up"].isel(start=0)
    spectra = spectra_grid(
        (up["series_re"] + 1j * up["series_im"]).transpose("omega", "mode", "sample").values, up["omega"].values, 0.2
    )
    peak = spectra["power_db"].sel(omega=0.9, mode=1).idxmax("frequency")
    bin_width = float(spectra["frequency"][1] - spectra["frequency"][0])
    assert abs(float(peak) - float(up["nu_phi"].sel(omega=0.9))) < bin_width
    assert np.isnan(up["nu_psi"].sel(omega=0.9))


def test_the_cycle_ends_in_a_fold_with_a_saddle():
    family = vary(_dimer(1.0), "omega")
    cycle = trace_branch(family, find_attractor(_dimer(0.9), START), 0.9, limits=(0.85, 1.1))
    (fold,) = [one for one in cycle.bifurcations if one.kind == "fold"]
    # At a fold one rate is zero; the two sides differ by one unstable direction, and nothing lies beyond.
    assert np.abs(fold.solution.growth.real).min() < 1e-6
    assert cycle.values.max() <= fold.value + 1e-9
    assert {point.solution.n_unstable for point in cycle.points} == {0, 1}
    assert fold.value == pytest.approx(0.96857, abs=1e-5)
    table = branches_table([cycle], 0.4)
    validate_table(TORUS_BRANCHES, table)
    validate_table(TORUS_BIFURCATIONS, bifurcations_table([cycle], [], 0.4))
    # Just below the fold the field stays on the cycle, just above it leaves.
    on = find_attractor(_dimer(fold.value - 2e-3), fold.solution.state)
    off = find_attractor(_dimer(fold.value + 2e-3), fold.solution.state)
    assert not hasattr(on, "nu_psi") and hasattr(off, "nu_psi")


def test_the_period_is_that_of_one_round():
    """A close return after two rounds must not be taken for the period."""
    periods = [find_attractor(_dimer(omega), [0.7 + 0.1j, 0.05], burn_in=120.0).nu_psi for omega in (0.95, 0.955, 0.96)]
    assert np.all(np.diff(periods) > 0) and periods[2] / periods[0] < 1.1


def test_lines_of_the_orbit_stand_in_the_spectrum_of_a_long_run():
    model = _dimer(1.0)
    run = integrate(model, TimeGrid.from_times(0.01, 0.2, 2200.0), start=START, keep_from=200.0)
    orbit = find_attractor(model, run.final[0])
    table = lines_table(1.0, orbit, phase_diffusion(orbit), run.states[0], 0.2, 2)
    validate_table(TORUS_LINES, table)
    assert len(table) == 4 * 5
    strong = table[table["amplitude"] > 1e-2]
    assert len(strong) > 10
    # The Runge-Kutta step shifts a frequency nu by about (nu h)^4 nu / 120: 1e-10 here; the rest is the window's.
    assert (strong["frequency"] - strong["frequency_series"]).abs().max() < 1e-8


def test_the_symmetry_frequency_is_followed_through_half_a_modulation():
    omegas = np.array([1.0, 0.98, 0.96, 0.94])
    nu_psi = np.array([0.8, 0.6, 0.5, 0.4])
    true = np.array([0.05, 0.15, 0.22, 0.27])  # the last one exceeds nu_psi / 2
    wrapped = true - nu_psi * np.round(true / nu_psi)
    assert (wrapped != true).any()
    base = {"tunneling": 0.4, "start": 0}
    down = pd.DataFrame({"omega": omegas, "nu_phi": wrapped, "nu_psi": nu_psi, "sweep": "down", **base})
    other = pd.DataFrame(
        {"omega": [0.94, 0.5], "nu_phi": [wrapped[-1], 0.3], "nu_psi": [0.4, np.nan], "sweep": "up", **base}
    )
    followed = continued_frequency(pd.concat([down, other], ignore_index=True))
    np.testing.assert_allclose(followed, [*true, true[-1], 0.3])
