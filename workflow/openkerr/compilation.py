"""Compiled kernels: one set of compiler options, and one generated module a solver and model.

A solver's inner loops are written once, in a template module whose functions call ``drift``, ``kick`` or ``step`` by
name.  `load_kernel` writes a copy of the template that imports these names from the modules they are bound to, and
imports the copy.  The copy is an ordinary file of its own, so that numba finds its machine code on disk in every new
process; closures over jitted functions would be compiled anew each time, and functions that share one file but differ
in their globals would load each other's machine code.  The name of the copy carries a digest of everything it compiles,
because numba does not notice a change in a function that another file holds.
"""

import importlib.util
import os
import sys
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import platformdirs
from numba import njit

from openkerr.io import atomic_output
from openkerr.provenance import digest, fingerprint

OPTIONS = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}
"""Fused multiply-add is allowed, reordering is not."""

REDUCTION_OPTIONS = {**OPTIONS, "fastmath": {"contract", "reassoc", "nsz", "nnan", "ninf"}}
"""Sums over the lanes of one block may be reordered, which is the same for every run of the same machine code."""

kernel = njit(**OPTIONS)
"""Decorator of functions that are compiled into the kernels that call them."""

inlined = njit(inline="always", **OPTIONS)
"""Decorator of scalar functions in a loop over lanes: a call that is left there keeps the loop from vectorising."""

reduction = njit(**REDUCTION_OPTIONS)
"""Decorator of sums, minima and histograms over the lanes of a block."""

_LOADING = threading.RLock()
"""A second thread must not find a copy that the first one is still importing."""

_LOADED: dict[tuple, ModuleType] = {}
"""Copies that this process has, by bindings and the modules and files they are made of: a digest costs milliseconds."""


def cache_root() -> Path:
    """Folder of generated kernels and their machine code: ``$OPENKERR_CACHE_DIR``, else the user's cache folder."""
    return Path(os.environ.get("OPENKERR_CACHE_DIR") or platformdirs.user_cache_dir("openkerr")).absolute()


def load_kernel(templates: tuple[ModuleType, ...], bindings: Mapping[str, str]) -> ModuleType:
    """Import the copy of some templates whose free names come from other modules.

    Parameters
    ----------
    templates : tuple of module
        Modules that are joined in this order; their functions use the bound names, and each other's, without
        defining them.
    bindings : mapping of str to str
        ``module:function`` of every free name, a function compiled with `kernel` or `inlined`.  The first module
        gives the copy its name.

    Returns
    -------
    module
        The copy; its functions are compiled at the first call, or loaded from disk.

    Raises
    ------
    AttributeError
        If a module lacks the function that a name is bound to.
    """
    with _LOADING:
        return _load(templates, bindings)


def bind(module: str, names: tuple[str, ...]) -> dict[str, str]:
    """Bindings of names to the functions of the same names in one module."""
    return {name: f"{module}:{name}" for name in names}


def _load(templates: tuple[ModuleType, ...], bindings: Mapping[str, str]) -> ModuleType:
    modules = {target: importlib.import_module(target.partition(":")[0]) for target in bindings.values()}
    parts = (*templates, *modules.values())
    key = (parts, *bindings.items(), *map(_stamp, parts))
    if key not in _LOADED:
        _LOADED[key] = _import_copy(templates, bindings, modules)
    return _LOADED[key]


def _stamp(module: ModuleType) -> tuple[int, int] | None:
    """Time and size of a module's file: another pair means that it was edited since."""
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    status = os.stat(file)
    return status.st_mtime_ns, status.st_size


def _import_copy(
    templates: tuple[ModuleType, ...], bindings: Mapping[str, str], modules: Mapping[str, ModuleType]
) -> ModuleType:
    header, identities = [], {}
    for name, target in bindings.items():
        module_name, _, function = target.partition(":")
        module = modules[target]
        if not hasattr(module, function):
            raise AttributeError(
                f"module {module_name} defines no kernel '{function}', which {templates[-1].__name__} calls {name}"
            )
        # A model typed into an interactive session has no file to take a digest of: it is compiled for this process.
        file = getattr(module, "__file__", None)
        if module_name not in identities:
            identities[module_name] = fingerprint(file) if file else uuid.uuid4().hex
        header.append(f"from {module_name} import {function} as {name}")
    sources = [Path(template.__file__) for template in templates]
    key = digest([*map(fingerprint, sources), identities, dict(bindings)])[:16]
    label = next(iter(bindings.values())).partition(":")[0].rpartition(".")[2].strip("_")
    stem = f"{sources[-1].stem}_{label}_{key}"
    qualified = f"openkerr_kernels_{stem}"
    if qualified in sys.modules:
        return sys.modules[qualified]
    path = cache_root() / "kernels" / f"{stem}.py"
    if not path.exists():
        with atomic_output(path) as temporary:
            text = "\n\n".join(["\n".join(header), *(source.read_text(encoding="utf-8") for source in sources)])
            temporary.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(qualified, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module
    spec.loader.exec_module(module)
    return module
