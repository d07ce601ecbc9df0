"""Time openkerr beside XMDS2 and JAX: `make bench-peers`, or `python benchmarks/peers.py [--quick] [--only xmds2|jax]`.

Everything runs in one thread of one processor, and processor time is compared.  Two programs are run in turn.  What is
not installed is named in one line and its rows are left out.
"""

import importlib.util
import itertools
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import ours
import xmds2_peer
from timing import Row, alternate, cpu_seconds, limit_to_one_processor, options, ratios, report, row
from xmds2_peer import Program, Script

from openkerr.solvers.sde import Ensemble

BURN_IN = 50
"""Time from which the chain's photon numbers are averaged."""
CHECK_ALEPH, CHECK_TIME, CHECK_STEP = 10.0, 20.0, 0.05
"""The torus at which both programs are compared in law: here the conversion between Ito and Stratonovich shows."""

# Steps from the largest down; the first one that meets the error is taken.
TORUS_STEPS = {"RK4": (1 / 4, 1 / 6, 1 / 8, 1 / 10), "RK9": (1 / 2, 1 / 4, 1 / 6), "SI": (1 / 20, 1 / 40)}
CHAIN_STEPS = {"RK4": (1 / 12, 1 / 16, 1 / 20, 1 / 25, 1 / 40), "RK9": (1 / 8, 1 / 10, 1 / 12), "SI": (1 / 50, 1 / 100)}
QUICK_TORUS, QUICK_CHAIN = ("RK4", 1 / 6), ("RK4", 1 / 20)
"""What the search finds: a quick run has too few trajectories to search."""
CHECK_BATCHES = 16
"""Batches whose scatter is the error of a comparison: of few, it is too small by chance."""
XMDS2_LANES = (8, 16, 64, 256)
JAX_LANES = (128, 512, 2048)


def ours_batches(ensemble: Ensemble, quantity: str) -> np.ndarray:
    """Mean of ``re``, ``im`` or ``density`` over each batch: (n_batches, n_samples, n_modes)."""
    name = {"re": "re_a", "im": "im_a", "density": "abs2"}[quantity]
    return ensemble.moments[..., ensemble.moment_names.index(name)]


