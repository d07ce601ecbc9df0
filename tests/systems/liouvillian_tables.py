"""Made-up exact spectra, steady states and eigenmatrices, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr

ALEPHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def spectrum():
    rows = []
    for aleph in ALEPHS:
        rows += [(aleph, 0, 0, 0.0, 0.0, 0), (aleph, 0, 1, -1 / aleph, -0.8, 1), (aleph, 0, 2, -1 / aleph, 0.8, -1)]
        rows += [(aleph, 0, 3, -2 / aleph, 0.0, np.nan)]
        rows += [(aleph, 1, i, -(i + 1) / (2 * aleph), -0.8 * m, m) for i, m in enumerate((1, 0, 2, 1))]
    table = pd.DataFrame(rows, columns=["aleph", "sector", "index", "eigenvalue_real", "eigenvalue_imag", "m"])
    return table.assign(basis_error=3e-7, residual=4e-7)


def lines():
    rows = [(1.0, k, m, 0.03 * k + 0.8 * m, 3.0 + m * m) for k in (0, 1) for m in range(-3, 4)]
    table = pd.DataFrame(rows, columns=["omega", "sector", "m", "frequency", "linear_gap_times_aleph"])
    return pd.concat([table, table.assign(omega=0.8, linear_gap_times_aleph=np.nan)])


def gaps():
    table = pd.DataFrame({"case": "default", "aleph": [16.0, 4e4], "sector": 1, "m": 1, "gap": [0.03, 1e-4]})
    other = table.assign(case="loss", gap=5.0)
    return pd.concat([table, other]).assign(
        gap_stderr=1e-3,
        gap_systematic=[2e-4, 1e-6, 0, 0],
        frequency=0.8,
        frequency_stderr=1e-3,
        frequency_systematic=0.0,
        estimator="pencil",
    )


def sampled_gaps() -> pd.DataFrame:
    """Gaps by truncated Wigner of the lines of charge one, from alephs of the exact solution upwards."""
    rows = [
        ("default", aleph, 1, m, (0.5 + 0.5 * place) * (1 + 1 / aleph) * max(1.0, aleph / 40) / aleph, 0.8 * m)
        for place, m in enumerate((1, 0, 2))
        for aleph in (4.0, 8.0, 16.0, 128.0)
    ]
    table = pd.DataFrame(rows, columns=["case", "aleph", "sector", "m", "gap", "frequency"])
    errors = {"gap_stderr": 0.02 * table["gap"], "gap_systematic": 0.01 * table["gap"], "frequency_stderr": 1e-3}
    errors["frequency_systematic"] = 0.0
    return table.assign(**errors, estimator="pencil")


def states():
    frame = pd.DataFrame({"aleph": [0.5, 1.0, 2.0] * 2, "method": ["liouvillian"] * 3 + ["twa"] * 3})
    for key, value, error in (
        ("n1_over_aleph", 1.0, 0.1), ("n2_over_aleph", 0.7, 0.05), ("g2_1", 1.2, 0.1), ("g2_2", 1.5, 0.2),
    ):  # fmt: skip
        frame[key] = value + (frame["method"] == "twa") * error / frame["aleph"] ** 2
        frame[f"{key}_stderr"] = (frame["method"] == "twa") * 0.01
    return frame


def grid():
    axis = np.linspace(-1.3, 1.3, 21)
    x, y = np.meshgrid(axis, axis)
    values = np.array([[np.exp(-(x**2) - y**2), (x + 1j * y) * np.exp(1j * n)] for n in range(6)])
    dims = ("eigenmatrix", "mode", "im_alpha", "re_alpha")
    data = {"wigner_re": (dims, values.real), "wigner_im": (dims, values.imag)}
    labels = {
        "aleph": [4.0] * 6,
        "sector": [0, 0, 0, 1, 1, 2],
        "index": [0, 1, 2, 0, 1, 0],
        "m": [0, 1, -1, 1, 0, np.nan],
        "eigenvalue_re": [0, -1, -1, -0.5, -0.6, -0.7],
        "eigenvalue_im": [0, -0.8, 0.8, -0.9, 0.1, -1],
    }
    data |= {name: (("eigenmatrix",), np.array(column, dtype=float)) for name, column in labels.items()}
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    data |= {"torus_re": (("mode", "point"), np.cos([angle] * 2)), "torus_im": (("mode", "point"), np.sin([angle] * 2))}
    return xr.Dataset(data, coords={"mode": [1, 2], "im_alpha": axis, "re_alpha": axis})
