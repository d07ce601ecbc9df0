"""Compiled kernels: one set of compiler options, and one generated module a solver and model.

A solver's inner loops are written once, in a template module whose functions call ``drift``, ``kick`` or ``step`` by
name.  `load_kernel` writes a copy of the template that imports these names from the modules they are bound to, and
imports the copy.  The copy is an ordinary file of its own, so that numba finds its machine code on disk in every new
process; closures over jitted functions would be compiled anew each time, and functions that share one file but differ
in their globals would load each other's machine code.  The name of the copy carries a digest of everything it compiles,
because numba does not notice a change in a function that another file holds.
"""

import importlib.util
import inspect
import os
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from numba import njit

from openkerr.runtime.cache import cache_root
from openkerr.runtime.io import atomic_output
from openkerr.runtime.provenance import CodeChangedError, code_of, digest, fingerprint, import_closure

OPTIONS: Any = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}
"""Fused multiply-add is allowed, reordering is not.  The type that Numba has for options is private."""

REDUCTION_OPTIONS = {**OPTIONS, "fastmath": {"contract", "reassoc", "nsz", "nnan", "ninf"}}
"""Sums over the lanes of one block may be reordered, which is the same for every run of the same machine code."""

_READ: dict[str, tuple[tuple[int, int], str]] = {}
"""Every file that holds compiled functions, its stamp and its text, as they were when this process read it."""


def _compiled(**options: Any) -> Callable:
    def decorate(function: Callable) -> Callable:
        file = function.__code__.co_filename
        stamp = _stamp(file)
        if stamp is not None and (file not in _READ or _READ[file][0] != stamp):
            _READ[file] = stamp, Path(file).read_text(encoding="utf-8")
        return njit(**options)(function)

    return decorate


kernel = _compiled(**OPTIONS)
"""Decorator of functions that are compiled into the kernels that call them."""

inlined = _compiled(inline="always", **OPTIONS)
"""Decorator of scalar functions in a loop over lanes: a call that is left there keeps the loop from vectorising."""

reduction = _compiled(**REDUCTION_OPTIONS)
"""Decorator of sums, minima and histograms over the lanes of a block."""

entry = _compiled(cache=True, **OPTIONS)
"""Decorator of functions that Python calls: their machine code, and that of all they call, is kept on disk."""

Bindings = Mapping[str, Callable]
"""Compiled functions by the names under which templates call them."""

_LOADING = threading.RLock()
"""A second thread must not find a copy that the first one is still importing."""

_LOADED: dict[tuple, ModuleType] = {}
"""Copies that this process has, by bindings and the modules and files they are made of: a digest costs milliseconds."""


def load_kernel(templates: tuple[ModuleType, ...], bindings: Bindings) -> ModuleType:
    """Import the copy of some templates whose free names come from other modules.

    Parameters
    ----------
    templates : tuple of module
        Modules that are joined in this order; their functions use the bound names, and each other's, without
        defining them.
    bindings : mapping of str to function
        Function of every free name, compiled with `kernel` or `inlined` and found in its module under its own name.
        The module of the first one gives the copy its name.

    Returns
    -------
    module
        The copy; its functions are compiled at the first call, or loaded from disk.

    Raises
    ------
    OSError
        If the cache folder cannot be written; it names ``OPENKERR_CACHE_DIR``.
    CodeChangedError
        If a file with code of the kernel was edited after this process had read it: what is in memory and what would
        be compiled now are not one version.
    """
    with _LOADING:
        return _load(templates, bindings)


def bind(module: ModuleType, names: tuple[str, ...]) -> dict[str, Callable]:
    """Bindings of names to the functions of the same names in one module.

    Raises
    ------
    AttributeError
        If the module lacks one of them.
    """
    for name in names:
        if not hasattr(module, name):
            raise AttributeError(f"module {module.__name__} defines no kernel '{name}'")
    return {name: getattr(module, name) for name in names}


def _load(templates: tuple[ModuleType, ...], bindings: Bindings) -> ModuleType:
    modules = {name: sys.modules[function.__module__] for name, function in bindings.items()}
    parts = (*templates, *modules.values())
    files = [getattr(module, "__file__", None) for module in parts]
    key = (parts, *bindings.items(), *map(_stamp, files))
    if key not in _LOADED:
        _LOADED[key] = _import_copy(templates, bindings, modules)
    return _LOADED[key]


def _stamp(file: str | None) -> tuple[int, int] | None:
    """Time and size of a file, another pair meaning that it was edited since; None for code without a file."""
    if file is None:
        return None
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _identity(module: ModuleType) -> str:
    """Digest of the code of a module as this process holds it."""
    file = getattr(module, "__file__", None)
    # A model typed into an interactive session has no file to take a digest of: it is compiled for this process.
    if file is None:
        return uuid.uuid4().hex
    for source in import_closure(file):
        stamp, text = _READ.get(str(source), (None, ""))
        if stamp not in (None, _stamp(str(source))) and code_of(text) != code_of(source.read_text(encoding="utf-8")):
            raise CodeChangedError(f"{source.name} was edited after this process had read it: start the process anew")
    return fingerprint(file)


def _import_copy(
    templates: tuple[ModuleType, ...], bindings: Bindings, modules: Mapping[str, ModuleType]
) -> ModuleType:
    identities = {module.__name__: _identity(module) for module in modules.values()}
    targets = {name: f"{function.__module__}:{function.__name__}" for name, function in bindings.items()}
    header = [f"from {function.__module__} import {function.__name__} as {name}" for name, function in bindings.items()]
    sources = [Path(inspect.getfile(template)) for template in templates]
    key = digest([*map(_identity, templates), identities, targets])[:16]
    label = next(iter(bindings.values())).__module__.rpartition(".")[2].strip("_")
    stem = f"{sources[-1].stem}_{label}_{key}"
    qualified = f"openkerr_kernels_{stem}"
    if qualified in sys.modules:
        return sys.modules[qualified]
    path = cache_root() / "kernels" / f"{stem}.py"
    if not path.exists():
        text = "\n\n".join(["\n".join(header), *(source.read_text(encoding="utf-8") for source in sources)])
        try:
            with atomic_output(path) as temporary:
                temporary.write_text(text, encoding="utf-8")
        except OSError as error:
            said = f"kernels cannot be kept in {path.parent} ({error.strerror or error})"
            raise OSError(f"{said}: set OPENKERR_CACHE_DIR to a folder that can be written") from None
    spec = importlib.util.spec_from_file_location(qualified, path)
    assert spec is not None and spec.loader is not None  # as every .py file has
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module
    spec.loader.exec_module(module)
    return module
