"""Atomic files, raw NetCDF and grids."""

import socket
import stat

import netCDF4
import numpy as np
import pytest
import xarray as xr

from openkerr.runtime.io import (
    atomic_output,
    group_raw,
    read_grid,
    read_provenance,
    read_raw,
    remove_cut_off,
    write_grid,
    write_raw,
)

PROVENANCE = {"parameters": {"aleph": 0.1 + 0.2, "name": "ℵ (1)"}, "seed": 2**62 + 1, "fingerprint": "f" * 64}


def _dataset() -> xr.Dataset:
    bits = np.random.default_rng(3).integers(0, 2**63, 64, dtype=np.uint64).view(np.float64)
    bits[:5] = (np.nan, -0.0, 5e-324, np.inf, 0.1 + 0.2)
    return xr.Dataset(
        {
            "moment": (("batch", "time"), bits.reshape(2, 32), {"units": "1", "long_name": "a moment"}),
            "count": ("batch", np.array([2**63 - 1, -(2**63)]), {"units": "1"}),
            "state": ("batch", np.array([2**64 - 1, 1], dtype=np.uint64), {"units": "1"}),
            "single": ("batch", np.array([1e-45, -0.0], dtype=np.float32), {"units": "1"}),
            "stable": ("batch", np.array([True, False]), {"units": "1"}),
            "label": ("batch", np.array(["up", "down"]), {"units": "1"}),
            "total": ((), 1.5, {"units": "s"}),
        },
        coords={"batch": [0, 256], "time": ("time", np.arange(32) * 0.5, {"units": "days since 2000-01-01"})},
        attrs={"title": "a test"},
    )


def test_raw_files_are_found_by_what_they_are_of(tmp_path):
    systems = {"b": (4, 1.5, "boundary"), "a": (4, 1.5, "uniform"), "c": (4, 1.5, "boundary")}
    for name, (length, drive, geometry) in systems.items():
        axes = {"length": length, "drive_amplitude": drive, "geometry": geometry}
        write_raw(_dataset().assign_coords(axes), tmp_path / f"{name}.nc", PROVENANCE)
    paths = [tmp_path / f"{name}.nc" for name in systems]
    found = group_raw(paths, "length", "drive_amplitude", "geometry")
    assert found == {(4, 1.5, "boundary"): paths[::2], (4, 1.5, "uniform"): [paths[1]]}
    assert [type(value) for value in next(iter(found))] == [int, float, str]
    assert group_raw(paths, "drive_amplitude") == {1.5: paths}
    for name in ("aleph", "batch"):
        with pytest.raises(KeyError, match=f"b.nc has no scalar coordinate {name}"):
            group_raw(paths, name)


