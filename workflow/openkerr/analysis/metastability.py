"""Passages between two states told apart by one number, the wave and what is not the wave: onset, shares, curves.

The number is the photon number of a site over that of the wave, x, in running means of a trajectory.  From another
state a trajectory arrives when x first comes within a band about one; from the wave it escapes when x first falls below
a share that lies under the band, so that noise at one edge makes no passages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from openkerr.analysis.survival import (
    Passages,
    first_passages,
    median_passage,
    running_mean,
    share_stderr,
    survival,
)
from openkerr.numerics.stats import bootstrap

CURVE_TIMES = 250
"""Most times of a curve."""
_UNITS = {"length": "sites", "drive_amplitude": "gamma"}
LEVELS = np.linspace(0.0, 1.5, 61)
"""Edges of the histograms, in units of the wave's photon number."""


@dataclass(frozen=True)
class Point:
    """Trajectories of one chain from one start.

    Attributes
    ----------
    length, drive_amplitude, start, noise
        What names them; noise is ``quantum`` or ``none``.
    numbers : (n_sites, n_trajectories, n_windows)
        Photon numbers in consecutive windows, of the sites named in ``sites``.
    wave : (n_sites,)
        Those of the wave.
    ends : (n_windows,)
        Ends of the windows.
    """

    length: int
    drive_amplitude: float
    start: str
    noise: str
    sites: tuple[str, ...]
    numbers: np.ndarray
    wave: np.ndarray
    ends: np.ndarray

    def relative(self, site: int, windows: int) -> tuple[np.ndarray, np.ndarray]:
        """Running means over the wave's photon number, (n_trajectories, n_times), and the ends of their windows."""
        return running_mean(self.numbers[site], windows) / self.wave[site], self.ends[windows - 1 :]

    def passages(self, site: int, rules: Mapping[str, Any]) -> Passages:
        """First arrivals at the wave, or first escapes of those that start on it."""
        x, ends = self.relative(site, rules["running_windows"])
        there = x < rules["left_share"] if self.start == "rnw" else np.abs(x - 1) < rules["wave_band"]
        return first_passages(there, ends)

    @property
    def direction(self) -> str:
        """Of the passages."""
        return "escape" if self.start == "rnw" else "arrival"

    @property
    def names(self) -> dict[str, Any]:
        """What names the point in tables."""
        return {
            "length": self.length,
            "drive_amplitude": self.drive_amplitude,
            "noise": self.noise,
            "start": self.start,
        }


def points_of(data: xr.Dataset) -> Iterable[Point]:
    """Points of a data set of `openkerr.studies.chain_metastability.raw.passages_dataset` over length and drive."""
    for length in data["length"].to_numpy():
        for drive in data["drive_amplitude"].to_numpy():
            one = data.sel(length=length, drive_amplitude=drive)
            yield Point(
                length=int(length),
                drive_amplitude=float(drive),
                start=str(data["start"].item()),
                noise="quantum" if data["bath_noise"].item() else "none",
                sites=tuple(str(each) for each in data["site"].to_numpy()),
                numbers=one["photon_number"].to_numpy(),
                wave=one["wave_photon_number"].to_numpy(),
                ends=data["end"].to_numpy(),
            )


def onset_time(x: np.ndarray, ends: np.ndarray, band: float) -> tuple[float, float]:
    """Time from which the mean over trajectories stays within a band about one, and its error by the bootstrap.

    Parameters
    ----------
    x : (n_trajectories, n_times)
    ends : (n_times,)
    band : float

    Returns
    -------
    time, stderr : float
        NaN where the mean is not within the band at the end.
    """

    def last_outside(means: np.ndarray) -> np.ndarray:
        outside = np.abs(means - 1) >= band
        # One past the last time outside; the first time where there is none.
        after = means.shape[1] - outside[:, ::-1].argmax(axis=1)
        after = np.where(outside.any(axis=1), after, 0)
        return np.where(after < means.shape[1], ends[np.minimum(after, means.shape[1] - 1)], np.nan)

    value, stderr = bootstrap(last_outside, x)
    return float(value), float(stderr)


def metastability_row(point: Point, rules: Mapping[str, Any], band: float, late_time: float) -> dict[str, Any]:
    """One row of table ``chain_metastability``."""
    last = point.sites.index("last")
    x, ends = point.relative(last, rules["running_windows"])
    # Arrival, whatever the start: those that begin on the wave are there from the first time.
    arrivals = first_passages(np.abs(x - 1) < rules["wave_band"], ends)
    n = len(arrivals.times)
    reached = arrivals.passed.mean()
    inside = (np.abs(x[:, -1] - 1) < rules["wave_band"]).mean()
    windows = round(late_time / (point.ends[1] - point.ends[0]))
    late = point.numbers[last][:, -windows:].mean(axis=1)
    onset, onset_stderr = onset_time(x, ends, band)
    median, median_stderr = median_passage(arrivals)
    return {
        **point.names,
        "t_rnw": onset,
        "t_rnw_stderr": onset_stderr,
        "t_passage": median,
        "t_passage_stderr": median_stderr,
        "reached_fraction": reached,
        "reached_fraction_stderr": share_stderr(reached, n),
        "wave_fraction": inside,
        "wave_fraction_stderr": share_stderr(inside, n),
        "photon_number_last": late.mean(),
        "photon_number_last_stderr": late.std(ddof=1) / np.sqrt(n),
        "wave_photon_number": point.wave[last],
        "final_time": point.ends[-1],
        "n_trajectories": n,
    }


def curve(point: Point, rules: Mapping[str, Any], late_time: float) -> xr.Dataset:
    """Mean photon number of the last site and share that has not arrived against time, and late histogram."""
    last = point.sites.index("last")
    n_windows = len(point.ends)
    step = -(-n_windows // CURVE_TIMES)
    kept = n_windows // step * step
    coarse = point.numbers[last][:, :kept].reshape(len(point.numbers[last]), -1, step).mean(axis=2)
    ends = point.ends[:kept].reshape(-1, step)[:, -1]
    middles = ends - 0.5 * step * (point.ends[1] - point.ends[0])
    share, share_stderr = survival(point.passages(last, rules), ends)
    windows = round(late_time / (point.ends[1] - point.ends[0]))
    late = point.numbers[last][:, -windows:].mean(axis=1) / point.wave[last]
    padded = np.full((4, CURVE_TIMES + 1), np.nan)
    rows = (coarse.mean(axis=0), coarse.std(axis=0, ddof=1) / np.sqrt(len(coarse)), share, share_stderr)
    padded[:, : len(ends)] = rows
    times = np.full(CURVE_TIMES + 1, np.nan)
    times[: len(ends)] = middles
    counts, _ = np.histogram(late, LEVELS)
    return xr.Dataset(
        {
            "time": ("step", times, {"units": "1/gamma"}),
            "photon_number": ("step", padded[0], {"units": "1"}),
            "photon_number_stderr": ("step", padded[1], {"units": "1"}),
            "survival": ("step", padded[2], {"units": "1"}),
            "survival_stderr": ("step", padded[3], {"units": "1"}),
            "counts": ("level", counts.astype(np.float32), {"units": "1"}),
            "wave_photon_number": ((), float(point.wave[last]), {"units": "1"}),
        },
        coords={"level": 0.5 * (LEVELS[1:] + LEVELS[:-1])}
        | {name: ((), value, {"units": _UNITS.get(name, "1")}) for name, value in point.names.items()},
    )
