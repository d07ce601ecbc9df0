"""Atomic files, raw NetCDF with provenance, single-precision grids."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openkerr.runtime.provenance import canonical_json, digest, file_sha256

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["atomic_output", "group_raw", "read_grid", "read_provenance", "read_raw", "write_grid", "write_raw"]

# Decoding of dates is off: a unit that reads like a date must not turn numbers into dates.
_OPEN: dict[str, Any] = {"engine": "netcdf4", "decode_times": False, "decode_timedelta": False}


@contextlib.contextmanager
def atomic_output(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside `path`, renamed to it when the block ends well and removed otherwise.

    The temporary name is in the same folder and has the same suffix; missing folders are made. The file is
    on disk before it is renamed, so that `path` never names a part of a file. Raises FileNotFoundError if the
    block wrote nothing.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(6)}{path.suffix}")
    try:
        yield temporary
        if not temporary.is_file():
            raise FileNotFoundError(f"nothing was written for {path.name}")
        _sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def remove_cut_off(path: str | os.PathLike[str]) -> None:
    """Remove what `atomic_output` had begun for `path` when its process was killed; no other may be writing it."""
    path = Path(path)
    for left in path.parent.glob(f".{path.stem}.{'[0-9a-f]' * 12}{path.suffix}"):
        left.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Force a file or a folder's entries to disk, where the file system allows it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        # Some network file systems cannot sync folders; the rename is then as safe as they make it.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(dataset: xr.Dataset) -> None:
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "c":
            raise TypeError(f"{name} is complex: store its real and imaginary parts as two variables")
        if variable.dtype.kind == "O":
            raise TypeError(f"{name} has the dtype object: only numbers, truth values and text can be stored")
    for name, values in dataset.data_vars.items():
        if not str(values.attrs.get("units", "")).strip():
            raise ValueError(f"{name} has no units: set attrs['units'] ('1' for a pure number)")
    if "provenance" in dataset.attrs:
        raise ValueError("the attribute 'provenance' is reserved: pass the provenance as an argument")


def _write(
    dataset: xr.Dataset,
    path: str | os.PathLike[str],
    provenance: Mapping[str, Any],
    kind: str,
    encoding: Mapping[str, Any],
) -> None:
    _check(dataset)
    attributes = {
        "title": f"openkerr {kind}",
        "conventions": f"openkerr-{kind}-1: names and units in the variables; 'provenance' is JSON text",
        **dataset.attrs,
        "provenance": canonical_json(provenance),
    }
    # Without a fill value numbers are stored as they are, NaN included.
    settings = {
        name: {"_FillValue": None, **(encoding if name in dataset.data_vars else {})}
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "iufb"
    }
    plain = dataset.drop_encoding().assign_attrs(attributes)
    with atomic_output(path) as temporary:
        plain.to_netcdf(temporary, format="NETCDF4", engine="netcdf4", encoding=settings)


def write_raw(dataset: xr.Dataset, path: str | os.PathLike[str], provenance: Mapping[str, Any]) -> None:
    """Write a data set as NetCDF-4, atomically, numbers as they are, the provenance as one JSON attribute.

    Raises ValueError for a data variable without units or a provenance with NaN, TypeError for complex
    numbers.
    """
    _write(dataset, path, provenance, "raw", {})


def write_grid(dataset: xr.Dataset, path: str | os.PathLike[str], provenance: Mapping[str, Any]) -> None:
    """Write a data set as `write_raw` does, floating-point data variables in single precision, deflated.

    Coordinates keep their precision. What differs between runs of the same code (run facts, checksums of raw files)
    stands with the whole provenance in a JSON file of the same name, so that equal data make equal bytes. Raises
    OverflowError for a finite number that single precision cannot hold, and what `write_raw` raises.
    """
    import numpy as np

    _check(dataset)
    narrowed = dataset.copy()
    for name, variable in dataset.data_vars.items():
        if variable.dtype.kind == "f":
            with np.errstate(over="ignore"):
                single = variable.astype(np.float32)
            if bool((np.isfinite(variable) & ~np.isfinite(single)).any()):
                raise OverflowError(f"{name} has numbers beyond single precision: change its units")
            narrowed[name] = single.assign_attrs(variable.attrs)
    path = Path(path)
    facts = {"grid": path.stem, "provenance": json.loads(canonical_json(provenance))}
    facts["provenance_digest"] = digest(provenance)
    lasting = {key: provenance[key] for key in ("rule", "parameters", "seed", "fingerprint") if key in provenance}
    with atomic_output(path.with_suffix(".json")) as sidecar:
        _write(narrowed, path, lasting, "grid", {"zlib": True, "complevel": 4, "shuffle": True})
        facts["sha256"] = file_sha256(path)
        sidecar.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8", newline="\n")


def read_raw(path: str | os.PathLike[str]) -> xr.Dataset:
    """Return the data set of a NetCDF file, loaded into memory, the file closed again.

    Raises ValueError, with what to do, for a file that is there and cannot be read, as one that was cut off.
    """
    import xarray as xr

    with _whole(path):
        return xr.load_dataset(path, **_OPEN)


@contextlib.contextmanager
def _whole(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of a file that cannot be read that it is damaged: files are written whole or not at all."""
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, RuntimeError) as error:
        said = str(error).splitlines()[0]
        raise ValueError(f"{path} is damaged ({said}): delete it, and the next run makes it anew") from None


def group_raw(paths: Iterable[str | os.PathLike[str]], *names: str) -> dict[Any, list[str | os.PathLike[str]]]:
    """Return files by the values of some of their scalar coordinates, read without the rest of them.

    Keys are the value of the only name, or the tuple of values of several, numbers and texts as Python's own; in the
    order in which they are first met. Raises KeyError, with the file's name, for a coordinate that is not there.
    """
    import xarray as xr

    found: dict[Any, list[str | os.PathLike[str]]] = {}
    for path in paths:
        with _whole(path), xr.open_dataset(path, **_OPEN) as data:
            missing = [name for name in names if name not in data.coords or data.coords[name].ndim]
            if missing:
                raise KeyError(f"{Path(path).name} has no scalar coordinate {missing[0]}")
            values = tuple(data.coords[name].item() for name in names)
        found.setdefault(values if len(names) > 1 else values[0], []).append(path)
    return found


def read_grid(path: str | os.PathLike[str]) -> xr.Dataset:
    """Return the data set of a grid file (single precision), loaded into memory, the file closed again."""
    return read_raw(path)


def read_provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the provenance of a raw file, or of a grid from the JSON beside it; raises KeyError without one."""
    import netCDF4

    beside = Path(path).with_suffix(".json")
    if beside.is_file():
        facts = json.loads(beside.read_text(encoding="utf-8"))
        if facts.get("grid") == Path(path).stem:
            return facts["provenance"]
    with netCDF4.Dataset(path, "r") as file:
        if "provenance" not in file.ncattrs():
            raise KeyError(f"{Path(path).name} carries no provenance")
        return json.loads(file.getncattr("provenance"))
