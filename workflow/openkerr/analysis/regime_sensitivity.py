"""How far the chain's regimes and their boundaries hang on the rules of the classifier, which are ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.chain_regimes import RegimeRules, boundaries_table, regime, states_by_drive, wave_share

__all__ = ["FACTORS", "changed_rules", "regime_sensitivity", "shares_of_bands"]

FACTORS = (0.5, 0.8, 1.2, 1.5)
"""Factors by which a rule is changed, one rule at a time."""


def changed_rules(rules: RegimeRules) -> Iterator[tuple[str, float, RegimeRules]]:
    """Each rule's name, the factor and the changed rules; limits of mixtures change in their distance from 0 and 1."""
    low, high = rules.mixed_shares
    for factor in FACTORS:
        yield "wave_band", factor, replace(rules, wave_band=factor * rules.wave_band)
        yield "mixed_shares", factor, replace(rules, mixed_shares=(factor * low, 1 - factor * (1 - high)))
        yield "chaotic_correlator", factor, replace(rules, chaotic_correlator=factor * rules.chaotic_correlator)
        yield "sigma", factor, replace(rules, sigma=factor * rules.sigma)


def shares_of_bands(parts: Sequence[xr.Dataset], diagram: pd.DataFrame, rules: RegimeRules) -> pd.DataFrame:
    """Shares of trajectories in bands of the wave of `FACTORS` times the width.

    Parameters
    ----------
    parts : sequence of xarray.Dataset
        Jobs of one length of a scan, as in `openkerr.analysis.chain_regimes.scan_tables`.
    diagram : pandas.DataFrame
        What that made of them.
    rules : RegimeRules

    Returns
    -------
    pandas.DataFrame
        Columns factor, drive_amplitude, rnw_fraction and its error.
    """
    burn_in = parts[0]["burn_in"].item()
    # Below the fold there is no wave; where Newton found none, the share is unknown at any width.
    waves = diagram.groupby("drive_amplitude")[["wave_photon_number", "rnw_fraction"]].first()
    rows = []
    for drive, jobs in states_by_drive(parts):
        wave, share = waves.loc[drive]
        weights = np.concatenate([part["n_valid"].values for part in jobs])
        single = np.concatenate([part["trajectory_means"].values for part in jobs])
        late = jobs[0]["begin"].values > burn_in * (1 - 1e-9) - 1e-9
        samples = jobs[0]["samples"].values[late]
        for factor in FACTORS:
            found = (share, 0.0 if share == 0 else np.nan)
            if wave > 0:
                found = wave_share(single[:, late], samples, weights, wave, factor * rules.wave_band)
            rows.append((factor, drive, *found))
    return pd.DataFrame(rows, columns=["factor", "drive_amplitude", "rnw_fraction", "rnw_fraction_stderr"])


def regime_sensitivity(diagram: pd.DataFrame, shares: pd.DataFrame, rules: RegimeRules) -> pd.DataFrame:
    """What each rule, changed by each of `FACTORS`, changes in the regimes and boundaries of one length.

    Parameters
    ----------
    diagram : pandas.DataFrame
        Rows of table ``chain_phase_diagram`` of one boundary-driven length.
    shares : pandas.DataFrame
        As `shares_of_bands` returns them.
    rules : RegimeRules
        Unchanged.

    Returns
    -------
    pandas.DataFrame
        Columns of table ``chain_regime_sensitivity`` but the length.
    """
    doubted = diagram.groupby("drive_amplitude")["doubt"].agg(lambda found: bool({"step", "interaction"} & set(found)))
    last = diagram[diagram["site"] == diagram["length"]].sort_values("drive_amplitude")
    classified = ~last["drive_amplitude"].map(doubted) & (last["doubt"].isna() | (last["doubt"] == "moving"))
    base, places = _regimes(last, classified, rules), _places(last, rules)
    rows = []
    for name, factor, changed in changed_rules(rules):
        state = last
        if name == "wave_band":
            of_band = shares[shares["factor"] == factor].set_index("drive_amplitude")
            columns = ["rnw_fraction", "rnw_fraction_stderr"]
            state = last.assign(**{column: last["drive_amplitude"].map(of_band[column]) for column in columns})
        found, moved = _regimes(state, classified, changed), _places(state, changed)
        both = [(one, other) for one, other in zip(base, found, strict=True) if one or other]
        rows.append(
            {
                "rule": name,
                "factor": factor,
                "n_states": len(both),
                "n_changed": sum(one != other for one, other in both),
                "n_exchanged": sum(one is not None and other is not None and one != other for one, other in both),
                **{f"{boundary}_shift": moved[boundary] - places[boundary] for boundary in places},
            }
        )
    return pd.DataFrame(rows)


def _regimes(last: pd.DataFrame, classified: pd.Series, rules: RegimeRules) -> list[str | None]:
    names = ("rnw_fraction", "rnw_fraction_stderr", "otoc_saturation", "otoc_saturation_stderr")
    numbers = last.loc[:, list(names)].to_numpy(dtype=float)
    rows = zip(*numbers.T, classified, strict=True)
    return [
        regime(share, error, otoc, otoc_error, rules) if known else None
        for share, error, otoc, otoc_error, known in rows
    ]


def _places(last: pd.DataFrame, rules: RegimeRules) -> dict[str, float]:
    """Drives of the two boundaries, NaN where there is none."""
    none = pd.DataFrame(columns=["geometry", "length", "burn_in", "window", "drive_amplitude"])
    found = boundaries_table(last, none, rules).set_index("boundary")["drive_amplitude"]
    return {name: float(found.get(name, np.nan)) for name in ("one_two", "two_three")}
