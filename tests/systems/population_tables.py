"""Tables of made-up melting in time, for tests of the figure of photon numbers."""

import numpy as np
import pandas as pd


def torus_frames(alephs=(200.0, 30000.0, 4000.0)) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Decaying and undamped cosines, in the columns of the torus tables."""
    populations, trajectories = [], []
    for aleph in alephs:
        time = np.arange(0.0, 60.0 + aleph / 100, 0.5)
        for mode in (1, 2):
            mean = 0.4 - 0.3 * np.exp(-200 * time / aleph) * np.cos(0.8 * time) / mode
            common = {"aleph": aleph, "mode": mode, "time": time}
            errors = {"n_over_aleph_stderr": 0.01, "n_over_aleph_min": 0.0, "n_over_aleph_max": 0.8}
            populations.append(pd.DataFrame({**common, "n_over_aleph": mean, **errors, "n_trajectories": 64}))
            for number in range(3):
                path = 0.4 - 0.3 * np.cos(0.8 * time + number) / mode
                trajectories.append(pd.DataFrame({**common, "trajectory": number, "n_over_aleph": path}))
    return pd.concat(populations, ignore_index=True), pd.concat(trajectories, ignore_index=True)
