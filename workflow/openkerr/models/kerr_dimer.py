"""Two Kerr cavities with two-to-one tunneling, incoherent pump and two-photon loss (arXiv:2507.03764, Eqs. 1-5).

    H = sum_k [omega_k n_k + (U_k/2 aleph) a_k†² a_k²] - (J/sqrt(aleph)) (a_1†² a_2 + a_2† a_1²)
    dissipators:  gamma_k D[a_k†],  (eta_k/aleph) D[a_k²],  kappa_k (n_th + 1) D[a_k],  kappa_k n_th D[a_k†]

The fields of the kernels are rescaled, alpha = a / sqrt(aleph) (Eq. 4), and time is in units of 1/eta.  Both field
equations have one form,

    d(alpha_k) = [g_k - i omega_k - (eta_k + i U_k)(|alpha_k|² - s)] alpha_k dt + c_k dt + sqrt(v_k) dW_k,
    c_1 = 2 i J alpha_1* alpha_2,    c_2 = i J alpha_1²

with g = (gamma - kappa)/2; s = 0 in the Gross-Pitaevskii equation (Eq. 3) and s = 1/aleph in the truncated Wigner
approximation (Eq. 5, read as Ito).  The two noises of a mode in Eq. 5 have the law of one complex noise,
<|dW|²> = dt, of strength v = a + b |alpha|² with a = [gamma/2 + kappa (n_th + 1/2)]/aleph and b = 2 eta/aleph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from openkerr.algebra.polynomials import JumpOperator, Polynomial, annihilation, creation, number
from openkerr.models import kerr_dimer_steps
from openkerr.models.base import Method, Model, Parameters
from openkerr.numerics.compilation import kernel

Rate = Annotated[float, Field(ge=0)]


class KerrDimerParameters(Parameters):
    """Parameters of the two cavities that do not depend on the rescaling; rates in units of eta."""

    omega: tuple[float, float] = Field(
        (1.0, 1.0), description="frequencies of the two cavities", json_schema_extra={"unit": "eta"}
    )
    kerr: tuple[float, float] = Field(
        (0.1, 0.1), description="rescaled Kerr nonlinearities U", json_schema_extra={"unit": "eta"}
    )
    tunneling: float = Field(0.4, description="rescaled two-to-one tunneling J", json_schema_extra={"unit": "eta"})
    pump_rate: tuple[Rate, Rate] = Field(
        (1.0, 1.0), description="incoherent pump rates gamma", json_schema_extra={"unit": "eta"}
    )
    two_photon_loss_rate: tuple[Rate, Rate] = Field(
        (1.0, 1.0), description="rescaled two-photon loss rates eta", json_schema_extra={"unit": "eta"}
    )
    loss_rate: tuple[Rate, Rate] = Field(
        (0.0, 0.0), description="single-photon loss rates kappa", json_schema_extra={"unit": "eta"}
    )
    thermal_occupation: tuple[Rate, Rate] = Field(
        (0.0, 0.0),
        description="occupations n_th of the single-photon baths",
        json_schema_extra={"unit": "photons"},
    )
    two_photon_diffusion: Literal["paper", "exact"] = Field(
        "paper",
        description="diffusion of the two-photon loss: paper, 2 eta |alpha|², or exact, 2 eta (|alpha|² - 1/(2 aleph))",
        json_schema_extra={"unit": "none"},
    )


class KerrDimer(KerrDimerParameters, Model):
    """The two cavities at one value of the rescaling parameter.

    Raises
    ------
    ValueError
        If a parameter is outside its range, or the exact diffusion turns negative at the origin.
    """

    # Runge-Kutta steps with all their stages in one loop; that of fifth order with the noise inside.
    steppers: ClassVar[Mapping[str, Mapping[str, Callable]]] = {
        "runge_kutta": {"step": kerr_dimer_steps.runge_kutta_step},
        "runge_kutta_5": {
            "before_kick": kerr_dimer_steps.runge_kutta_5_half,
            "after_kick": kerr_dimer_steps.runge_kutta_5_half,
        },
    }

    aleph: float = Field(
        gt=0, description="quantum-to-classical rescaling parameter", json_schema_extra={"unit": "none"}
    )

    @model_validator(mode="after")
    def _diffusion_is_positive(self) -> KerrDimer:
        if min(self.additive_noise()) < 0:
            limit = min(
                (0.5 * g + k * (n + 0.5)) / e
                for g, k, n, e in zip(
                    self.pump_rate,
                    self.loss_rate,
                    self.thermal_occupation,
                    self.two_photon_loss_rate,
                    strict=True,
                )
                if e > 0
            )
            allowed = f"aleph >= {1 / limit:g}" if limit > 0 else "no aleph, as a cavity has neither gain nor loss"
            raise ValueError(
                f"two_photon_diffusion 'exact' at aleph = {self.aleph:g} makes the diffusion negative at the origin: "
                f"allowed is {allowed}"
            )
        return self

    @classmethod
    def dual(cls, aleph: float, **parameters: Any) -> KerrDimer:
        """The cavities in the dual scaling (Eq. 26): omega, J and gamma grow, U and eta stay.

            omega = aleph omega~,  J = sqrt(aleph) J~,  gamma = aleph gamma~,  kappa = aleph kappa~

        The fields are not rescaled.  Its Liouvillian is aleph times that of the cavities at this aleph: times are
        shorter and rates larger by that factor, and nothing else differs.
        """
        base = cls(aleph=aleph, **parameters)
        scaled = {
            name: tuple(aleph * value for value in getattr(base, name)) for name in ("omega", "pump_rate", "loss_rate")
        }
        tunneling = math.sqrt(aleph) * base.tunneling
        return cls(**base.model_dump() | scaled | {"aleph": 1.0, "tunneling": tunneling})

    @property
    def n_modes(self) -> int:
        """Two cavities."""
        return 2

    @property
    def n_noises(self) -> int:
        """One complex noise a cavity."""
        return 2

    @property
    def symmetry(self) -> tuple[int, int]:
        """The Hamiltonian conserves n_1 + 2 n_2."""
        return (1, 2)

    @property
    def vacuum_variance(self) -> float:
        """1/(2 aleph): the fields are rescaled."""
        return 0.5 / self.aleph

    def hamiltonian(self) -> Polynomial:
        """Hamiltonian of Eq. 1 with the rescaled couplings of Eq. 4 undone."""
        a1, a2 = annihilation(0), annihilation(1)
        tunnel = creation(0) ** 2 * a2
        result = -self.tunneling / math.sqrt(self.aleph) * (tunnel + tunnel.adjoint())
        for k, a in enumerate((a1, a2)):
            result += self.omega[k] * number(k) + self.kerr[k] / (2 * self.aleph) * (a.adjoint() ** 2 * a**2)
        return result

    def jump_operators(self) -> tuple[JumpOperator, ...]:
        """Pump, two-photon loss, and single-photon bath of each cavity."""
        jumps = []
        for k in range(2):
            bath, occupation = self.loss_rate[k], self.thermal_occupation[k]
            jumps += [
                JumpOperator(self.pump_rate[k] + bath * occupation, creation(k)),
                JumpOperator(self.two_photon_loss_rate[k] / self.aleph, annihilation(k) ** 2),
                JumpOperator(bath * (occupation + 1), annihilation(k)),
            ]
        return tuple(jump for jump in jumps if jump.rate > 0)

    def additive_noise(self) -> tuple[float, float]:
        """Noise strengths a of v = a + b |alpha|² in the two cavities, in units of eta."""
        subtracted = self.two_photon_diffusion == "exact"
        first, second = (
            (0.5 * gamma + kappa * (n_th + 0.5) - subtracted * eta / self.aleph) / self.aleph
            for gamma, kappa, n_th, eta in zip(
                self.pump_rate,
                self.loss_rate,
                self.thermal_occupation,
                self.two_photon_loss_rate,
                strict=True,
            )
        )
        return first, second

    def kernel_parameters(self, method: Method) -> np.ndarray:
        """Vector (omega, g, U, eta, a, b of both cavities, then J and s), length 14."""
        eta = np.array(self.two_photon_loss_rate)
        gain = 0.5 * (np.array(self.pump_rate) - np.array(self.loss_rate))
        shift = 1.0 / self.aleph if method == "twa" else 0.0
        return np.concatenate(
            [
                self.omega,
                gain,
                self.kerr,
                eta,
                self.additive_noise(),
                2.0 * eta / self.aleph,
                [self.tunneling, shift],
            ]
        ).astype(np.float64)


@kernel
def drift(z, dz, p):
    """Deterministic part of Eqs. 3 and 5 on a block of lanes."""
    omega_1, omega_2, gain_1, gain_2, kerr_1, kerr_2, eta_1, eta_2 = (
        p[0],
        p[1],
        p[2],
        p[3],
        p[4],
        p[5],
        p[6],
        p[7],
    )
    tunneling, shift = p[12], p[13]
    for lane in range(z.shape[2]):
        x1, y1, x2, y2 = z[0, 0, lane], z[1, 0, lane], z[0, 1, lane], z[1, 1, lane]
        density_1 = x1 * x1 + y1 * y1 - shift
        density_2 = x2 * x2 + y2 * y2 - shift
        grow_1 = gain_1 - eta_1 * density_1
        grow_2 = gain_2 - eta_2 * density_2
        turn_1 = omega_1 + kerr_1 * density_1
        turn_2 = omega_2 + kerr_2 * density_2
        dz[0, 0, lane] = grow_1 * x1 + turn_1 * y1 - 2.0 * tunneling * (x1 * y2 - y1 * x2)
        dz[1, 0, lane] = grow_1 * y1 - turn_1 * x1 + 2.0 * tunneling * (x1 * x2 + y1 * y2)
        dz[0, 1, lane] = grow_2 * x2 + turn_2 * y2 - 2.0 * tunneling * x1 * y1
        dz[1, 1, lane] = grow_2 * y2 - turn_2 * x2 + tunneling * (x1 * x1 - y1 * y1)


@kernel
def kick(z, noise, h, p):
    """Ito noise of a time ``h`` with v = a + b |alpha|², correct to second weak order.

    With one complex normal, alpha -> alpha + sqrt(h (v + a b h/2)) zeta + (b h/2) alpha* zeta² reproduces every moment
    of the generator exp(h v d²/d(alpha) d(alpha*)) up to h².
    """
    half, two = z.dtype.type(0.5), z.dtype.type(2.0)
    for mode in range(2):
        slope = p[10 + mode] * h
        squeeze = half * slope
        additive = p[8 + mode] * h * (z.dtype.type(1.0) + squeeze)
        for lane in range(z.shape[2]):
            x, y = z[0, mode, lane], z[1, mode, lane]
            u, v = noise[0, mode, lane], noise[1, mode, lane]
            size = math.sqrt(additive + slope * (x * x + y * y))
            real, imag = u * u - v * v, two * u * v
            z[0, mode, lane] = x + size * u + squeeze * (x * real + y * imag)
            z[1, mode, lane] = y + size * v + squeeze * (x * imag - y * real)


@kernel
def jacobian(x, jac, p):
    """Derivative of the drift with respect to (Re alpha_1, Re alpha_2, Im alpha_1, Im alpha_2)."""
    tunneling, shift = p[12], p[13]
    for k in range(2):
        real, imag = x[k], x[2 + k]
        density = real * real + imag * imag - shift
        grow = p[2 + k] - p[6 + k] * density
        turn = p[k] + p[4 + k] * density
        jac[k, k] = grow - 2.0 * p[6 + k] * real * real + 2.0 * p[4 + k] * real * imag
        jac[k, 2 + k] = turn - 2.0 * p[6 + k] * real * imag + 2.0 * p[4 + k] * imag * imag
        jac[2 + k, k] = -turn - 2.0 * p[6 + k] * real * imag - 2.0 * p[4 + k] * real * real
        jac[2 + k, 2 + k] = grow - 2.0 * p[6 + k] * imag * imag - 2.0 * p[4 + k] * real * imag
    x1, x2, y1, y2 = x[0], x[1], x[2], x[3]
    # Conversion terms 2 i J alpha_1* alpha_2 and i J alpha_1².
    jac[0, 0] -= 2.0 * tunneling * y2
    jac[0, 1] = 2.0 * tunneling * y1
    jac[0, 2] += 2.0 * tunneling * x2
    jac[0, 3] = -2.0 * tunneling * x1
    jac[2, 0] += 2.0 * tunneling * x2
    jac[2, 1] = 2.0 * tunneling * x1
    jac[2, 2] += 2.0 * tunneling * y2
    jac[2, 3] = 2.0 * tunneling * y1
    jac[1, 0] = -2.0 * tunneling * y1
    jac[1, 2] = -2.0 * tunneling * x1
    jac[3, 0] = 2.0 * tunneling * x1
    jac[3, 2] = -2.0 * tunneling * y1
