"""What is read off the modes of a charge sector: steady state, operators of one mode, windings about a torus."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from openkerr.algebra.polynomials import annihilation, number
from openkerr.solvers.coherence_basis import CoherenceBasis
from openkerr.solvers.liouvillian import expectation_weights


def steady_state(basis: CoherenceBasis, vector: np.ndarray) -> np.ndarray:
    """The mode of eigenvalue zero as a density matrix: trace one, Hermitian: (size,) complex.

    Raises
    ------
    ValueError
        If the vector has another charge, or no trace.
    """
    if basis.charge != 0:
        raise ValueError(f"the vector has charge {basis.charge}: allowed is 0, the charge of a steady state")
    trace = vector[basis.populations()].sum()
    if abs(trace) < 1e-8 * np.abs(vector).max():
        raise ValueError("the vector has no trace: it is no steady state")
    rho, partners = vector / trace, basis.partners()
    mirrored = np.where(partners >= 0, rho[partners].conj(), 0.0)
    return 0.5 * (rho + mirrored)


def photon_moments(basis: CoherenceBasis, rho: np.ndarray) -> np.ndarray:
    """<a†a> and <a†² a²> of every mode: (n_modes, 2)."""
    moments = []
    for mode in range(basis.n_modes):
        pair = annihilation(mode).adjoint() ** 2 * annihilation(mode) ** 2
        moments.append([(expectation_weights(basis, each) @ rho).real for each in (number(mode), pair)])
    return np.array(moments)


def operator_in_frame(basis: CoherenceBasis, vector: np.ndarray, mode: int, size: int) -> np.ndarray:
    """Operator of one mode in the frame of the other modes' phases.

    The other modes are projected on the phase states sum_n |n> of phase zero.  For a steady state it is the
    unnormalised state of the mode given these phases; for a mode of charge k it is what turns with exp(-i k phi).

    Parameters
    ----------
    vector : (size of the basis,) complex
    mode : int
        The mode that is kept.
    size : int
        Fock states kept of it.

    Returns
    -------
    (size, size) complex
        <n|R|m>.
    """
    m = basis.occupations(mode)
    n = m + basis.differences(mode)
    inside = (n < size) & (m < size)
    flat = n[inside] * size + m[inside]
    parts = [np.bincount(flat, weights=part[inside], minlength=size * size) for part in (vector.real, vector.imag)]
    return (parts[0] + 1j * parts[1]).reshape(size, size)


def windings(basis: CoherenceBasis, vectors: np.ndarray, fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order m of each mode about a limit torus: the leading Fourier component of its Husimi function along it.

    A mode of the line (k, m) is exp(i (k phi + m psi)) on the torus.  The component of the Husimi function at phi = 0
    is taken in psi.

    Parameters
    ----------
    vectors : (n_vectors, size) complex
    fields : (n_modes, n_points) complex
        The torus at phi = 0 and equal distances in psi, amplitudes of coherent states.

    Returns
    -------
    orders : (n_vectors,) int
    shares : (n_vectors,) float
        Share of the component in the sum of squares of all.
    """
    n_points = fields.shape[1]
    values = np.zeros((len(vectors), n_points), dtype=complex)
    right = [basis.occupations(mode) for mode in range(basis.n_modes)]
    left = [m + basis.differences(mode) for mode, m in enumerate(right)]
    occupation = np.arange(max(basis.cutoffs))
    for point in range(n_points):
        weights = np.ones(basis.size, dtype=complex)
        for mode in range(basis.n_modes):
            alpha = complex(fields[mode, point])
            logarithm = occupation * np.log(alpha) - 0.5 * (gammaln(occupation + 1) + abs(alpha) ** 2)
            amplitudes = np.exp(logarithm)
            weights *= amplitudes[right[mode]] * amplitudes[left[mode]].conj()
        values[:, point] = vectors @ weights
    components = np.abs(np.fft.fft(values, axis=1)) ** 2
    place = components.argmax(axis=1)
    orders = np.where(place > n_points // 2, place - n_points, place)
    total = components.sum(axis=1)
    return orders, np.take_along_axis(components, place[:, None], axis=1)[:, 0] / np.where(total > 0, total, 1.0)
