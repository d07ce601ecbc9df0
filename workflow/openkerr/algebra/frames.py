"""Gaussian frames: a Lindblad equation written in displaced and squeezed operators.

    a_k = z_k + sum_j (u_kj b_j + v_kj b_j†),    u u† - v v† = 1,  u v^T symmetric

is a canonical change of operators, so that polynomials in a become polynomials in b of the same degree and nothing is
approximated.  A state whose fields are z and whose covariance is that of the frame is a thermal state of the modes b:
few Fock states of b hold what needs many of a.  The frame of a given covariance follows from Williamson's theorem (J.
Williamson, Am. J. Math. 58, 141 (1936)).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from openkerr.algebra.polynomials import IDENTITY, JumpOperator, Polynomial, annihilation, creation


@dataclass(frozen=True)
class GaussianFrame:
    """Operators a = fields + u b + v b†.

    Attributes
    ----------
    fields : (n_modes,) complex
    u, v : (n_modes, n_modes) complex
    occupations : (n_modes,) float
        <b_j† b_j> of the Gaussian state that the frame was made for.
    """

    fields: np.ndarray
    u: np.ndarray
    v: np.ndarray
    occupations: np.ndarray

    @property
    def is_trivial(self) -> bool:
        """Whether b are the operators a themselves."""
        return not self.fields.any() and not self.v.any() and np.array_equal(self.u, np.eye(len(self.u)))

    def image(self, mode: int) -> Polynomial:
        """a of a mode as a polynomial in b."""
        total = complex(self.fields[mode]) * IDENTITY
        for other in range(len(self.fields)):
            total = total + complex(self.u[mode, other]) * annihilation(other)
            total = total + complex(self.v[mode, other]) * creation(other)
        return total

    def substitute(self, operator: Polynomial) -> Polynomial:
        """A polynomial in a as one in b."""
        images = {mode: self.image(mode) for key in operator.terms for mode, _, _ in key}
        adjoints = {mode: image.adjoint() for mode, image in images.items()}
        powers: dict[tuple[int, bool, int], Polynomial] = {}

        def power(mode: int, adjoint: bool, exponent: int) -> Polynomial:
            key = (mode, adjoint, exponent)
            if key not in powers:
                factor = (adjoints if adjoint else images)[mode]
                powers[key] = IDENTITY if exponent == 0 else power(mode, adjoint, exponent - 1) * factor
            return powers[key]

        total = 0 * IDENTITY
        for key, value in operator.terms.items():
            product = value * IDENTITY
            for mode, p, _ in key:
                product = product * power(mode, True, p)
            for mode, _, q in key:
                product = product * power(mode, False, q)
            total = total + product
        return total

    def lindblad(
        self, hamiltonian: Polynomial, jump_operators: Iterable[JumpOperator]
    ) -> tuple[Polynomial, tuple[JumpOperator, ...]]:
        """Hamiltonian and jump operators in b.

        The mean of a jump operator at the fields is moved into the Hamiltonian, so that jumps stand for fluctuations
        alone: D[L + c] rho = D[L] rho - i [i (c* L - c L†)/2, rho].
        """
        total = self.substitute(hamiltonian)
        jumps = []
        for rate, operator in jump_operators:
            image = self.substitute(operator)
            mean = image.terms.get((), 0j)
            rest = image - mean
            total = total + (0.5j * rate) * (mean.conjugate() * rest - mean * rest.adjoint())
            jumps.append(JumpOperator(rate, rest))
        # Rounding leaves an anti-Hermitian part, and the zero of energy is free.
        total = 0.5 * (total + total.adjoint())
        return total - total.terms.get((), 0.0), tuple(jumps)


def vacuum_frame(n_modes: int) -> GaussianFrame:
    """The operators a themselves."""
    zero = np.zeros((n_modes, n_modes), dtype=complex)
    return GaussianFrame(np.zeros(n_modes, dtype=complex), np.eye(n_modes, dtype=complex), zero, np.zeros(n_modes))


def displaced_frame(fields: np.ndarray) -> GaussianFrame:
    """a = fields + b."""
    fields = np.asarray(fields, dtype=complex)
    trivial = vacuum_frame(len(fields))
    return GaussianFrame(fields, trivial.u, trivial.v, trivial.occupations)


def gaussian_frame(fields: np.ndarray, normal: np.ndarray, anomalous: np.ndarray) -> GaussianFrame:
    """Frame in which a Gaussian state is a product of thermal states.

    Parameters
    ----------
    fields : (n_modes,) complex
        <a_k>.
    normal : (n_modes, n_modes) complex
        <a_k† a_l> - <a_k†><a_l>.
    anomalous : (n_modes, n_modes) complex
        <a_k a_l> - <a_k><a_l>.

    Raises
    ------
    ValueError
        If no state has these moments: the covariance is not positive or breaks the uncertainty relation.
    """
    n = len(fields)
    # R = (x, p) with a = (x + i p)/sqrt(2); covariance of symmetrised products, 1/2 for the vacuum.
    plus, minus = normal + anomalous, normal - anomalous
    covariance = np.block(
        [[plus.real, (anomalous + normal).imag], [(anomalous - normal).imag, minus.real]]
    ) + 0.5 * np.eye(2 * n)
    covariance = 0.5 * (covariance + covariance.T)
    values, vectors = np.linalg.eigh(covariance)
    if values[0] <= 0:
        raise ValueError(f"covariance has the eigenvalue {values[0]:.3g}: allowed are positive ones")
    root = (vectors * np.sqrt(values)) @ vectors.T
    form = np.block([[np.zeros((n, n)), np.eye(n)], [-np.eye(n), np.zeros((n, n))]])
    # i root form root is Hermitian with eigenvalues +-nu; the vectors of +nu make the symplectic matrix.
    energies, modes = np.linalg.eigh(1j * root @ form @ root)
    energies, modes = energies[n:], modes[:, n:]
    if energies[0] < 0.5 - 1e-6:
        raise ValueError(f"symplectic eigenvalue is {energies[0]:.6g}: allowed is 1/2 at least")
    pairs = np.sqrt(2) * np.concatenate([modes.real, modes.imag], axis=1)
    symplectic = root @ pairs / np.sqrt(np.concatenate([energies, energies]))
    if np.linalg.norm(symplectic @ form @ symplectic.T - form) > np.linalg.norm(
        symplectic @ form @ symplectic.T + form
    ):
        symplectic[:, n:] *= -1
    xx, xp, px, pp = symplectic[:n, :n], symplectic[:n, n:], symplectic[n:, :n], symplectic[n:, n:]
    u = 0.5 * (xx + pp + 1j * (px - xp))
    v = 0.5 * (xx - pp + 1j * (px + xp))
    return GaussianFrame(np.asarray(fields, dtype=complex), u, v, np.maximum(energies - 0.5, 0.0))
