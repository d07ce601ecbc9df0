"""openkerr: open quantum systems of Kerr cavities, from the model to the figure.

The short way to the library, ``import openkerr as ok``:

    models      KerrDimer, BoseHubbardChain, DerivedModel; annihilation, creation, number, JumpOperator; FlowModel
    dynamics    gpe, twa
    chaos       lyapunov, otoc
    attractors  attractor
    exact       steady_state, spectrum

Each call chooses what it is not told, says what it chose, and returns its errors with its numbers.  The solvers behind
them, with all their settings, are in `openkerr.solvers`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.2.0"

# Imported when they are first asked for: jobs of the workflow pay for what they use alone.
_HOMES = {
    "KerrDimer": "models.kerr_dimer",
    "BoseHubbardChain": "models.bose_hubbard_chain",
    "DerivedModel": "models.derived",
    "FlowModel": "models.base",
    "JumpOperator": "algebra.polynomials",
    "annihilation": "algebra.polynomials",
    "creation": "algebra.polynomials",
    "number": "algebra.polynomials",
    "gpe": "interface.dynamics",
    "twa": "interface.dynamics",
    "lyapunov": "interface.chaos",
    "otoc": "interface.chaos",
    "attractor": "interface.attractors",
    "steady_state": "solvers.exact",
    "spectrum": "solvers.exact_spectrum",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'openkerr' has no attribute {name!r}: it offers {', '.join(_HOMES)}")
    return getattr(import_module(f"openkerr.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
