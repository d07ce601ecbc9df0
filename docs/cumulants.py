"""Optomechanical cooling by second-order cumulants: closure, steady state, motion in time, and an order more."""

import numpy as np
from scipy.integrate import solve_ivp

from openkerr.algebra.cumulants import moment_equations
from openkerr.algebra.polynomials import JumpOperator, annihilation, creation, number
from openkerr.models.derived import DerivedModel
from openkerr.solvers.cumulants import GaussianState, cumulant_equations, evolve, steady_state
from openkerr.solvers.time_grid import TimeGrid

frequency, loss, damping, thermal, coupling, drive = (
    3.0,
    1.0,
    0.15,
    0.4,
    0.5,
    0.9,
)  # rates in units of the cavity's loss
light, phonon = annihilation(0), annihilation(1)
hamiltonian = frequency * (number(0) + number(1)) + drive * (light + light.adjoint())
hamiltonian -= coupling * number(0) * (phonon + phonon.adjoint())
jumps = [
    JumpOperator(loss, light),
    JumpOperator(damping * (thermal + 1), phonon),
    JumpOperator(damping * thermal, creation(1)),
]
model = DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps)

closure = cumulant_equations(model).describe()
state = steady_state(model, time_step=0.02, final_time=1000.0)

run = evolve(model, TimeGrid.from_times(0.02, 0.5, 60.0), start=GaussianState.coherent([0.0, 1.0]))

third = moment_equations(hamiltonian, jumps, 3, [number(0), number(1)])
moments = solve_ivp(third.rhs, (0.0, 200.0), np.zeros(len(third.moments), dtype=complex), rtol=1e-8, atol=1e-10).y[
    :, -1
]
third_numbers = [float(third.expectation(number(k), moments).real) for k in (0, 1)]

if __name__ == "__main__":
    print(closure)
    print("steady state", state.photon_number, "fluctuation", state.number_fluctuation)
    print("from one phonon", run.outcome, run.photon_number[-1])
    print("third order ", third_numbers, "by", len(third.moments), "equations")
