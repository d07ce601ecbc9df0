"""Checksums of data alone, whatever the file says of its origin."""

from __future__ import annotations

import hashlib
from pathlib import Path

from openkerr.runtime.io import read_raw

__all__ = ["data_digest"]


def data_digest(file: Path) -> str:
    """Return the SHA-256 of the names, dimensions, types and bits of all variables of a raw file.

    Two runs of the same code and parameters that agree to the last bit have the same; date, revision and machine,
    which the file's own checksum contains, do not count.
    """
    found = hashlib.sha256()
    with read_raw(file) as data:
        for name in sorted(map(str, data.variables)):
            values = data[name].values
            found.update(f"{name} {data[name].dims} {values.shape} {values.dtype.kind}\n".encode())
            if values.dtype.kind in "OSU":
                found.update("\0".join(map(str, values.ravel())).encode())
            else:
                found.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return found.hexdigest()
