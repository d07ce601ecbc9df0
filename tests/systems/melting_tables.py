"""Made-up melting in phase space, circular variance and switching, for tests of their figures."""

import numpy as np
import pandas as pd
import xarray as xr


def wigner(times=(0.0, 10.0, 20.0)) -> tuple[xr.Dataset, pd.DataFrame]:
    alephs, middles = [200.0, 4000.0], np.linspace(-1.2, 1.2, 24)
    radius = np.hypot(middles[:, None], middles)
    density = np.broadcast_to(np.exp(-(((radius - 0.6) / 0.2) ** 2)), (2, len(times), 2, 24, 24))
    maps = xr.Dataset(
        {
            "wigner": (("aleph", "time", "mode", "re", "im"), density),
            "gpe_re": (("mode", "time"), np.full((2, len(times)), 0.5)),
            "gpe_im": (("mode", "time"), np.full((2, len(times)), -0.2)),
            "torus_radius": (("mode", "edge"), [[0.3, 0.8], [0.5, 0.7]]),
        },
        coords={"aleph": alephs, "time": list(times), "mode": [1, 2], "re": middles, "im": middles,
                "edge": ["inner", "outer"]},
    )  # fmt: skip
    index = pd.MultiIndex.from_product(
        [alephs, [1, 2], np.arange(0.0, 55.0, 5.0), [0.0, 3.0]], names=["aleph", "mode", "time", "margin"]
    )
    weight = index.to_frame(index=False).assign(weight_stderr=0.01, n_trajectories=64)
    decay = np.exp(-weight["time"] * weight["mode"] / weight["aleph"] ** 0.5 / 2)
    return maps, weight.assign(weight=0.6 * decay + 0.1 * weight["margin"])


def scaling_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    alephs, times = np.array([2e2, 2e3, 1e4, 5e4]), np.geomspace(10.0, 300.0, 9)
    rows = [
        {"aleph": a, "mode": m, "time": t, "circular_variance_mean": -np.expm1(-47 * t / a)}
        for a in alephs for m in (1, 2) for t in times
    ]  # fmt: skip
    variance = pd.DataFrame(rows).assign(circular_variance_mean_stderr=0.01)
    values = {"d1": -1.0, "d2": 1.0, "c1": 47.0, "c2": 47.0, "alpha": 1.0, "beta": -1.0, "k2": 1.0}
    values |= {"k1": 47 / 1e4 / (47 * times[4]), "collapse_rms": 0.0, "collapse_rms_printed": 0.4}
    frames = []
    for case in ("default", "mode_2"):
        for window in ("aleph_2000_50000_time_10_300_all", "aleph_2000_50000_time_10_300_3"):
            frames.append(
                pd.DataFrame({"quantity": list(values), "value": list(values.values())}).assign(
                    case=case, window=window, aleph_min=2e3, aleph_max=5e4, n_alephs=3, time_min=10.0,
                    time_max=300.0, n_times=3, aleph_reference=1e4, time_reference=times[4],
                )
            )  # fmt: skip
    others = [
        frames[0].assign(
            window=f"aleph_2000_50000_time_{start}_300_all", time_min=start,
            value=[shift - 1, shift / 2 + 1, 47.0, 47.0, 10.0 ** (20 * shift), 3 * shift - 1, 1.0, 1e-6, 0.0, 0.4],
        )
        for start, shift in ((30.0, -0.2), (60.0, -0.12), (90.0, 0.1))
    ]  # fmt: skip
    contour = frames[0][:2].assign(
        quantity=["contour_factor", "contour_exponent"], value=[np.log(2) / 47, 1.0], window="variance_0.5"
    )
    return variance, pd.concat([*frames, *others, contour], ignore_index=True).assign(stderr=0.02)


