"""Currents of photons and energy along a chain, from means of products of its fields.

With H_R the energy of all sites and bonds beyond bond l, and h = dH_R/da†_{l+1}, the bond term
-J(a†_{l+1} a_l + h.c.) changes photons and energy beyond it at the rates

    j_n = 2J Im<a†_l a_{l+1}>,    j_E = 2J Im<a†_l h>,    h = (-Delta + U n_{l+1}) a_{l+1} - J a_{l+2}

where a†_l n_{l+1} a_{l+1} has the Weyl symbol alpha_l* (|alpha_{l+1}|² - 1) alpha_{l+1}.  Energies are those of the
frame that turns with the drive; j_E + Delta j_n, the excess current, counts them from the resonators' frequency.

Loss takes photons and energy out of a site at the rates gamma (n - n_th) and gamma (Re<a† [a, H]> - n_th h'), with
h' = <[[a, H], a†]> = -Delta + 2U n and a bath of n_th photons a mode; the drive brings photons at the rate -2F Im<a>,
and no energy in its own frame, where the Hamiltonian holds F(a + a†) and does not depend on time.
"""

from __future__ import annotations

import numpy as np

__all__ = ["end_currents", "energy_current", "photon_current", "site_energies"]


def photon_current(near: np.ndarray, hopping: float) -> np.ndarray:
    """Photon current through bonds from Im<alpha_l* alpha_{l+1}>, shape (..., bonds)."""
    return 2.0 * hopping * near


def energy_current(
    near: np.ndarray,
    dense: np.ndarray,
    next_near: np.ndarray,
    hopping: float,
    detuning: float,
    kerr: float,
    shift: float,
) -> np.ndarray:
    """Energy current, in the frame of the drive, through bonds beyond which there is another one.

    Parameters
    ----------
    near, dense, next_near : (..., bonds)
        Im<alpha_l* alpha_{l+1}>, Im<|alpha_{l+1}|² alpha_l* alpha_{l+1}>, Im<alpha_l* alpha_{l+2}>.
    hopping, detuning, kerr : float
        J, Delta and U; Delta = 0 gives the excess current.
    shift : float
        1 in symmetric ordering, 0 in the classical field.
    """
    return 2.0 * hopping * ((-detuning - kerr * shift) * near + kerr * dense - hopping * next_near)


def site_energies(
    abs2: np.ndarray, abs4: np.ndarray, near: np.ndarray, hopping: float, kerr: float, ordering: float
) -> np.ndarray:
    """Energy of every site, counted from the resonators' frequency, with half of that of its bonds: (..., length).

    Parameters
    ----------
    abs2, abs4 : (..., length)
        <|alpha|²> and <|alpha|⁴>.
    near : (..., length - 1)
        Re<alpha_l* alpha_{l+1}>.
    ordering : float
        1/2 in symmetric ordering, where (U/2) a†²a² has the symbol (U/2)(|alpha|⁴ - 2|alpha|² + 1/2); 0 classically.
    """
    hops = np.zeros_like(abs2)
    hops[..., :-1] -= hopping * near
    hops[..., 1:] -= hopping * near
    return 0.5 * kerr * (abs4 - 4.0 * ordering * abs2 + ordering) + hops


def end_currents(
    field: np.ndarray,
    abs2: np.ndarray,
    abs4: np.ndarray,
    near: np.ndarray,
    *,
    hopping: float,
    detuning: float,
    kerr: float,
    ordering: float,
    drive: float,
    losses: tuple[float, float],
    occupation: float = 0.0,
) -> dict[str, np.ndarray]:
    """Currents of the steady state as the two ends tell them, without a bond: exact identities.

    Parameters
    ----------
    field, abs2, abs4 : (..., 2)
        <alpha> (complex), <|alpha|²> and <|alpha|⁴> of the first and the last site.
    near : (..., 2)
        Re<alpha_l* alpha_{l+1}> of the first and the last bond.
    drive, losses
        Drive of the first site, loss rates of the first and the last site.
    occupation
        Thermal photons a mode of both baths.

    Returns
    -------
    dict of arrays (...)
        ``photon_input``, ``photon_output`` and, in the frame of the drive, ``energy_input``, ``energy_output``.
    """
    number = abs2 - ordering
    # Re<a† [a, H]> without the drive.
    lost = -detuning * number + kerr * (abs4 - 4.0 * ordering * abs2 + ordering) - hopping * near
    lost = lost - occupation * (2.0 * kerr * number - detuning)
    number = number - occupation
    return {
        "photon_input": -2.0 * drive * field[..., 0].imag - losses[0] * number[..., 0],
        "photon_output": losses[1] * number[..., 1],
        "energy_input": -losses[0] * (lost[..., 0] + drive * field[..., 0].real),
        "energy_output": losses[1] * lost[..., 1],
    }
