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
        number = (40.0 if method == "twa" else 34.0) * np.exp(-(0.05 + loss) * site) * drive / 8
        variance = 1 - np.exp(-site * drive / 8 * (1.0 if method == "twa" else 0.7))
        frames.append(
            pd.DataFrame({**labels, "photon_number": number, "circular_variance": variance}).assign(
                photon_number_stderr=0.2,
                circular_variance_stderr=0.01,
                stationarity=5.0 if loss and drive == 8 else 1.0,
            )
        )
        g1 = np.exp(-drive / 4 * np.abs(site - 3.0))
        coherences.append(
            pd.DataFrame({**labels, "center": 3, "g1": g1}).assign(g1_stderr=np.where(site == 3, 0, 0.01))
        )
    return pd.concat(frames, ignore_index=True), pd.concat(coherences, ignore_index=True)


def relaxation() -> pd.DataFrame:
    """Lengths of relaxation of the chains of `tables`, and of one that is chaotic nowhere."""
    rows = [
        {"length": LENGTH, "drive_amplitude": drive, "loss": loss, "method": method, "amplitude_length": 0.5 * drive,
         "phase_length": 8.0 / drive}
        for drive, loss, method in [*CASES, (10.5, 0.0, "twa")]
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(amplitude_length_stderr=0.1, phase_length_stderr=0.05)


def grids() -> tuple[xr.Dataset, xr.Dataset]:
    panels = [(*case, site) for case in CASES for site in range(1, LENGTH + 1)]
    names = ("drive_amplitude", "loss", "method", "site")
    coords = {name: ("panel", [panel[index] for panel in panels]) for index, name in enumerate(names)}
    coords["length"] = ("panel", np.full(len(panels), LENGTH))
    middles = np.linspace(-0.95, 0.95, 20)
    # Disks at the lower drive, rings at the other.
    rings = np.array([0.5 * (panel[0] == 8) for panel in panels])[:, None, None]
    density = np.exp(-8 * (np.hypot(middles[:, None], middles) - rings) ** 2)
    maps = xr.Dataset(
        {"density": (("panel", "re", "im"), density), "extent": ("panel", np.full(len(panels), 10.0))},
        coords={**coords, "re": middles, "im": middles},
    )
    widths = np.array([(8 if panel[2] == "twa" else 12) / (1 + 0.1 * panel[3]) for panel in panels])[:, None]
    curve = np.exp(-widths * middles**2)
    momenta = xr.Dataset(
        {
            "density": (("panel", "momentum"), curve),
            "density_stderr": (("panel", "momentum"), 0.01 * curve),
            "extent": ("panel", np.full(len(panels), 14.0)),
        },
        coords={**coords, "momentum": middles},
    )
    return maps, momenta
