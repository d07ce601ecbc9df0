"""Calls of ``import openkerr as ok`` of valid types: random models, times and sizes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from fuzz.outcomes import ROUNDING, Moved, hold

import openkerr as ok
from openkerr.algebra.heisenberg import heisenberg
from openkerr.solvers.symmetric_flow import Flow, to_complex, to_real

Case = tuple[str, Callable[[], str | None]]

PACKAGE = ("cavities", "chain")
"""Models with kernels of their own: those of others are compiled, which takes longer than all else."""

FORMS = 8
"""Random polynomials; their coefficients differ from case to case, what is compiled does not."""


def api_case(number: int, compiled: bool = True) -> Case:
    """A call by its number, and what it must fulfil.

    Parameters
    ----------
    compiled : bool
        Also models whose kernels are to be generated and compiled, not those of the package alone.
    """
    rng = np.random.default_rng([20, number])
    call = CALLS[number % len(CALLS)]
    kinds = PACKAGE if call in (_lyapunov, _otoc) or not compiled else (*PACKAGE, "oscillator", "pair", "random")
    text, model = _model(rng, kinds if call is not _twa else kinds[:3])
    return call(rng, text, model)


def _size(rng: np.random.Generator, low: float, high: float) -> float:
    """A number that is as often small as large, with few digits."""
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.3g}")


def _any(rng: np.random.Generator, low: float, high: float, zero: float = 0.15) -> float:
    """The same with a sign, and zero now and then."""
    return 0.0 if rng.random() < zero else float(rng.choice([-1.0, 1.0])) * _size(rng, low, high)


def _model(rng: np.random.Generator, kinds: tuple[str, ...]) -> tuple[str, Callable]:
    kind = rng.choice(kinds)
    if kind == "cavities":
        given = {
            "aleph": _size(rng, 0.1, 1e4),
            "omega": (_any(rng, 0.1, 5), _any(rng, 0.1, 5)),
            "kerr": (_any(rng, 0.01, 2), _any(rng, 0.01, 2)),
            "tunneling": _any(rng, 0.05, 3),
            "pump_rate": (abs(_any(rng, 0.1, 5)), abs(_any(rng, 0.1, 5))),
            "two_photon_loss_rate": (abs(_any(rng, 0.1, 5)), abs(_any(rng, 0.1, 5))),
            "loss_rate": (abs(_any(rng, 0.01, 5, 0.5)), abs(_any(rng, 0.01, 5, 0.5))),
            "thermal_occupation": (abs(_any(rng, 0.1, 10, 0.7)), 0.0),
            "two_photon_diffusion": str(rng.choice(["paper", "exact"])),
        }
        return f"KerrDimer({given})", lambda: ok.KerrDimer(**given)
    if kind == "chain":
        given = {
            "length": int(rng.integers(2, 5)),
            "drive_amplitude": abs(_any(rng, 0.05, 30)),
            "detuning": _any(rng, 0.1, 10),
            "hopping": _any(rng, 0.1, 10),
            "kerr": _any(rng, 0.01, 20),
            "loss_rate": abs(_any(rng, 0.05, 5)),
            "intrinsic_loss_rate": abs(_any(rng, 0.01, 2, 0.5)),
            "geometry": str(rng.choice(["boundary", "uniform"])),
        }
        return f"BoseHubbardChain({given})", lambda: ok.BoseHubbardChain(**given)
    if kind == "random":
        form = np.random.default_rng([21, int(rng.integers(FORMS))])
        return _random_polynomials(form, rng)
    a = [ok.annihilation(0), ok.annihilation(1)]
    c = [_any(rng, 0.05, 5, 0.0) for _ in range(8)]
    if kind == "oscillator":
        hamiltonian = c[0] * ok.number(0) + c[1] * ok.number(0) ** 2 + c[2] * (a[0] + a[0].adjoint())
        jumps = [(abs(c[3]), a[0]), (abs(c[4]), a[0] * a[0]), (abs(c[5]), a[0].adjoint())]
    else:
        hop, pair = a[0].adjoint() * a[1], a[0] * a[1]
        hamiltonian = c[0] * ok.number(0) + c[1] * ok.number(1) + c[2] * (hop + hop.adjoint())
        hamiltonian = hamiltonian + 0.3 * c[3] * (pair + pair.adjoint())
        jumps = [(abs(c[4]), a[0]), (abs(c[5]), a[1]), (abs(c[6]), ok.number(0))]
    text = f"DerivedModel({hamiltonian!r}, {jumps!r})"
    return text, lambda: ok.DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps)


def _random_polynomials(form: np.random.Generator, rng: np.random.Generator) -> tuple[str, Callable]:
    n_modes = int(form.integers(1, 3))

    def operator(degree: int):
        result = _any(rng, 0.1, 2, 0.0)
        for _ in range(int(form.integers(1, degree + 1))):
            mode = int(form.integers(n_modes))
            result = result * (ok.annihilation(mode) if form.random() < 0.6 else ok.creation(mode))
        return result

    half = operator(4) + operator(2)
    hamiltonian = half + half.adjoint()
    jumps = [(_size(rng, 0.1, 3), operator(2)) for _ in range(int(form.integers(0, 4)))]
    text = f"DerivedModel({hamiltonian!r}, {jumps!r}, n_modes={n_modes})"
    return text, lambda: ok.DerivedModel(hamiltonian=hamiltonian, jump_operators=jumps, n_modes=n_modes)


def _start(rng: np.random.Generator) -> complex:
    return 0.0 if rng.random() < 0.4 else complex(_any(rng, 0.05, 5), _any(rng, 0.05, 5))


def _gpe(rng, text, build) -> Case:
    given = {"final_time": _size(rng, 0.1, 30), "start": _start(rng), "n_samples": int(rng.choice([2, 11, 51]))}
    if rng.random() < 0.3:
        given["time_step"] = given["final_time"] / (given["n_samples"] - 1) / int(rng.integers(1, 40))

    def run() -> str | None:
        model = build()
        found = ok.gpe(model, **given)
        start = to_real(np.full(model.n_modes, given["start"]))
        # Another method, at a tolerance of its own.
        exact = to_complex(Flow(model).trajectory(start, found.time.values, 1e-10))
        hold("field", found.field.values, exact, found.field_error.values[:, None] + 1e-8 * np.abs(exact).max())
        return None

    return f"ok.gpe({text}, **{given})", run


def _twa(rng, text, build) -> Case:
    given = {
        "final_time": _size(rng, 0.1, 10),
        "start": _start(rng),
        "n_samples": int(rng.choice([2, 6])),
        "n_trajectories": 128,
        "seed": int(rng.integers(1000)),
        "n_threads": 1,
    }

    def run() -> str | None:
        model = build()
        one = ok.twa(model, **given)
        two = ok.twa(model, **given, time_step=0.5 * one.attrs["time_step"])
        if one.attrs.get("doubt"):
            return f"doubt: {one.attrs['doubt']}"
        for name in ("photon_number", "number_fluctuation", "field"):
            joint = np.hypot(one[f"{name}_stderr"], two[f"{name}_stderr"])
            hold(name, one[name].values, two[name].values, joint.values)
        return None

    return f"ok.twa({text}, **{given})", run


def _lyapunov(rng, text, build) -> Case:
    noise = bool(rng.random() < 0.5)
    given = {
        "averaging_time": _size(rng, 2, 40),
        "start": _start(rng) or 0.1,
        "noise": noise,
        "n_trajectories": 2 if noise else 1,
        "burn_in": _size(rng, 1, 20),
    }

    def run() -> str | None:
        model = build()
        one = ok.lyapunov(model, **given)
        two = ok.lyapunov(model, **given, time_step=0.5 * one.attrs["time_step"])
        joint = sum(each[f"exponent_{name}"] for each in (one, two) for name in ("stderr", "systematic"))
        hold("exponent", one.exponent.values, two.exponent.values, joint.values)
        return None

    return f"ok.lyapunov({text}, **{given})", run


def _otoc(rng, text, build) -> Case:
    given = {
        "source": 0,
        "final_time": _size(rng, 0.2, 8),
        "burn_in": _size(rng, 0.5, 8),
        "start": _start(rng),
        "angle": float(rng.choice([1e-6, 1e-3, 0.1])),
        "n_samples": 5,
        "n_trajectories": 64,
    }

    def run() -> str | None:
        model = build()
        one = ok.otoc(model, **given)
        two = ok.otoc(model, **given, time_step=0.5 * one.attrs["time_step"])
        joint = np.hypot(one.otoc_stderr, two.otoc_stderr).values
        # Growth of an error of the start is itself a number with an error: in a chaotic field of all orders.
        hold("otoc", one.otoc.values, two.otoc.values, joint + ROUNDING)
        return None

    return f"ok.otoc({text}, **{given})", run


def _attractor(rng, text, build) -> Case:
    given = {"start": _start(rng) or 0.1, "burn_in": _size(rng, 20, 100)}

    def run() -> str | None:
        model = build()
        found = ok.attractor(model, **given)
        if found.growth_rate >= 0:
            raise Moved(f"the state grows at the rate {found.growth_rate:g}")
        if found.kind == "limit torus":
            period, fields = found.state.period, found.state.nodes[0]
            end = Flow(model).trajectory(to_real(fields), np.array([period]), 1e-10)[0]
        else:
            fields = found.state.field if model.symmetry is None else found.state.state
            end = Flow(model).trajectory(to_real(fields), np.array([3.0]), 1e-10)[0]
        before, after = np.abs(fields) ** 2, np.abs(to_complex(end)) ** 2
        hold("density", before, after, 1e-6 * before.max())
        return None

    return f"ok.attractor({text}, **{given})", run


def _steady_state(rng, text, build) -> Case:
    tolerance = float(rng.choice([1e-3, 1e-5]))

    def run() -> str | None:
        model = build()
        found = ok.steady_state(model, tolerance=tolerance, memory_limit=300.0)
        _balanced(model, found, tolerance)
        return None

    return f"ok.steady_state({text}, tolerance={tolerance})", run


def _balanced(model, found, tolerance: float) -> None:
    """No photon number changes: d<n>/dt by the equation of motion of the operator, next to what leaves and enters."""
    if abs(np.trace(found.matrix) - 1.0) > 1e-8:
        raise Moved(f"the trace is {np.trace(found.matrix):g}")
    for mode in range(model.n_modes):
        change = heisenberg(model.hamiltonian(), model.jump_operators(), ok.number(mode))
        terms = [abs(found.expectation(type(change)({key: value}))) for key, value in change.terms.items()]
        total = found.expectation(change)
        if abs(total) > 100 * tolerance * max(terms, default=0.0) + 1e-8:
            raise Moved(f"<n_{mode}> changes at the rate {total:.3g}, with terms of {max(terms):.3g}")


def _spectrum(rng, text, build) -> Case:
    given = {"n_values": int(rng.integers(1, 5)), "charge": int(rng.choice([0, 0, 1])), "tolerance": 1e-3}

    def run() -> str | None:
        model = build()
        found = ok.spectrum(model, **given, memory_limit=300.0)
        if found.values.real.max() > 1e-6:
            raise Moved(f"an eigenvalue grows: {found.values[found.values.real.argmax()]:g}")
        if given["charge"] == 0 and abs(found.values[0]) > 1e-6:
            raise Moved(f"no steady state among the eigenvalues: {found.values[0]:g} is the slowest")
        if found.residuals.max() > 1e-5 * max(1.0, np.abs(found.values).max()):
            raise Moved(f"a residual is {found.residuals.max():g}")
        return None

    return f"ok.spectrum({text}, **{given})", run


CALLS = (_gpe, _twa, _lyapunov, _otoc, _attractor, _steady_state, _spectrum)
