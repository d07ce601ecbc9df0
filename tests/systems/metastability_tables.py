"""Trajectories between two states with rates that are known, and the tables of the chain's wave made of them."""

from functools import cache

import numpy as np
import pandas as pd
import xarray as xr

from openkerr.analysis.critical_length import arrivals_of, critical_lengths
from openkerr.analysis.metastability import Point, curve, metastability_row
from openkerr.analysis.passage_rates import rate_rows, scaling_table, threshold_rows
from openkerr.analysis.splitting_rates import splitting_rows
from openkerr.analysis.wave_events import event_picture
from openkerr.analysis.wave_onset import onset_grid
from openkerr.analysis.wave_weight import equal_rate_table, weight_table
from openkerr.studies.chain_metastability import tables
from openkerr.tables.files import validate_table

WINDOW, FINAL_TIME, WAVE = 20.0, 4000.0, 48.0
RULES = {"running_windows": 5, "wave_band": 0.05, "left_share": 0.8}
RELAXATION = 2.0
DRIVES, LENGTHS = (9.0, 9.5, 10.0), (10, 30, 60)


def arrival_rate(length: int, drive: float) -> float:
    return 2e-3 * np.exp(3 * (drive - 9.5) - (length - 10) / 25)


def escape_rate(drive: float) -> float:
    return 3e-4 * np.exp(-5 * (drive - 9.0))


def point(length, drive, start="vacuum", noise="quantum", n_trajectories=64, seed=0, share=0.5):
    """Trajectories of a point that pass once, at the rates above; ``share`` is that of the other state's numbers."""
    rng = np.random.default_rng([seed, length, round(1000 * drive), len(start), len(noise)])
    ends = WINDOW * np.arange(1, round(FINAL_TIME / WINDOW) + 1)
    rate = escape_rate(drive) if start == "rnw" else arrival_rate(length, drive)
    passed = ends[None, :] > rng.exponential(1 / rate, n_trajectories)[:, None]
    in_wave = ~passed if start == "rnw" else passed
    level = np.where(in_wave, 1.0, share) + np.where(in_wave, 0.03, 0.1) * rng.standard_normal((2, *passed.shape))
    return Point(
        length=length, drive_amplitude=drive, start=start, noise=noise, sites=("middle", "last"),
        numbers=WAVE * level, wave=np.array([WAVE, WAVE]), ends=ends,
    )  # fmt: skip


@cache
def points():
    found = [point(length, drive) for length in LENGTHS for drive in DRIVES]
    found += [point(length, drive, "rnw") for length in LENGTHS for drive in DRIVES]
    found += [point(length, 9.5, "vacuum", "none", seed=1) for length in LENGTHS]
    return [*found, *(point(length, 9.5, "rest", seed=2) for length in LENGTHS)]


def populations(length: int, drive: float, direction: str) -> xr.Dataset:
    """Sixteen populations whose rates scatter about the true one by a tenth."""
    scatter = 1 + 0.1 * np.random.default_rng(length).standard_normal(16)
    rate = arrival_rate(length, drive) if direction == "arrival" else escape_rate(drive)
    return xr.Dataset(
        {
            "flux": ("population", 0.01 * scatter),
            "rate": ("population", rate * scatter),
            "simulated_time": ("population", np.full(16, 1e4)),
            "probability": (("population", "stage"), np.full((16, 2), 0.3)),
            "n_reached": (("population", "stage"), np.full((16, 2), 30)),
        },
        coords={
            "length": length, "drive_amplitude": drive, "direction": direction, "sites": "chain", "n_trials": 100,
            "interface": ("interface", [0.1, 0.2, 0.3]),
        },
    )  # fmt: skip


