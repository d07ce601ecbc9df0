"""Two linearly coupled, driven Kerr cavities with photon loss: mean field, Lyapunov spectrum, Wigner ensemble."""

import numpy as np

from openkerr.algebra.polynomials import JumpOperator, annihilation, creation, number
from openkerr.models.derived import DerivedModel
from openkerr.numerics.rng import stream_seed
from openkerr.numerics.stats import batch_mean
from openkerr.solvers.lyapunov import LyapunovTimes, lyapunov_spectrum
from openkerr.solvers.ode import integrate
from openkerr.solvers.sde import simulate_ensemble
from openkerr.solvers.time_grid import TimeGrid

detuning, kerr, coupling, drive, loss = 1.0, 0.1, 0.8, 0.8, 1.0  # rates in units of the loss
hop = creation(0) * annihilation(1)
hamiltonian = -coupling * (hop + hop.adjoint()) + drive * (annihilation(0) + creation(0))
for k in (0, 1):
    hamiltonian += -detuning * number(k) + 0.5 * kerr * creation(k) ** 2 * annihilation(k) ** 2
model = DerivedModel(hamiltonian=hamiltonian, jump_operators=[JumpOperator(loss, annihilation(k)) for k in (0, 1)])

mean_field = integrate(model, TimeGrid.from_times(0.02, 0.5, 60.0), start=[0, 0])
fixed_point = mean_field.final[0]

times = LyapunovTimes.from_times(0.02, 0.5, 160.0, n_blocks=16)
spectrum = lyapunov_spectrum(model, times, start=fixed_point)
exponents, exponent_errors = spectrum.pooled()

ensemble = simulate_ensemble(
    model, TimeGrid.from_times(0.02, 0.5, 60.0), start=[0, 0], seed=stream_seed(1, "mine"), trajectories=range(4096)
)
abs2 = ensemble.moments[:, -1, :, ensemble.moment_names.index("abs2")]
photon_numbers, photon_errors = batch_mean(abs2 - 0.5, ensemble.weights)

if __name__ == "__main__":
    print("mean field       ", np.abs(fixed_point) ** 2)
    print("truncated Wigner ", photon_numbers, "+-", photon_errors)
    print("Lyapunov spectrum", exponents, "+-", exponent_errors)
