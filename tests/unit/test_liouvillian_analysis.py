"""Tables, grids and configuration of the exact solution."""

import numpy as np
import pytest
import qutip
import xarray as xr
import yaml

from openkerr.algebra.polynomials import annihilation, creation, number
from openkerr.analysis.liouvillian import eigenmatrix_grid, exact_steady_states, sampled_steady_states
from openkerr.analysis.wigner_function import wigner_function
from openkerr.models.derived import DerivedModel
from openkerr.models.kerr_dimer import KerrDimer
from openkerr.run.config import ConfigError, validate_config
from openkerr.runtime.provenance import ROOT
from openkerr.solvers.coherence_basis import box_basis
from openkerr.solvers.liouvillian_continuation import CapacityError, ContinuationOptions, continue_modes
from openkerr.solvers.liouvillian_observables import operator_in_frame, photon_moments, steady_state, windings
from openkerr.studies.torus_liouvillian.sizes import (
    coherences_within,
    sector_coherences,
    sector_megabytes,
    sector_seconds,
)


def test_wigner_functions_are_those_of_qutip():
    axis = np.linspace(-4, 4, 31)
    state = qutip.rand_dm(15, seed=3)
    np.testing.assert_allclose(wigner_function(state.full(), axis), qutip.wigner(state, axis, axis, g=2), atol=1e-12)
    amplitude = 1.1 - 0.7j
    coherent = qutip.coherent_dm(30, amplitude).full()
    x, y = np.meshgrid(axis, axis)
    wanted = 2 / np.pi * np.exp(-2 * np.abs(x + 1j * y - amplitude) ** 2)
    np.testing.assert_allclose(wigner_function(coherent, axis), wanted, atol=1e-6)


def coherent_state(basis, amplitudes):
    vectors = [
        qutip.coherent(c, a, method="analytic").full()[:, 0] for c, a in zip(basis.cutoffs, amplitudes, strict=True)
    ]
    values = np.ones(basis.size, dtype=complex)
    for mode, vector in enumerate(vectors):
        m = basis.occupations(mode)
        values *= vector[m + basis.differences(mode)] * vector[m].conj()
    return values


def test_observables_of_coherent_states():
    """Averaged over the symmetry, a coherent state has its own moments; its frame shows the relative phase."""
    amplitudes = (1.3 * np.exp(0.4j), 0.9 * np.exp(1.9j))
    basis = box_basis((1, 2), 0, (22, 16))
    rho = steady_state(basis, (0.3 - 0.2j) * coherent_state(basis, amplitudes))
    np.testing.assert_allclose(photon_moments(basis, rho), [[1.69, 1.69**2], [0.81, 0.81**2]], atol=1e-6)
    conditional = operator_in_frame(basis, rho, 1, 16)
    turned = 0.9 * np.exp(1j * (1.9 - 2 * 0.4))
    amplitude = np.trace(conditional @ np.diag(np.sqrt(np.arange(1, 16)), 1)) / np.trace(conditional)
    assert abs(np.angle(amplitude) - np.angle(turned)) < 1e-9
    with pytest.raises(ValueError, match="allowed is 0"):
        steady_state(box_basis((1, 2), 1, (3, 3)), np.ones(5))


def test_windings_count_the_turns_along_the_torus():
    """Mixtures of coherent states along a curve, weighted with exp(i m psi)."""
    psi = 2 * np.pi * np.arange(32) / 32
    fields = np.stack([2.0 + 0 * psi, 2.0 + 1.2 * np.exp(1j * psi)])
    basis = box_basis((1, 2), 0, (16, 24))
    points = np.array([coherent_state(basis, fields[:, n]) for n in range(32)])
    vectors = np.array([np.exp(1j * m * psi) @ points for m in (0, 1, -1, 2)])
    orders, shares = windings(basis, vectors, fields)
    assert orders.tolist() == [0, 1, -1, 2] and (shares > 0.5).all()


def test_steady_states_of_both_methods():
    moments = xr.Dataset(
        {"photon_moments": (("aleph", "mode", "order"), [[[2.0, 5.0], [3.0, 9.0]]])}, coords={"aleph": [4.0]}
    )
    row = exact_steady_states(moments).iloc[0]
    assert row["n1_over_aleph"] == 0.5 and row["g2_1"] == 1.25 and row["g2_2"] == 1.0 and row["g2_2_stderr"] == 0
    # A coherent state of amplitude b: <|alpha|²> = |b|² + 1/2, <|alpha|⁴> = |b|⁴ + 2|b|² + 1/2, rescaled.
    aleph, n = 4.0, 2.0
    values = np.tile([(n + 0.5) / aleph, (n**2 + 2 * n + 0.5) / aleph**2], (1, 16, 2, 2, 1))
    values = values * (1 + 1e-3 * np.random.default_rng(1).normal(size=(1, 16, 1, 2, 1)))
    data = xr.Dataset(
        {
            "moments": (("aleph", "batch", "bin", "mode", "moment"), values),
            "samples": (("aleph", "bin"), [[3, 5]]),
            "n_valid": (("aleph", "batch"), np.full((1, 16), 8)),
        },
        coords={"aleph": [aleph], "moment": ["abs2", "abs4"], "mode": [1, 2]},
    )
    row = sampled_steady_states(data).iloc[0]
    for name, wanted in (("n1_over_aleph", 0.5), ("n2_over_aleph", 0.5), ("g2_1", 1.0), ("g2_2", 1.0)):
        assert 0 < row[f"{name}_stderr"] < 2e-3 and abs(row[name] - wanted) < 4.5 * row[f"{name}_stderr"], name