def mean_and_error(batches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the batches and its standard error."""
    return batches.mean(axis=0), batches.std(axis=0, ddof=1) / np.sqrt(len(batches))


def best(candidates: dict, cost: Callable[[object], float]):
    """The candidate of least cost, of two tries each: the key of a dictionary whose values are called."""
    if not candidates:
        raise RuntimeError("no step meets the error: more trajectories or smaller steps are needed")
    return min(candidates, key=lambda key: min(cost(candidates[key]) for _ in range(2)))


class Xmds2Comparison:
    """All rows of XMDS2; ``scale`` divides the numbers of trajectories."""

    def __init__(self, folder: Path, repeats: int, scale: int):
        self.folder, self.repeats, self.scale, self.rows = folder, repeats, scale, []

    def run(self) -> list[Row]:
        self.agree_torus()
        search = self.scale == 1
        self.compare_torus(*(self.find_torus_step() if search else QUICK_TORUS))
        algorithm, step = self.find_chain_step() if search else QUICK_CHAIN
        for length in (10, 64):
            self.compare_chain(length, algorithm, step)
        return self.rows

    def add(self, quantity: str, case: str, values: list[float], unit: str) -> None:
        self.rows.append(row(f"xmds2 {quantity}", case, values, unit))

    def program(self, *arguments, **options) -> Program:
        return Program(Script(*arguments, **options), self.folder)

    def agree_torus(self) -> None:
        """Deviation of both programs in standard errors, with the conversion and, for control, without."""
        n = 32_768 // self.scale
        mine = ours.torus(n, aleph=CHECK_ALEPH, final_time=CHECK_TIME, step=CHECK_STEP, batch_size=n // CHECK_BATCHES)
        for correction, words in ((xmds2_peer.ITO_CORRECTION, "converted"), (0.0, "not converted, for control")):
            theirs = self.program(
                "torus", "RK4", CHECK_STEP, 64, n, aleph=CHECK_ALEPH, final_time=CHECK_TIME, ito_correction=correction
            )
            theirs()
            for quantity in ("re", "im", "density"):
                mean, error = mean_and_error(ours_batches(mine, quantity))
                difference = theirs.statistics("mean", quantity) - mean
                sigma = difference / np.hypot(error, theirs.statistics("stderr", quantity))
                case = f"torus, aleph = {CHECK_ALEPH:g}, {quantity}, Ito {words}"
                self.add("deviation", case, [np.sqrt(np.mean(sigma**2))], "standard errors, rms")

    def find_torus_step(self) -> tuple[str, float]:
        """The cheapest algorithm with the largest step of which <a_1(t)> is right to TORUS_ERROR.

        The error of a step is its difference from half of it, with the same noise, and from that to a quarter.
        """
        found = {}
        for algorithm, steps in TORUS_STEPS.items():
            for step in steps:
                error = np.abs(self.halving(algorithm, step) + self.halving(algorithm, step / 2)).max()
                self.add("error", f"torus, <a_1(t)>, {algorithm}, step {step:.3g}", [error], "sqrt(aleph)")
                if error <= ours.TORUS_ERROR:
                    found[algorithm, step] = self.program("torus", algorithm, step, 64, 2048 // self.scale)
                    break
        return best(found, lambda program: program())

    def halving(self, algorithm: str, step: float) -> np.ndarray:
        program = self.program("torus", algorithm, step, 64, 65_536 // self.scale, error_check=True)
        program()
        return program.statistics("error", "re")[:, 0] + 1j * program.statistics("error", "im")[:, 0]

    def compare_torus(self, algorithm: str, step: float) -> None:
        n = 4096 // self.scale
        programs = {lanes: self.program("torus", algorithm, step, lanes, n) for lanes in XMDS2_LANES}
        theirs = programs[best(programs, lambda program: program())]
        for precision in ours.PRECISIONS:
            self.alternate(f"torus, {precision}", lambda p=precision: ours.torus(n, precision=p), theirs, n)

    def find_chain_step(self) -> tuple[str, float]:
        """The cheapest algorithm with the largest step of which n_l at L = 10 is right to CHAIN_ERROR.

        The reference is openkerr's Runge-Kutta method with a step of 1/100 and as many trajectories.
        """
        n = 16_384 // self.scale
        batches = ours_batches(ours.chain(10, n, step=0.01, reference=True), "density")[:, BURN_IN + 1 :].mean(axis=1)
        reference, error = mean_and_error(batches)
        self.add("error", "chain, L = 10, n_l, statistical", [np.sqrt(2) * error.max()], "photons")
        found = {}
        for algorithm, steps in CHAIN_STEPS.items():
            for step in steps:
                program = self.program("chain_components", algorithm, step, 8, n, length=10)
                program()
                means = program.statistics("mean", "density")[BURN_IN + 1 :].mean(axis=0)
                deviation = np.abs(means - reference).max()
                self.add("error", f"chain, L = 10, n_l, {algorithm}, step {step:.3g}", [deviation], "photons")
                if deviation <= ours.CHAIN_ERROR:
                    found[algorithm, step] = program
                    break
        return best(found, lambda program: program())

    def compare_chain(self, length: int, algorithm: str, step: float) -> None:
        n = (2048 if length == 10 else 256) // self.scale
        layouts = [(template, lanes) for template in ("chain", "chain_components") for lanes in (4, 8, 32)]
        programs = {key: self.program(key[0], algorithm, step, key[1], n, length=length) for key in layouts}
        theirs = programs[best(programs, lambda program: program())]
        for precision in ours.PRECISIONS:
            self.alternate(
                f"chain, L = {length}, {precision}", lambda p=precision: ours.chain(length, n, precision=p), theirs, n
            )

    def alternate(self, case: str, mine: Callable[[], object], theirs: Program, n: int) -> None:
        """Ratio of processor times for as many trajectories, and both times a trajectory."""
        script = theirs.script
        pairs = alternate(theirs, lambda: cpu_seconds(mine), self.repeats, clock=lambda program: program())
        pairs = [(first * n / script.n_done, second) for first, second in pairs]
        words = f"{case} (xmds2: {script.template}, {script.algorithm}, step {script.step:.3g}, {script.lanes} lanes)"
        self.add("time a trajectory", words, [first / n * 1e6 for first, _ in pairs], "us")
        self.add("time a trajectory of ours", case, [second / n * 1e6 for _, second in pairs], "us")
        self.add("ratio to ours", case, ratios(pairs), "times")


class JaxComparison:
    """All rows of JAX, scheme by scheme, with our statistics, in the configuration that a scan finds fastest."""

    def __init__(self, repeats: int, scale: int):
        import jax_peer

        self.peer, self.repeats, self.scale, self.rows = jax_peer, repeats, scale, []

    def run(self) -> list[Row]:
        for precision in ours.PRECISIONS:
            self.compare("torus", 2, max(4096 // self.scale, JAX_LANES[0]), 100.0, precision)
            self.compare("chain", 10, max(2048 // self.scale, JAX_LANES[0]), 100.0, precision)
            self.compare("chain", 64, max(512 // self.scale, JAX_LANES[0]), 20.0, precision)
        return self.rows

    def compare(self, name: str, length: int, n_trajectories: int, final_time: float, precision: str) -> None:
        torus, dtype = name == "torus", self.peer.DTYPES[precision]
        problem = self.peer.Torus(dtype) if torus else self.peer.Chain(length, dtype)
        for scheme in problem.steps:
            self.compare_scheme(name, length, n_trajectories, final_time, precision, problem, scheme)

    def compare_scheme(
        self, name: str, length: int, n_trajectories: int, final_time: float, precision: str, problem, scheme: str
    ) -> None:
        torus, step = name == "torus", problem.steps[scheme]
        sampling = ours.TORUS_SAMPLING if torus else ours.CHAIN_SAMPLING

        def simulate(configuration, time):
            lanes, normals, generator = configuration
            return self.peer.simulate(
                problem,
                n_trajectories,
                scheme=scheme,
                step=step,
                sampling=sampling,
                final_time=time,
                lanes=lanes,
                method=normals,
                generator=generator,
            )

        def theirs():
            return simulate(fastest, final_time)

        def mine(**batches):
            if torus:
                return ours.torus(n_trajectories, final_time=final_time, precision=precision, **batches)
            return ours.chain(length, n_trajectories, final_time=final_time, precision=precision, **batches)

        lanes = [count for count in JAX_LANES if n_trajectories % count == 0]
        choices = list(itertools.product(lanes, self.peer.NORMALS, self.peer.GENERATORS))
        for choice in choices:
            simulate(choice, 2 * sampling)  # the first call compiles
        fastest = best({choice: partial(simulate, choice, 2 * sampling) for choice in choices}, cpu_seconds)
        checked = mine(batch_size=n_trajectories // CHECK_BATCHES)
        means, (mean, error) = theirs(), mean_and_error(ours_batches(checked, "density"))
        sigma = (means[:, 2] - mean[1:]) / (np.sqrt(2) * error[1:])
        pairs = alternate(theirs, mine, self.repeats, clock=cpu_seconds)
        case = f"{name}, {precision}" if torus else f"{name}, L = {length}, {precision}"
        case += f", {scheme}"
        words = f"{case} (jax: step {step:.3g}, {fastest[0]} lanes, {fastest[1]}, {fastest[2]})"
        self.add("deviation", f"{case}, density", [np.sqrt(np.mean(sigma**2))], "standard errors, rms")
        self.add("time a trajectory", words, [first / n_trajectories * 1e6 for first, _ in pairs], "us")
        self.add("time a trajectory of ours", case, [second / n_trajectories * 1e6 for _, second in pairs], "us")
        self.add("ratio to ours", case, ratios(pairs), "times")

    def add(self, quantity: str, case: str, values: list[float], unit: str) -> None:
        self.rows.append(row(f"jax {quantity}", case, values, unit))


def main() -> int:
    parser = options(__doc__.splitlines()[0], "peers.csv")
    parser.add_argument("--only", choices=("xmds2", "jax"), help="one of the peers")
    arguments = parser.parse_args()
    repeats, scale = (2, 64) if arguments.quick else (9, 1)
    rows = []
    if arguments.only != "jax":
        if xmds2_peer.available():
            with tempfile.TemporaryDirectory() as folder:
                rows += Xmds2Comparison(Path(folder), repeats, scale).run()
        else:
            print("xmds2 is not installed (Debian: apt-get install xmds2): its rows are left out")
    if arguments.only != "xmds2":
        if importlib.util.find_spec("jax"):
            rows += JaxComparison(repeats, scale).run()
        else:
            print("jax is not installed (make bench-peers installs it, into .tools/peers): its rows are left out")
    report(rows, arguments.output)
    return 0


if __name__ == "__main__":
    # XLA counts its threads by the processors that it may use when it starts.
    limit_to_one_processor()
    sys.exit(main())