@cache
def frames() -> dict[str, pd.DataFrame]:
    """All tables by name, validated."""
    rows = [metastability_row(each, RULES, 0.05, 500.0) for each in points()]
    direct = pd.DataFrame([row for each in points() for row in rate_rows(each, RULES, RELAXATION)])
    splitting, rare = splitting_rows([populations(30, 10.0, "escape"), populations(60, 9.0, "arrival")], direct)
    rates = pd.concat([direct, rare], ignore_index=True)
    varied = [row for each in points() for row in threshold_rows(each, [RULES], RELAXATION)]
    weights = weight_table(rates)
    arrivals = [one for each in points() for one in arrivals_of(each, RULES)]
    made = {
        tables.CHAIN_METASTABILITY: pd.DataFrame(rows),
        tables.CHAIN_RATES: rates,
        tables.CHAIN_RATE_THRESHOLDS: pd.DataFrame(varied),
        tables.CHAIN_SPLITTING: splitting,
        tables.CHAIN_WAVE_WEIGHT: weights,
        tables.CHAIN_EQUAL_RATES: equal_rate_table(weights),
        tables.CHAIN_CRITICAL_LENGTH: critical_lengths(arrivals, [1000.0, 4000.0]),
        tables.CHAIN_RATE_SCALING: scaling_table(rates),
    }
    return {schema.name: validate_table(schema, frame[schema.column_names]) for schema, frame in made.items()}


@cache
def passages() -> xr.Dataset:
    return xr.concat([curve(each, RULES, 500.0) for each in points()], "point")


@cache
def onset_ensemble() -> xr.Dataset:
    """A wave that fills a chain of twelve sites from the drive on: half of it is there at 95 + 8 site."""
    rng = np.random.default_rng(3)
    n_batches, n_windows, length = 16, 30, 12
    ends = 10.0 * np.arange(1, n_windows + 1)
    site = np.arange(1, length + 1)
    grown = 1 / (1 + np.exp(-(ends[:, None] - 100 - 8 * site) / 20))
    unit = grown * np.exp(0.2j * site) + 0.05 * rng.standard_normal((n_batches, n_windows, length))
    noisy = 0.5 + 60 * grown + rng.standard_normal((n_batches, n_windows, length))
    return xr.Dataset(
        {
            "abs2": (("batch", "window", "site"), noisy),
            "phase_re": (("batch", "window", "site"), unit.real),
            "phase_im": (("batch", "window", "site"), unit.imag),
            "n_valid": ("batch", np.full(n_batches, 4)),
            "wave_photon_number": ("site", np.full(length, 60.0)),
        },
        coords={"end": ("window", ends), "site": site, "length": length, "drive_amplitude": 10.5},
    )


@cache
def onset() -> xr.Dataset:
    """The grid of that wave."""
    joined = onset_ensemble()
    single = xr.Dataset(
        {
            f"path_{name}": (("path", "window", "site"), joined[name].to_numpy()[:2])
            for name in ("abs2", "phase_re", "phase_im")
        },
        coords={"path": [0, 1]},
    )
    return onset_grid(joined, [single])


FRONT_DELAY, LEVELS, AGITATION_TIME = 2.5, (0.03, 0.06), 20.0


@cache
def event_data(direction: str = "arrival", n_events: int = 12) -> xr.Dataset:
    """Passages of ten sites: agitated on one side of a front that takes `FRONT_DELAY` a site, scattered as a whole."""
    rng = np.random.default_rng(5 if direction == "arrival" else 6)
    lag, site = np.arange(-150.0, 150.0), np.arange(1, 11)
    front = FRONT_DELAY * (site - 5.5) + rng.normal(0, 10, (n_events, 1)) + rng.normal(0, 1, (n_events, 10))
    after = lag[:, None] > front[:, None]
    chaos = after if direction == "escape" else ~after
    # Intensities of variance one in chaos, and of 0.01 in the wave.
    intensity = np.where(chaos, rng.exponential(1.0, chaos.shape), 1 + 0.1 * rng.standard_normal(chaos.shape))
    phase = np.where(chaos, rng.uniform(-np.pi, np.pi, chaos.shape), 0.2 * site)
    return xr.Dataset(
        {
            "abs2": (("event", "sample", "site"), 0.5 + WAVE * intensity),
            "phase": (("event", "sample", "site"), phase),
            "passage_time": ("event", np.full(n_events, 900.0)),
            "wave_photon_number": ("site", np.full(10, WAVE)),
            "wave_phase_variance": ("site", 0.01 * site),
        },
        coords={
            "lag": ("sample", lag), "site": site, "length": 10, "drive_amplitude": 9.5, "thermal_occupation": 0.0,
            "start": "vacuum" if direction == "arrival" else "rnw", "settled": 200.0,
        },
    )  # fmt: skip


@cache
def events() -> xr.Dataset:
    """The grid of an arrival and an escape."""
    pictures = [event_picture(event_data(name), LEVELS, AGITATION_TIME) for name in ("arrival", "escape")]
    return xr.concat(pictures, "event", join="outer")
