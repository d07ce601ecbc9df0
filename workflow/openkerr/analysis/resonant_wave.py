"""The resonant nonlinear wave: density and wavenumber of its bulk, and its linear quantum fluctuations site by site.

A small deviation of the field is written as one of amplitude and phase, alpha = |alpha_0| (1 + rho) e^{i (theta_0 +
theta)}: to first order rho = Re(d alpha/alpha_0), theta = Im(d alpha/alpha_0).  Where theta is Gaussian with the
variance V, however large,

    <e^{i theta}> = e^{-V/2},     g1(l, m) = e^{-Var(theta_l - theta_m)/2}  times a factor of the order of 1/n,

while numbers follow to leading order, with m the shift of the mean field:

    n = |alpha_0|² + 2 Re(alpha_0* m) + <|d alpha|²> - 1/2,     delta n = |alpha_0|² (4 |alpha_0|² Var(rho) - 1).

Of the shift, m/alpha_0 = <rho> + i <theta> + i <rho theta> - V/2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "branch_table",
    "bulk",
    "continuation_table",
    "linear_profile",
    "newton_row",
    "phase_slope",
    "profile_table",
    "sampled_rows",
    "step_effects",
]

_FIELD = ("photon_number_bulk", "photon_number_last", "photon_number_first", "wavenumber", "wavelength")
_LINEAR = ("number_fluctuation_bulk", "number_fluctuation_last", "circular_variance_last", "field_decay")


def bulk(length: int) -> slice:
    """Sites that count as the bulk of a chain: its middle half."""
    quarter = length // 4
    return slice(quarter, length - quarter)


def phase_slope(phases: np.ndarray) -> float:
    """Mean phase difference of neighbours in the bulk, in radians: the wavenumber; phases may be given mod 2 pi."""
    inside = np.unwrap(phases)[bulk(len(phases))]
    return float((inside[-1] - inside[0]) / (len(inside) - 1)) if len(inside) > 1 else np.nan


def _wavelength(wavenumber: float) -> float:
    """Sites over which the phase turns once; NaN where it does not turn."""
    return float(2 * np.pi / abs(wavenumber)) if wavenumber else np.nan


def _end_ratio(values: np.ndarray) -> float:
    """Last value over the first."""
    return float(values[-1] / values[0])


def linear_profile(field: np.ndarray, covariance: np.ndarray, shift: np.ndarray, center: int = 1) -> dict[str, Any]:
    """Photon numbers, their fluctuations, phases and coherence of a wave in linear theory.

    Parameters
    ----------
    field : (length,) complex
        The field at rest.
    covariance : (2 length, 2 length)
        Of (Re alpha, Im alpha).
    shift : (length,) complex
        Shift of the mean field.
    center : int
        Site about which g1 is taken, counted from 1.

    Returns
    -------
    dict of arrays (length,)
        ``photon_number``, ``number_fluctuation``, ``phase_variance``, ``circular_variance``, ``mean_phase``,
        ``field_real``, ``field_imag``, ``g1``.
    """
    size = field.size
    number = np.abs(field) ** 2
    real, imag = np.diag(field.real / number), np.diag(field.imag / number)
    turn = np.block([[real, imag], [-imag, real]])  # (Re, Im) of d alpha to (rho, theta)
    relative = turn @ covariance @ turn.T
    amplitude, phase = relative[:size, :size], relative[size:, size:]
    mixed = np.diag(relative[:size, size:])
    spread, variance = np.diag(amplitude), np.diag(phase)
    moved = shift / field
    mean_number = number * (1 + 2 * moved.real + spread + variance) - 0.5
    # What is left of the mean field beside the factor that the phase alone gives.
    rest = 1 + moved + 0.5 * variance
    mean_field = field * rest * np.exp(-0.5 * variance)
    mean_phase = np.angle(field) + moved.imag - mixed
    one = center - 1
    between = variance + variance[one] - 2 * phase[one]
    quarter = 0.25 / number
    size_factor = 1 - 0.5 * (spread + spread[one]) + amplitude[one] + quarter + quarter[one]
    coherence = np.exp(-0.5 * between) * size_factor
    coherence[one] = 1.0
    return {
        "photon_number": mean_number,
        "number_fluctuation": number * (4 * number * spread - 1),
        "phase_variance": variance,
        "circular_variance": -np.expm1(-0.5 * variance),
        "mean_phase": np.angle(np.exp(1j * mean_phase)),
        "field_real": mean_field.real,
        "field_imag": mean_field.imag,
        "g1": coherence,
    }


def profile_table(point: Any, mirrored: Any, center: int) -> pd.DataFrame:
    """Rows of table ``chain_rnw_profiles`` of one stable wave, and what it is with all signs mirrored.

    Both points have ``state``, ``drive_amplitude``, ``covariance`` and ``shift``: see openkerr.studies.chain_wave.scan.
    """
    field = point.state.field
    profile = linear_profile(field, point.covariance, point.shift, center)
    other = linear_profile(mirrored.state.field, mirrored.covariance, mirrored.shift, center)
    return pd.DataFrame(
        {
            "length": field.size,
            "drive_amplitude": point.drive_amplitude,
            "site": np.arange(1, field.size + 1),
            "photon_number_classical": np.abs(field) ** 2,
            "mean_phase_classical": np.angle(field),
            **{name: values for name, values in profile.items() if name != "g1"},
            "mandel_q": profile["number_fluctuation"] / profile["photon_number"],
            **{f"{name}_mirrored": other[name] for name in ("photon_number", "number_fluctuation")},
            "center": center,
            "g1": profile["g1"],
        }
    )


def continuation_table(samples: Sequence[Any], length: int) -> pd.DataFrame:
    """Rows of table ``chain_rnw_continuation`` of one chain, in the order of the branch."""
    rows = []
    for index, sample in enumerate(samples):
        numbers = np.abs(sample.state.field) ** 2
        rows.append(
            {
                "length": length,
                "index": index,
                "drive_amplitude": sample.drive_amplitude,
                "side": sample.side,
                "fold": int(sample.fold),
                "photon_number_first": numbers[0],
                "photon_number_last": numbers[-1],
                "growth_rate": sample.state.growth_rate,
                "n_unstable": sample.state.n_unstable,
            }
        )
    return pd.DataFrame(rows)


def _field_numbers(field: np.ndarray) -> dict[str, float]:
    """What a field at rest gives: the columns `_FIELD`."""
    numbers, inside = np.abs(field) ** 2, bulk(field.size)
    wavenumber = phase_slope(np.angle(field))
    values = (numbers[inside].mean(), numbers[-1], numbers[0], wavenumber, _wavelength(wavenumber))
    return dict(zip(_FIELD, map(float, values), strict=True))


def _linear_numbers(profile: Mapping[str, np.ndarray]) -> dict[str, float]:
    """What linear theory adds, from `linear_profile`: the columns `_LINEAR`."""
    inside = bulk(len(profile["photon_number"]))
    values = (
        profile["number_fluctuation"][inside].mean(),
        profile["number_fluctuation"][-1],
        profile["circular_variance"][-1],
        1 - _end_ratio(np.hypot(profile["field_real"], profile["field_imag"])[inside]),
    )
    return dict(zip(_LINEAR, map(float, values), strict=True))


def newton_row(point: Any) -> dict[str, Any]:
    """One row of table ``chain_rnw_branch`` from a stationary state, with its linear fluctuations."""
    field = point.state.field
    row = _field_numbers(field)
    if point.covariance is not None:
        row |= _linear_numbers(linear_profile(field, point.covariance, point.shift))
    return row | {
        "drive_amplitude": point.drive_amplitude,
        "length": field.size,
        "method": "newton",
        "photon_number_spread": np.ptp(np.abs(field[bulk(field.size)]) ** 2),
        "fold": int(point.fold),
        "growth_rate": point.state.growth_rate,
        "n_unstable": point.state.n_unstable,
        # At the fold the critical rate is zero to rounding, of either sign.
        "stable": int(not point.fold and point.state.n_unstable == 0),
        **{f"{name}_stderr": 0.0 for name in row},
    }


def step_effects(state: Any, covariance: np.ndarray, shift: np.ndarray, stepped: Any) -> dict[str, dict[str, float]]:
    """What the time step does to the numbers of an ensemble about a stable wave, by method.

    Parameters
    ----------
    state, covariance, shift
        The field at rest of the flow and its linear fluctuations (openkerr.solvers.stationary).
    stepped
        The same under one step (openkerr.solvers.stepped_states).

    Returns
    -------
    dict
        Sizes of the differences by column, for ``twa`` with fluctuations, for ``gpe``, which has no noise, without.
    """
    flow, step = (
        linear_profile(state.field, covariance, shift),
        linear_profile(stepped.field, stepped.covariance, stepped.shift),
    )
    inside = bulk(state.field.size)
    rest, moved = _field_numbers(state.field), _field_numbers(stepped.field)
    classical = {name: abs(moved[name] - rest[name]) for name in _FIELD}
    before, after = _linear_numbers(flow), _linear_numbers(step)
    change = step["photon_number"] - flow["photon_number"]
    numbers = {
        "photon_number_bulk": abs(float(change[inside].mean())),
        "photon_number_last": abs(float(change[-1])),
        "photon_number_first": abs(float(change[0])),
    }
    return {"gpe": classical, "twa": classical | numbers | {name: abs(after[name] - before[name]) for name in _LINEAR}}


def sampled_rows(
    profiles: pd.DataFrame,
    points: Iterable[Mapping[str, Any]],
    loss: float,
    effects: Mapping[tuple[int, float], Mapping[str, Mapping[str, float]]],
) -> list[dict[str, Any]]:
    """Rows of table ``chain_rnw_branch`` from ensembles.

    Parameters
    ----------
    profiles : pandas.DataFrame
        Table ``chain_profiles``.
    points : iterable of mappings
        ``length`` and ``drive_amplitude`` of the chains that are taken.
    loss : float
        Their intrinsic loss rate, in units of gamma.
    effects : mapping
        `step_effects` by length and drive, of those chains whose wave is stable.

    Returns
    -------
    list of dict
        One row a chain and method.  Sites fluctuate together: errors of means over the bulk are bounds, the mean error
        of its sites for densities, that of independent ends for the slope of the phase.
    """
    rows = []
    for point in points:
        chosen = (profiles["length"] == point["length"]) & (profiles["drive_amplitude"] == point["drive_amplitude"])
        for method, frame in profiles[chosen & (profiles["loss"] == loss)].groupby("method"):
            effect = effects.get((point["length"], point["drive_amplitude"]), {}).get(str(method), {})
            row = _sampled_row(frame.sort_values("site"), point, method)
            rows.append(row | {f"{name}_systematic": size for name, size in effect.items()})
    return rows


def _sampled_row(frame: pd.DataFrame, point: Mapping[str, Any], method: str) -> dict[str, Any]:
    inside = frame.iloc[bulk(len(frame))]
    first, last = frame.iloc[0], frame.iloc[-1]
    slope = phase_slope(frame["mean_phase"].to_numpy())
    ends = inside["mean_phase_stderr"].iloc[[0, -1]].to_numpy()
    error = float(np.hypot(*ends) / (len(inside) - 1)) if len(inside) > 1 else np.nan
    row = {
        "drive_amplitude": point["drive_amplitude"],
        "length": point["length"],
        "method": method,
        "photon_number_spread": np.ptp(inside["photon_number"]),
        "wavenumber": slope,
        "wavenumber_stderr": error,
        "wavelength": _wavelength(slope),
        "wavelength_stderr": 2 * np.pi / slope**2 * error if slope else np.nan,
        "fold": 0,
        "stationarity": frame["stationarity"].abs().max(),
        "n_trajectories": first["n_trajectories"],
    }
    pairs = {
        "photon_number_bulk": (inside, "photon_number"),
        "photon_number_last": (last, "photon_number"),
        "photon_number_first": (first, "photon_number"),
        "number_fluctuation_bulk": (inside, "number_fluctuation"),
        "number_fluctuation_last": (last, "number_fluctuation"),
        "circular_variance_last": (last, "circular_variance"),
    }
    for name, (source, column) in pairs.items():
        row |= {name: np.mean(source[column]), f"{name}_stderr": np.mean(source[f"{column}_stderr"])}
    real, imag = inside["field_real"].to_numpy(), inside["field_imag"].to_numpy()
    size = np.hypot(real, imag)
    spread = np.hypot(real * inside["field_real_stderr"], imag * inside["field_imag_stderr"]).to_numpy() / size**2
    ratio = _end_ratio(size)
    return row | {"field_decay": 1 - ratio, "field_decay_stderr": ratio * float(np.hypot(spread[0], spread[-1]))}


def branch_table(points: Iterable[Any], sampled: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Table ``chain_rnw_branch``: stationary states and ensembles, what a method does not give left empty."""
    frame = pd.DataFrame([*map(newton_row, points), *sampled]).reindex(columns=list(columns))
    return frame.sort_values(["method", "length", "drive_amplitude"], ignore_index=True)
