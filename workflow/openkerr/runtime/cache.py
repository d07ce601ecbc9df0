"""Where generated kernels, and what is known of them, are kept between runs."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import platformdirs

from openkerr.runtime.provenance import cpu_model, digest

__all__ = ["cache_root", "compiled_mark"]


def cache_root() -> Path:
    """Folder of generated kernels and their machine code: ``$OPENKERR_CACHE_DIR``, else the user's cache folder."""
    return Path(os.environ.get("OPENKERR_CACHE_DIR") or platformdirs.user_cache_dir("openkerr")).absolute()


def compiled_mark(name: str, made_of: Any) -> Path:
    """Return the file that stands in the cache once kernels are compiled by today's compiler for this processor.

    `made_of`, plain JSON values, is what they are compiled from: a fingerprint, and which of them.  Its folder is made.
    """
    versions = [metadata.version(package) for package in ("numba", "llvmlite")]
    compiler = [*versions, platform.python_version(), cpu_model()]
    folder = cache_root() / "compiled"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}_{digest([made_of, compiler])[:16]}.json"