def test_eigenmatrices_are_drawn_in_units_of_the_classical_field():
    """Coherent states of amplitude b sqrt(aleph) stand at b, whatever aleph; three of four modes are drawn."""
    # Points of the grid, which divides -1.3 to 1.3 into 90.
    amplitudes, alephs = {1: 1.3 * (20 + 15j) / 45, 2: 1.3 * (-25 + 10j) / 45}, [4.0, 9.0]
    data = xr.Dataset(
        {"m": (("aleph", "index"), [[0.0, 1.0, -1.0, 2.0]] * 2), "torus_re": (("mode", "point"), np.ones((2, 5)))},
        coords={"aleph": alephs, "index": np.arange(4), "charge": 1},
    )
    data["eigenvalue_re"] = -0.1 * data["index"] / data["aleph"]
    data["eigenvalue_im"] = 0.3 * data["index"] + 0 * data["aleph"]
    for place, aleph in enumerate(alephs):
        states = [qutip.coherent_dm(30, b * np.sqrt(aleph)).full() for b in amplitudes.values()]
        operators = np.array([[(1 + k) * np.exp(0.5j) * state for state in states] for k in range(4)])
        for name, part in (("re", operators.real), ("im", operators.imag)):
            data[f"operator_{name}_{place}"] = (("index", "mode", f"row_{place}", f"column_{place}"), part)
    grid = eigenmatrix_grid([data, data.assign_coords(charge=2)[["m", "eigenvalue_re", "eigenvalue_im"]]])
    for name, values in {
        "aleph": [4.0] * 3 + [9.0] * 3,
        "sector": [1.0] * 6,
        "index": [0, 1, 2] * 2,
        "m": [0, 1, -1] * 2,
        "eigenvalue_re": [0, -0.1 / 4, -0.2 / 4, 0, -0.1 / 9, -0.2 / 9],
        "eigenvalue_im": [0, 0.3, 0.6] * 2,
    }.items():
        np.testing.assert_allclose(grid[name], values, err_msg=name)
    values = grid["wigner_re"] + 1j * grid["wigner_im"]
    for mode, b in amplitudes.items():
        x, y = grid["re_alpha"], grid["im_alpha"]
        wanted = np.exp(-2 * grid["aleph"] * ((x - b.real) ** 2 + (y - b.imag) ** 2) + 0.5j)
        np.testing.assert_allclose(values.sel(mode=mode), wanted.transpose(*values.sel(mode=mode).dims), atol=1e-4)
    assert grid["torus_re"].shape == (2, 5) and "torus_im" not in grid


def test_a_problem_that_will_not_fit_is_refused():
    model = DerivedModel(hamiltonian=number(0), jump_operators=[(0.5, creation(0)), (1.0, annihilation(0))])
    with pytest.raises(CapacityError, match=r"a block has \d+ coherences: allowed are 10;"):
        continue_modes([model], [1.0], 0, (12,), [ContinuationOptions(2, max_size=10)])
    assert sector_megabytes(sector_coherences(128.0, 3e-6)) < 1600 < sector_megabytes(sector_coherences(512.0, 3e-6))
    assert sector_seconds(2e5) > 2 * sector_seconds(1e5)
    assert sector_megabytes(coherences_within(3000.0)) <= 3000.0 < sector_megabytes(coherences_within(3000.0) + 1)


REFUSED = {
    "memory": (lambda c: c["sectors"][0].update(alephs=[2, 6, 18, 54, 160, 480]), "needs about .* MB and .* min"),
    "step": (lambda c: c["sectors"][0].update(alephs=[0.5, 2.0]), "at most three times it"),
    "first": (lambda c: c["sectors"][0].update(alephs=[3.0]), "begins at 2 or below"),
    "twice": (lambda c: c["sectors"][1].update(charge=0), "each charge once"),
    "zero": (lambda c: c["sectors"].pop(0), "sector 0 among them"),
    "eigenmatrix": (lambda c: c.update(eigenmatrix_alephs=[1.5]), "each of eigenmatrix_alephs among them, here 1.5"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_continuations_that_are_refused(case):
    change, words = REFUSED[case]
    config = yaml.safe_load((ROOT.parent / "tests/config/tiny.yaml").read_text())
    change(config["torus"]["liouvillian"])
    with pytest.raises(ConfigError, match=words):
        validate_config(config)


def test_steady_states_must_fit_their_steps():
    config = yaml.safe_load((ROOT.parent / "tests/config/tiny.yaml").read_text())
    config["torus"]["steady_states"]["burn_in"] = 10.3
    with pytest.raises(ConfigError, match="a whole multiple of sampling_interval"):
        validate_config(config)


@pytest.mark.slow
def test_the_estimate_of_coherences_is_that_of_a_solution():
    (solution,) = continue_modes([KerrDimer(aleph=0.5)], [0.5], 1, (12, 10), [ContinuationOptions(2, 1e-6, 1e-7)])
    assert solution.basis.size < 2 * sector_coherences(0.5, 1e-6)
