"""Boundary-driven Bose-Hubbard chain with loss at its ends (arXiv:2409.12225, Eqs. 1-4).

    H = sum_l [-Delta n_l + (U/2) a_l†² a_l²] - J sum_l (a_{l+1}† a_l + h.c.) + sum_l F_l (a_l + a_l†)
    dissipators:  gamma_l (n_l + 1) D[a_l] + gamma_l n_l D[a_l†]

``geometry`` says where the drive and the loss sit: at the first site, and at the first and last site (``boundary``),
or at every site (``uniform``, Eqs. 38-39).  ``intrinsic_loss_rate`` adds a loss and its noise at every site (Eq. 49).
The baths of the geometry hold ``thermal_occupation`` photons a mode, those of the intrinsic loss none: a site that has
both meets n_l = gamma n_th/(gamma + kappa), and the papers have n_th = 0.
The unit of rates is the boundary loss gamma, that of time 1/gamma; sites count from 1 in tables, from 0 in arrays.

    d(alpha_l) = -i [(-Delta + U (|alpha_l|² - s)) alpha_l - J (alpha_{l-1} + alpha_{l+1}) + F_l] dt
                 - (gamma_l / 2) alpha_l dt + sqrt(gamma_l (2 n_l + 1) / 2) dW_l,    <|dW|²> = dt

with s = 0 and no noise in the Gross-Pitaevskii equation (Eq. 35), and s = 1 in the truncated Wigner approximation
(Eq. 4).
"""

import math
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from openkerr.algebra.polynomials import JumpOperator, Polynomial, annihilation, creation, number
from openkerr.models import bose_hubbard_chain_splitting as splitting
from openkerr.models.base import Method, Model, Parameters
from openkerr.numerics.compilation import kernel


class BoseHubbardChainParameters(Parameters):
    """Parameters of the chain that a scan over length and drive shares; rates in units of gamma."""

    detuning: float = Field(
        2.5,
        description="detuning Delta of the drive from the resonators",
        json_schema_extra={"unit": "gamma"},
    )
    hopping: float = Field(2.0, description="hopping J between neighbours", json_schema_extra={"unit": "gamma"})
    kerr: float = Field(0.1, description="Kerr nonlinearity U", json_schema_extra={"unit": "gamma"})
    loss_rate: float = Field(
        1.0,
        ge=0,
        description="loss rate gamma at the lossy sites of the geometry",
        json_schema_extra={"unit": "gamma"},
    )
    intrinsic_loss_rate: float = Field(
        0.0, ge=0, description="loss rate kappa at every site", json_schema_extra={"unit": "gamma"}
    )
    thermal_occupation: float = Field(
        0.0,
        ge=0,
        description="occupation n_th of the baths at the lossy sites of the geometry",
        json_schema_extra={"unit": "photons", "neutral": True},
    )


