"""Made-up weak errors of steppers, for tests of their figure."""

import pandas as pd


def stepper_errors() -> pd.DataFrame:
    """Errors in proportion to the step, of which the second mode has the larger ones."""
    rows = [
        ("torus", "field", "runge_kutta", precision, "gaussian", step, "field", mode, slope * step * mode, 0.001, 0.01)
        for precision, slope in (("double", 0.1), ("single", 0.12))
        for step in (0.1, 0.2)
        for mode in (1, 2)
    ]
    names = ["problem", "case", "stepper", "precision", "noise", "time_step", "quantity", "mode", "error"]
    return pd.DataFrame(rows, columns=[*names, "error_stderr", "tolerance"]).assign(n_trajectories=64)
