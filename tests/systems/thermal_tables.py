"""Made-up thermometers and local states of chains, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

LENGTH, SITES, DRIVES = 12, [3, 7, 11], [4.5, 8.0]
_MODELS = ("gibbs", "two_photon", "scully_lamb")


def _sites(drive: float) -> dict:
    return {"length": LENGTH, "drive_amplitude": drive, "site": np.arange(1, LENGTH + 1)}


def thermometry() -> pd.DataFrame:
    frames = []
    for drive in DRIVES:
        place = np.arange(LENGTH) / LENGTH
        inverse = 0.01 + 0.02 * place**2 if drive > 5 else -0.01 + 0.025 * place**3
        ratio = 0.05 - 0.08 * place if drive > 5 else -0.1 - 0.1 * place
        for shift, model in enumerate(_MODELS):
            frame = pd.DataFrame({**_sites(drive), "model": model, "estimator": "maximum_likelihood"})
            scale = 1.0 + 0.1 * shift
            frames.append(
                frame.assign(
                    temperature=1.0 / inverse / scale,
                    temperature_stderr=0.5,
                    chemical_potential=ratio / inverse,
                    chemical_potential_stderr=0.1,
                    mu_over_t=ratio * scale,
                    mu_over_t_stderr=0.001,
                    inverse_temperature=inverse * scale,
                    inverse_temperature_stderr=2e-4,
                    residual=0.5 * np.exp(-10 * place) * scale,
                    residual_stderr=0.01,
                    divergence=2e-3 * np.exp(-5 * place) * scale,
                    divergence_stderr=1e-4,
                )
            )
        frame = pd.DataFrame({**_sites(drive), "model": "equipartition", "estimator": "moments"})
        frames.append(frame.assign(temperature=10.0 * drive * (1 - 0.5 * place), temperature_stderr=1.0))
    return pd.concat(frames, ignore_index=True)


def entropy() -> pd.DataFrame:
    frames = [
        pd.DataFrame({**_sites(drive)}).assign(
            entropy=4.0 + 0.2 * drive - 0.05 * np.arange(LENGTH), entropy_stderr=0.01
        )
        for drive in DRIVES
    ]
    return pd.concat(frames, ignore_index=True)


def equilibrium() -> pd.DataFrame:
    frames = []
    for drive in DRIVES:
        inverse = np.full(LENGTH, 0.008 if drive > 5 else -0.015)
        inverse[[0, -1]] = np.nan
        frames.append(
            pd.DataFrame({**_sites(drive)}).assign(
                inverse_temperature=inverse,
                inverse_temperature_stderr=3e-4,
                momentum_kurtosis=-0.8 if drive > 5 else 0.4,
                momentum_kurtosis_stderr=0.02,
            )
        )
    return pd.concat(frames, ignore_index=True)


def domains() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, lines = [], []
    shares = {"nonsymmetric": (0.0, 5.0), "prethermal": (0.8, -8.0), "thermal": (0.2, 3.0)}
    for rule, shift in (("chemical_potential", 0.0), ("temperature", 4.0)):
        for domain, (slope, intercept) in shares.items():
            base = {"drive_amplitude": 8.0, "rule": rule, "domain": domain}
            moved = intercept + (shift if domain == "thermal" else -shift if domain == "prethermal" else 0.0)
            lines.append(base | {"slope": slope, "intercept": moved})
            rows += [
                base | {"length": length, "size": slope * length + moved + 0.5 * (-1) ** k, "size_stderr": 0.5}
                for k, length in enumerate((45, 60, 80, 100))
            ]
    return pd.DataFrame(rows), pd.DataFrame(lines)


def _panels() -> dict:
    return {
        "length": ("panel", np.full(2 * LENGTH, LENGTH)),
        "drive_amplitude": ("panel", np.repeat(DRIVES, LENGTH)),
        "site": ("panel", np.tile(np.arange(1, LENGTH + 1), 2)),
    }


def radial() -> xr.Dataset:
    radius = (np.arange(20) + 0.5) / 20
    drive = np.repeat(DRIVES, LENGTH)[:, None]
    site = np.tile(np.arange(1, LENGTH + 1), 2)[:, None]
    u = 100.0 * radius**2
    gaussian = np.exp(-u * (0.05 + 0.005 * site))
    shape = np.where(drive > 5, np.exp(0.06 * u - 0.0012 * u**2 - 0.02 * site), gaussian)
    data = {name: (("panel", "radius"), shape * (1 + 0.01 * k)) for k, name in enumerate(_MODELS)}
    data |= {
        "density": (("panel", "radius"), shape),
        "density_stderr": (("panel", "radius"), 0.01 * shape),
        "gaussian": (("panel", "radius"), 0.9 * gaussian),
        "extent": ("panel", np.full(2 * LENGTH, 10.0)),
    }
    return xr.Dataset(data, coords={**_panels(), "radius": radius})


def momenta() -> xr.Dataset:
    momentum = np.linspace(-0.975, 0.975, 40)
    p = 14.0 * momentum
    width = np.repeat([14.0, 30.0], LENGTH)[:, None]
    shape = np.exp(-(p**2) / (2 * width)) / np.sqrt(2 * np.pi * width)
    return xr.Dataset(
        {
            "density": (("panel", "momentum"), shape),
            "density_stderr": (("panel", "momentum"), 0.02 * shape),
            "extent": ("panel", np.full(2 * LENGTH, 14.0)),
        },
        coords={**_panels(), "momentum": momentum},
    )


def memory() -> xr.Dataset:
    lag = 0.2 * np.arange(30)
    rates = np.linspace(1.5, 2.5, LENGTH)[:, None]
    value = np.exp(-(rates + 1.5j) * lag)
    value[:, 20:] = np.nan
    data = {"value_re": value.real, "value_im": value.imag, "stderr": 0.01 + 0 * value.real}
    data |= {name: value.real * scale for name, scale in (("one_rate", 0.9), ("two_rates", 1.0), ("two_photon", 0.8))}
    coords = {name: (dims, values[:LENGTH]) for name, (dims, values) in _panels().items()}
    coords["drive_amplitude"] = ("panel", np.full(LENGTH, 8.0))
    return xr.Dataset({name: (("panel", "lag"), each) for name, each in data.items()}, coords={**coords, "lag": lag})