def test_atomic_output_replaces_only_when_whole(tmp_path):
    path = tmp_path / "new" / "folder" / "file.txt"
    with atomic_output(path) as temporary:
        assert temporary.parent == path.parent and temporary.suffix == ".txt" and temporary != path
        temporary.write_text("whole", encoding="utf-8")
        assert not path.exists()
    assert [item.name for item in path.parent.iterdir()] == ["file.txt"]
    reference = tmp_path / "plain"
    reference.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(reference.stat().st_mode)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_atomic_output_keeps_the_old_file_on_failure(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error), atomic_output(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise error
    assert path.read_text(encoding="utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["file.txt"]


def test_atomic_output_that_wrote_nothing_is_an_error(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"nothing was written for file\.txt"),
        atomic_output(tmp_path / "file.txt"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_raw_numbers_come_back_bit_for_bit(tmp_path):
    path = tmp_path / "raw.nc"
    dataset = _dataset()
    write_raw(dataset, path, PROVENANCE)
    read = read_raw(path)
    for name, variable in dataset.variables.items():
        assert read[name].dims == variable.dims
        if variable.dtype.kind == "U":
            assert read[name].values.tolist() == variable.values.tolist()
            continue
        assert read[name].dtype == variable.dtype
        assert read[name].values.tobytes() == variable.values.tobytes()
    assert read["moment"].attrs == dataset["moment"].attrs
    assert read.attrs["title"] == "a test"
    assert read_provenance(path) == PROVENANCE
    path.unlink()  # the file is closed: nothing is read lazily
    assert float(read["total"]) == 1.5
    assert dataset.attrs == {"title": "a test"}


def test_raw_file_can_be_rewritten_from_what_was_read(tmp_path):
    write_raw(_dataset(), tmp_path / "a.nc", PROVENANCE)
    again = read_raw(tmp_path / "a.nc")
    del again.attrs["provenance"]
    write_raw(again, tmp_path / "b.nc", PROVENANCE)
    xr.testing.assert_identical(read_raw(tmp_path / "a.nc"), read_raw(tmp_path / "b.nc"))


def test_raw_file_names_no_host_and_no_path(tmp_path):
    write_raw(_dataset(), tmp_path / "raw.nc", PROVENANCE)
    data = (tmp_path / "raw.nc").read_bytes()
    assert str(tmp_path).encode() not in data and socket.gethostname().encode() not in data


@pytest.mark.parametrize("write", [write_raw, write_grid])
@pytest.mark.parametrize(
    ("variable", "error", "match"),
    [
        (("x", np.ones(2)), ValueError, "v has no units"),
        (("x", np.ones(2), {"units": " "}), ValueError, "v has no units"),
        (("x", np.ones(2) * 1j, {"units": "1"}), TypeError, "v is complex"),
        (("x", np.array([{}, {}], dtype=object), {"units": "1"}), TypeError, "v has the dtype object"),
    ],
    ids=["no units", "blank units", "complex", "objects"],
)
def test_bad_variables_are_refused_and_nothing_is_written(tmp_path, write, variable, error, match):
    with pytest.raises(error, match=match):
        write(xr.Dataset({"v": variable}), tmp_path / "raw.nc", PROVENANCE)
    assert list(tmp_path.iterdir()) == []


def test_bad_provenance_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nan"):
        write_raw(_dataset(), tmp_path / "raw.nc", {"a": float("nan")})
    with pytest.raises(ValueError, match="reserved"):
        write_raw(_dataset().assign_attrs(provenance="x"), tmp_path / "raw.nc", {})
    assert list(tmp_path.iterdir()) == []
    netCDF4.Dataset(tmp_path / "bare.nc", "w").close()
    with pytest.raises(KeyError, match=r"bare\.nc carries no provenance"):
        read_provenance(tmp_path / "bare.nc")


def test_grid_is_single_precision_deflated_with_exact_coordinates(tmp_path):
    omega = np.linspace(0, 1, 40) / 3
    power = np.sin(omega[:, None] * np.arange(500))
    power[0, 0] = np.nan
    grid = xr.Dataset(
        {"power": (("omega", "frequency"), power, {"units": "dB"}), "count": ((), 3, {"units": "1"})},
        coords={"omega": omega, "frequency": np.arange(500) * 0.1},
    )
    path = tmp_path / "grid.nc"
    write_grid(grid, path, PROVENANCE)
    read = read_grid(path)
    assert read["power"].dtype == np.float32
    np.testing.assert_array_equal(read["power"].values, power.astype(np.float32))
    assert read["power"].attrs == {"units": "dB"}
    assert read["omega"].values.tobytes() == omega.tobytes()
    assert grid["power"].dtype == np.float64
    with netCDF4.Dataset(path) as file:
        filters = file["power"].filters()
        assert filters["zlib"] and filters["shuffle"]
    assert path.stat().st_size < 0.95 * 4 * power.size + 20_000


def test_grid_refuses_numbers_beyond_single_precision(tmp_path):
    grid = xr.Dataset({"v": ("x", [1.0, 1e300], {"units": "1"})})
    with pytest.raises(OverflowError, match="v has numbers beyond single precision"):
        write_grid(grid, tmp_path / "grid.nc", {})
    write_grid(grid.assign(v=("x", [1.0, np.inf], {"units": "1"})), tmp_path / "grid.nc", {})


def test_what_a_kill_cut_off_is_removed_and_nothing_else(tmp_path):
    names = [".a.0123456789ab.nc", ".a.0123456789ab.json", ".ab.0123456789ab.nc", ".a.note.nc", "a.nc"]
    for name in names:
        (tmp_path / name).touch()
    remove_cut_off(tmp_path / "a.nc")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