class BoseHubbardChain(BoseHubbardChainParameters, Model):
    """The chain at one length and drive."""

    # Splittings into exact pieces, of second and fourth order.
    steppers: ClassVar[Mapping[str, Mapping[str, Callable]]] = {
        "strang": {
            "kick": splitting.bath,
            "enter": splitting.strang_enter,
            "after_kick": splitting.strang,
            "leave": splitting.strang_leave,
        },
        "blanes_moan": {
            "kick": splitting.bath,
            "bridge_weight": splitting.bath_bridge_weight,
            "step": splitting.blanes_moan,
        },
    }

    length: int = Field(ge=2, description="number of sites", json_schema_extra={"unit": "sites"})
    drive_amplitude: float = Field(ge=0, description="coherent drive amplitude F", json_schema_extra={"unit": "gamma"})
    geometry: Literal["boundary", "uniform"] = Field(
        "boundary", description="where drive and loss sit", json_schema_extra={"unit": "none"}
    )

    @property
    def n_modes(self) -> int:
        """One mode a site."""
        return self.length

    @property
    def n_noises(self) -> int:
        """One complex noise a lossy site."""
        return int(np.count_nonzero(self.site_losses()))

    @property
    def symmetry(self) -> None:
        """The coherent drive breaks the U(1) symmetry."""
        return None

    def site_losses(self) -> np.ndarray:
        """Loss rates gamma_l of all sites, shape (length,), in units of gamma."""
        losses = np.full(self.length, self.intrinsic_loss_rate)
        losses[slice(None) if self.geometry == "uniform" else [0, -1]] += self.loss_rate
        return losses

    def site_occupations(self) -> np.ndarray:
        """Thermal photons n_l a mode of the baths of all sites, shape (length,); zero without a bath."""
        losses = self.site_losses()
        ends = losses - self.intrinsic_loss_rate
        return self.thermal_occupation * np.divide(ends, losses, out=np.zeros(self.length), where=losses > 0)

    def site_drives(self) -> np.ndarray:
        """Drive amplitudes F_l of all sites, shape (length,), in units of gamma."""
        drives = np.zeros(self.length)
        drives[slice(None) if self.geometry == "uniform" else 0] = self.drive_amplitude
        return drives

    def plane_wave(self, method: Method = "gpe") -> tuple[np.ndarray, float]:
        """Plane wave sqrt(n) exp(i k l), shape (length,) complex, and the drive that its first site asks for.

        In the bulk it is at rest where U (n - s) = Delta + 2 J cos k, and carries the current 2 J n sin k; at the last
        site this is gamma_L n_L, here with n_L = n (a wave that is reflected there has fewer photons at the end).  Of
        both solutions it is the one with more photons; with the sign of J that of the field alternates.

        Raises
        ------
        ValueError
            If there is none: without a Kerr nonlinearity, or where the hopping cannot carry the current.
        """
        loss = self.site_losses()
        if self.kerr == 0:
            raise ValueError("kerr is 0: the wave is a nonlinear one")
        if loss[-1] >= 2.0 * abs(self.hopping):
            raise ValueError(f"the loss of the last site is {loss[-1]:g}: allowed is less than twice the hopping")
        wavenumber = math.asin(0.5 * loss[-1] / abs(self.hopping))
        side = math.copysign(1.0, self.kerr)
        number = side * self.detuning + 2.0 * abs(self.hopping) * math.cos(wavenumber)
        number = number / abs(self.kerr) + (1.0 if method == "twa" else 0.0)
        if number <= 0:
            raise ValueError(f"the photon number of the plane wave is {number:g}: allowed is a positive one")
        sites = np.arange(self.length)
        alpha = math.sqrt(number) * np.exp(side * 1j * wavenumber * sites)
        alpha *= math.copysign(1.0, side * self.hopping) ** sites
        shift = self.kernel_parameters(method)[3]
        drive = self.hopping * alpha[1] - (self.kerr * (number - shift) - self.detuning - 0.5j * loss[0]) * alpha[0]
        # The drive is real and positive: it sets the phase of the wave.
        return alpha * np.exp(-1j * np.angle(drive)), abs(drive)

    def hamiltonian(self) -> Polynomial:
        """Hamiltonian of Eq. 2."""
        result = Polynomial({})
        for site, drive in enumerate(self.site_drives()):
            a = annihilation(site)
            result += -self.detuning * number(site) + 0.5 * self.kerr * (a.adjoint() ** 2 * a**2)
            result += drive * (a + a.adjoint())
            if site > 0:
                hop = creation(site) * annihilation(site - 1)
                result -= self.hopping * (hop + hop.adjoint())
        return result

    def jump_operators(self) -> tuple[JumpOperator, ...]:
        """Loss of the lossy sites (Eqs. 1, 3, 39, 49), and what their baths give."""
        losses, occupations = self.site_losses(), self.site_occupations()
        lost = [
            JumpOperator(float(rate), annihilation(k)) for k, rate in enumerate(losses * (occupations + 1)) if rate > 0
        ]
        gained = [JumpOperator(float(rate), creation(k)) for k, rate in enumerate(losses * occupations) if rate > 0]
        return (*lost, *gained)

    def kernel_parameters(self, method: Method) -> np.ndarray:
        """Vector (Delta, J, U, s, then gamma_l, then F_l, then 2 n_l + 1), length 4 + 3 length."""
        head = [self.detuning, self.hopping, self.kerr, 1.0 if method == "twa" else 0.0]
        return np.concatenate([head, self.site_losses(), self.site_drives(), 2 * self.site_occupations() + 1])


