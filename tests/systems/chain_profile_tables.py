"""Made-up profiles, coherences and densities of single chains, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

LENGTH, SITES = 6, [2, 3, 5]
CASES = [(4.5, 0.0, "twa"), (8.0, 0.0, "twa"), (8.0, 0.0, "gpe"), (8.0, 0.3, "twa"), (4.5, 0.3, "twa")]


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    site = np.arange(1, LENGTH + 1)
    frames, coherences = [], []
    for drive, loss, method in CASES:
        labels = {"length": LENGTH, "drive_amplitude": drive, "loss": loss, "method": method, "site": site}
        number = 40.0 * np.exp(-(0.05 + loss) * site) * drive / 8
        frames.append(
            pd.DataFrame({**labels, "photon_number": number, "circular_variance": 1 - np.exp(-site)}).assign(
                photon_number_stderr=0.2,
                circular_variance_stderr=0.01,
                stationarity=5.0 if loss and drive == 8 else 1.0,
            )
        )
        g1 = np.exp(-np.abs(site - 3.0))
        coherences.append(pd.DataFrame({**labels, "center": 3, "g1": g1}).assign(g1_stderr=np.where(site == 3, 0, 0.1)))
    return pd.concat(frames, ignore_index=True), pd.concat(coherences, ignore_index=True)


def grids() -> tuple[xr.Dataset, xr.Dataset]:
    panels = [(*case, site) for case in CASES for site in range(1, LENGTH + 1)]
    names = ("drive_amplitude", "loss", "method", "site")
    coords = {name: ("panel", [panel[index] for panel in panels]) for index, name in enumerate(names)}
    coords["length"] = ("panel", np.full(len(panels), LENGTH))
    middles = np.linspace(-0.95, 0.95, 20)
    density = np.exp(-8 * (middles[:, None] ** 2 + middles**2)) * np.ones((len(panels), 1, 1))
    maps = xr.Dataset(
        {"density": (("panel", "re", "im"), density), "extent": ("panel", np.full(len(panels), 10.0))},
        coords={**coords, "re": middles, "im": middles},
    )
    curve = np.exp(-8 * middles**2) * np.ones((len(panels), 1))
    momenta = xr.Dataset(
        {
            "density": (("panel", "momentum"), curve),
            "density_stderr": (("panel", "momentum"), 0.01 * curve),
            "extent": ("panel", np.full(len(panels), 14.0)),
        },
        coords={**coords, "momentum": middles},
    )
    return maps, momenta