def variant_scaling(cases: pd.DataFrame) -> pd.DataFrame:
    """Exponents of every case of a table of cases, in two windows of time of which the ensembles have the first."""
    rows = [
        {"case": case.case, "family": case.family, "mode": 1, "time_min": start, "quantity": quantity,
         "value": value + 0.2 * case.loss_rate_1 + 0.001 * case.thermal_occupation_1 + 0.001 * start}
        for case in cases.itertuples() for start in (10.0, 100.0)
        for quantity, value in (("d1", -1.0), ("d2", 1.0), ("beta", -1.0))
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(aleph_min=2e3, aleph_max=5e4, time_max=300.0)


def switching_tables() -> tuple[pd.DataFrame, ...]:
    omegas, alephs = [0.92, 0.95, 0.96, 0.975], np.array([4e3, 7e3, 1e4])
    basins = pd.DataFrame(
        [
            {"omega": omega, "attractor": name, "share": share, "share_stderr": 0.02}
            for omega, torus in zip(omegas, (0.0, 0.7, 0.8, 1.0), strict=True)
            for name, share in (("limit_torus", torus), ("limit_cycle", 1 - torus), ("other", 0.0))
        ]
    )
    weights = pd.DataFrame(
        [
            {"omega": omega, "aleph": aleph, "start": start, "torus_weight": 0.3 + 5 * (omega - 0.92) + 2e-5 * aleph}
            for omega in omegas for aleph in alephs for start in ("cycle", "torus")
        ]
    ).assign(torus_weight_stderr=0.02)  # fmt: skip
    rows, laws = [], []
    for omega in (0.95, 0.96):
        for direction in ("cycle_to_torus", "torus_to_cycle"):
            slope = (2e-4 if direction == "cycle_to_torus" else 3e-4) * (omega / 0.95) ** 20
            rates = 0.05 * np.exp(-slope * alephs)
            rows.append(pd.DataFrame({"omega": omega, "direction": direction, "aleph": alephs, "rate": rates}))
            for law, chi in (("exponential", 1e4 * slope), ("power", 30.0 * omega)):
                laws.append({"omega": omega, "direction": direction, "law": law, "coefficient": slope,
                             "coefficient_stderr": 1e-5, "log_prefactor": np.log(0.05), "chi_squared": chi,
                             "n_alephs": 3})  # fmt: skip
    switching = pd.concat(rows).assign(resolved=[1, 1, 0] * 4)
    switching["rate_stderr"] = 0.1 * switching["rate"]
    # Nothing changes sides at the largest aleph of one frequency: a limit stands where the rate would.
    switching["rate_limit"], switching["n_events"] = 2 * switching["rate"], 20
    still = (switching["omega"] == 0.95) & (switching["resolved"] == 0)
    switching.loc[still, ["rate", "rate_stderr", "n_events"]] = [np.nan, np.nan, 0]
    bifurcations = pd.DataFrame(
        {
            "object": ["relative_equilibrium", "relative_periodic_orbit", "relative_periodic_orbit"],
            "bifurcation": ["fold", "fold", "homoclinic"],
            "omega": [0.9686, 0.9262, 0.92624],
        }
    )
    return basins, weights, switching, pd.DataFrame(laws), bifurcations


def action_tables() -> tuple[pd.DataFrame, ...]:
    _, weights, switching, _, bifurcations = switching_tables()
    omegas, rows, points, rates = (0.94, 0.95, 0.96), [], [], []
    for omega in omegas:
        for direction, sign in (("cycle_to_torus", -1), ("torus_to_cycle", 1)):
            action = (3e-4 + sign * 1.5e-2 * (omega - 0.952)) * (1.2 if omega == 0.94 and sign < 0 else 1)
            rows.append({"omega": omega, "direction": direction, "action": action, "action_error": 1e-6, "length": 0.2})
            rates.append({"omega": omega, "direction": direction, "fitted": 1.05 * action, "fitted_stderr": 1e-5})
        angle = np.linspace(0.0, 2 * np.pi, 49)
        for path, phase, population in (
            ("torus", angle, 0.4 + 0.3 * np.cos(angle - 0.6)),
            ("cycle_to_torus", np.linspace(-0.3, -0.6, 9), np.linspace(0.34, 0.22, 9)),
            ("torus_to_cycle", np.append(angle, 2 * np.pi - 0.6), np.append(0.4 + 0.28 * np.cos(angle - 0.6), 0.22)),
        ):
            points.append(
                pd.DataFrame({"omega": omega, "path": path, "point": np.arange(len(phase)), "relative_phase": phase})
                .assign(n1_over_aleph=population, n2_over_aleph=0.55, action=0.0)
            )  # fmt: skip
    return pd.DataFrame(rows), pd.concat(points), pd.DataFrame(rates), switching, weights, bifurcations
