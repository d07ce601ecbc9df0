"""The documented model of a user's own runs, and its numbers are those of the Lindblad equation."""

import runpy
from pathlib import Path

import numpy as np
import qutip

EXAMPLE = Path(__file__).parents[2] / "docs" / "user_model.py"


def test_the_documented_model_is_right():
    code = EXAMPLE.read_text(encoding="utf-8")
    statements = [line for line in code.split('"""')[2].splitlines() if line.strip()]
    assert len(statements) < 40
    run = runpy.run_path(str(EXAMPLE))
    cutoffs = (9, 9)
    dims = [list(cutoffs)] * 2
    operators = {
        "hamiltonian": qutip.Qobj(run["hamiltonian"].matrix(cutoffs), dims=dims),
        "jumps": [np.sqrt(run["loss"]) * qutip.tensor(qutip.destroy(9), qutip.qeye(9)),
                  np.sqrt(run["loss"]) * qutip.tensor(qutip.qeye(9), qutip.destroy(9))],
    }  # fmt: skip
    rho = qutip.steadystate(operators["hamiltonian"], operators["jumps"])
    exact = np.array([qutip.expect(jump.dag() * jump, rho) for jump in operators["jumps"]]) / run["loss"]
    # The truncation drops third derivatives: relative order U/(loss) times 1/n, here a percent.
    bias = 0.02 * exact
    assert (np.abs(run["photon_numbers"] - exact) < 4.5 * run["photon_errors"] + bias).all()
    assert (run["photon_errors"] < 0.2 * exact).all()
    # A stable fixed point: the exponents are the real parts of the linearised rates, whose sum is minus the losses.
    assert (run["exponents"] < 0).all()
    assert abs(run["exponents"].sum() + 2 * run["loss"]) < 1e-6
    residual = run["mean_field"].states[0, :, -1] - run["mean_field"].states[0, :, -2]
    assert np.abs(residual).max() < 1e-9
