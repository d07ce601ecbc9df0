"""Figures of chaos in the chain: what they show, drawn from made-up tables and grids."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from openkerr.figures import chain_8, chain_lyapunov
from openkerr.studies.chain_chaos.tables import CHAIN_LYAPUNOV, CHAIN_OTOC_RATES
from openkerr.tables.files import validate_table

LENGTH, DRIVES, ANGLES = 12, (1.0, 8.0, 10.5), (1e-4, 1e-2)


def rates() -> pd.DataFrame:
    columns = [column.name for column in CHAIN_OTOC_RATES.columns]
    rows = []
    for drive in DRIVES:
        for source in (1, 6, 12):
            for angle in ANGLES:
                row = dict.fromkeys(columns, 0.1)
                row |= {"length": LENGTH, "drive_amplitude": drive, "source": source, "angle": angle}
                row |= {
                    "growth_rate_typical": 0.1 * drive,
                    "growth_rate_annealed": np.nan,
                    "lyapunov_rate": 0.05 * drive,
                }
                row |= {"butterfly_velocity": 4.0, "saturation": 0.9, "saturation_drift": 9.0 if drive == 1.0 else 0.5}
                rows.append(row | {"final_time": 40.0, "n_trajectories": 64})
    return validate_table(CHAIN_OTOC_RATES, pd.DataFrame(rows))


def grid(places: np.ndarray, angles) -> xr.Dataset:
    runs = [(drive, source, angle) for drive in DRIVES for angle in angles for source in (1, 6, 12)]
    time = np.linspace(0, 40, 81)
    drive, source, angle = (np.array(each, dtype=float) for each in zip(*runs, strict=True))
    age = time - np.abs(places - source[:, None])[..., None] / 4
    log = np.minimum(2 * np.log(angle)[:, None, None] + 1.0 * age, 0.0)
    curves = {name: (("run", "site", "lag"), values.astype(np.float32)) for name, values in
              (("otoc", np.exp(log)), ("log_otoc", log))}  # fmt: skip
    return xr.Dataset(
        curves
        | {
            "time": (("run", "lag"), np.tile(time, (len(runs), 1))),
            "length": ("run", np.full(len(runs), LENGTH)),
            "drive_amplitude": ("run", drive),
            "angle": ("run", angle.astype(np.float32)),
            "source": ("run", source.astype(int)),
        },
        {"site": places},
    )


def growth() -> xr.Dataset:
    found = grid(np.array([1, 6, 12]), ANGLES).rename(site="place").drop_vars("place")
    sites = np.tile([1, 6, 12], (found.sizes["run"], 1))
    return found.assign(site=(("run", "place"), sites))


def test_chain_8_draws_the_chaotic_drive_and_the_wave():
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), rates())
    chaos, wave, curves, slow, saturation, speed, _bar = figure.axes
    assert [axes.get_title("right") for axes in (chaos, curves)] == [r"$F = 8\gamma$, $L = 12$"] * 2
    assert [axes.get_title("right") for axes in (wave, slow)] == [r"$F = 10.5\gamma$, $L = 12$"] * 2
    assert any("4.00" in text.get_text() for text in chaos.texts)
    # The front is a straight line of the velocity in the table.
    x, y = next(line for line in chaos.lines if line.get_linestyle() == "--").get_data()
    np.testing.assert_allclose(np.diff(y) / np.diff(x), 4.0)
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == [r"$\epsilon = 10^{-4}$", r"$\epsilon = 10^{-2}$"]
    # What still drifts is open, and is no entry of the legend.
    faces = {line.get_markerfacecolor() for line in saturation.lines if line.get_marker() in ("o", "s", "^")}
    assert "white" in faces and len(saturation.get_legend().get_texts()) == 4
    assert speed.get_yscale() == "log"


@pytest.mark.parametrize("value", [1e-10, np.float32(1e-4), np.float32(1e-2), 1e-12])
def test_powers_of_ten_are_written_as_such(value):
    assert chain_8._power(float(value)) == f"10^{{{round(np.log10(value))}}}"


def test_chain_8_draws_a_single_drive():
    one = rates().query("drive_amplitude == 8")
    figure = chain_8.draw(grid(np.arange(1, LENGTH + 1), (1e-2,)), growth(), one)
    assert figure.axes[0].get_title("right") == figure.axes[1].get_title("right")


def lyapunov() -> tuple[pd.DataFrame, xr.Dataset]:
    rows, spectra = [], []
    for length, n_exponents in ((4, 8), (6, 12), (12, 1)):
        for drive in DRIVES:
            for method in ("gpe", "twa"):
                whole = n_exponents == 2 * length
                rows.append(
                    {
                        "length": length, "drive_amplitude": drive, "method": method,
                        "lyapunov_max": 0.5 if drive == 8.0 else -0.1, "lyapunov_max_stderr": 0.01,
                        "sum": -2.0 if whole else None, "sum_stderr": 0.0 if whole else None,
                        "kaplan_yorke": 1.5 * length if whole else None, "kaplan_yorke_stderr": 0.1 if whole else None,
                        "n_positive": 1, "n_exponents": n_exponents, "n_trajectories": 16, "averaging_time": 10.0,
                    }
                )  # fmt: skip
                spectra.append(np.r_[np.linspace(0.5, -0.7, n_exponents), np.full(12 - n_exponents, np.nan)])
    table = validate_table(CHAIN_LYAPUNOV, pd.DataFrame(rows))
    data = xr.Dataset(
        {"exponent": (("run", "index"), np.array(spectra))}
        | {name: ("run", table[name].to_numpy()) for name in ("length", "drive_amplitude", "method")}
    )
    return table, data


def test_chain_lyapunov_draws_whole_spectra_and_all_largest_exponents():
    table, spectra = lyapunov()
    spectrum, largest, plane, dimension, _bar = chain_lyapunov.draw(table, spectra, rates()).axes
    assert spectrum.get_title("right") == "$L = 6$"
    assert all(len(line.get_xdata()) == 12 for line in spectrum.lines[:-1]) and len(spectrum.lines) == 2 * 3 + 1
    assert len(largest.get_legend().get_texts()) == 3 + 1
    assert [text.get_text() for text in plane.get_yticklabels()] == ["4", "6"]
    assert len(dimension.get_legend().get_texts()) == 2
    shares = np.concatenate([line.get_ydata() for line in dimension.lines if line.get_marker() == "o"]).astype(float)
    np.testing.assert_allclose(shares, 0.75)