@kernel
def drift(z, dz, p):
    """Deterministic part of Eqs. 4 and 35 on a block of lanes."""
    length, n_lanes = z.shape[1], z.shape[2]
    detuning, hopping, kerr, shift = p[0], p[1], p[2], p[3]
    for site in range(length):
        # An end of the chain has one neighbour: it is read twice, with weight zero the second time.
        left, right = max(site - 1, 0), min(site + 1, length - 1)
        hop_left = hopping if site > 0 else 0.0
        hop_right = hopping if site < length - 1 else 0.0
        half_loss, drive = 0.5 * p[4 + site], p[4 + length + site]
        for lane in range(n_lanes):
            x, y = z[0, site, lane], z[1, site, lane]
            turn = kerr * (x * x + y * y - shift) - detuning
            hop_x = hop_left * z[0, left, lane] + hop_right * z[0, right, lane]
            hop_y = hop_left * z[1, left, lane] + hop_right * z[1, right, lane]
            dz[0, site, lane] = turn * y - hop_y - half_loss * x
            dz[1, site, lane] = hop_x - turn * x - half_loss * y - drive


@kernel
def kick(z, noise, h, p):
    """Noise of a time ``h`` at the lossy sites, exact in law (it is additive)."""
    length = z.shape[1]
    channel = 0
    for site in range(length):
        if p[4 + site] > 0.0:
            size = math.sqrt(0.5 * p[4 + site] * p[4 + 2 * length + site] * h)
            for lane in range(z.shape[2]):
                z[0, site, lane] += size * noise[0, channel, lane]
                z[1, site, lane] += size * noise[1, channel, lane]
            channel += 1


@kernel
def jacobian(x, jac, p):
    """Derivative of the drift with respect to (Re alpha_1 .. Re alpha_L, Im alpha_1 .. Im alpha_L)."""
    length = x.size // 2
    detuning, hopping, kerr, shift = p[0], p[1], p[2], p[3]
    jac[:] = 0.0
    for site in range(length):
        real, imag = x[site], x[length + site]
        turn = kerr * (real * real + imag * imag - shift) - detuning
        half_loss = 0.5 * p[4 + site]
        jac[site, site] = 2.0 * kerr * real * imag - half_loss
        jac[site, length + site] = turn + 2.0 * kerr * imag * imag
        jac[length + site, site] = -turn - 2.0 * kerr * real * real
        jac[length + site, length + site] = -2.0 * kerr * real * imag - half_loss
        for neighbour in (site - 1, site + 1):
            if 0 <= neighbour < length:
                jac[site, length + neighbour] = -hopping
                jac[length + site, neighbour] = hopping


@kernel
def tangent(z, v, dv, p):
    """Derivative of the drift at one state, applied to the tangent vectors that are the lanes of ``v``."""
    length, n_lanes = v.shape[1], v.shape[2]
    detuning, hopping, kerr, shift = p[0], p[1], p[2], p[3]
    for site in range(length):
        left, right = max(site - 1, 0), min(site + 1, length - 1)
        hop_left = hopping if site > 0 else 0.0
        hop_right = hopping if site < length - 1 else 0.0
        x, y = z[0, site, 0], z[1, site, 0]
        turn = kerr * (x * x + y * y - shift) - detuning
        squeeze = 2.0 * kerr * x * y
        half_loss = 0.5 * p[4 + site]
        from_x, from_y = turn + 2.0 * kerr * x * x, turn + 2.0 * kerr * y * y
        for lane in range(n_lanes):
            u, w = v[0, site, lane], v[1, site, lane]
            hop_x = hop_left * v[0, left, lane] + hop_right * v[0, right, lane]
            hop_y = hop_left * v[1, left, lane] + hop_right * v[1, right, lane]
            dv[0, site, lane] = (squeeze - half_loss) * u + from_y * w - hop_y
            dv[1, site, lane] = hop_x - from_x * u - (squeeze + half_loss) * w
