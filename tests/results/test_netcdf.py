"""Files that are written without xarray: xarray reads the same as from those that it wrote."""

from __future__ import annotations

from pathlib import Path

import h5netcdf
import numpy as np
import pytest
import xarray

from gendsl.api.groups import Groups
from gendsl.results.categories import category_attributes
from gendsl.results.groups import Quantity, drawn_group, given_group
from gendsl.results.labelled import Tree, data_tree
from gendsl.results.netcdf import is_writable, write_netcdf
from gendsl.results.storage import FileKind, write_tree

ATTRIBUTES = {"text": "model m { é }", "count": 3, "share": 0.25, "empty": "", "list_json": "[1]"}


def tree() -> Tree:
    """Every kind of array that a fit has, one of them large enough to be compressed."""
    rng = np.random.default_rng(0)
    labels = {"school": ("A", "St. Paul's", "ü"), "year": (1990, 2000), "flag": (False, True)}
    said = category_attributes("school", labels["school"])
    one = category_attributes("school", ("only",))
    draws = {
        "mu": Quantity((), rng.normal(size=(2, 3000))),
        "theta": Quantity(("school", "year"), rng.normal(size=(2, 3000, 3, 2))),
        "z": Quantity(("school",), rng.integers(0, 3, (2, 3000, 3)), attributes=said),
        "w": Quantity((), np.zeros((2, 3000), np.int32), attributes=one),
        "is_on": Quantity(("flag",), rng.random((2, 3000, 2)) < 0.5),
        "single": Quantity(("step",), rng.normal(size=(2, 3000, 4)).astype(np.float32)),
        "part": Quantity(("year",), rng.normal(size=(2, 3000, 1)), starts={"year": 1}),
    }
    data = {
        "y": Quantity(("school",), np.array([1.0, np.nan, 3.0])),
        "name": Quantity(("school",), np.array(["a", "", "ß"], dtype=object)),
        "n": Quantity((), np.array(7)),
        "none": Quantity(("empty",), np.zeros(0)),
    }
    return {"posterior": drawn_group(draws, labels), "observed_data": given_group(data, labels)}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The file that xarray wrote, and ours."""
    folder = tmp_path_factory.mktemp("netcdf")
    write_tree(data_tree(tree()), ATTRIBUTES, folder / "theirs.nc", FileKind.NETCDF)
    write_tree(tree(), ATTRIBUTES, folder / "ours.nc", FileKind.NETCDF)
    return folder / "theirs.nc", folder / "ours.nc"


def test_xarray_reads_the_same(both: tuple[Path, Path]) -> None:
    theirs, ours = (xarray.open_datatree(path, engine="h5netcdf").load() for path in both)
    xarray.testing.assert_identical(ours, theirs)
    for group in theirs.children:
        for name, variable in theirs[group].variables.items():
            assert ours[group].variables[name].dtype == variable.dtype, name


def test_variables_are_stored_alike(both: tuple[Path, Path]) -> None:
    """Types, fill values, compression and attributes, as any other reader of NetCDF sees them."""

    def stored(path: Path) -> dict[str, object]:
        with h5netcdf.File(path, "r") as file:
            return {
                f"{group}/{name}": (
                    str(variable.dtype),
                    variable.dimensions,
                    variable.compression,
                    variable.shuffle,
                    {key: str(value) for key, value in sorted(variable.attrs.items())},
                )
                for group, part in file.groups.items()
                for name, variable in part.variables.items()
            }

    theirs, ours = map(stored, both)
    assert ours == theirs


def test_what_needs_encoding_is_left_to_xarray(tmp_path: Path) -> None:
    days = np.array(["2020-01-01", "2020-01-03"], dtype="datetime64[ns]")
    group = given_group({"y": Quantity(("day",), np.zeros(2))}, {"day": tuple(days)})
    assert not is_writable({"observed_data": group})
    write_tree({"observed_data": group}, {}, tmp_path / "fit.nc", FileKind.NETCDF)
    read = xarray.open_datatree(tmp_path / "fit.nc", engine="h5netcdf").load()
    np.testing.assert_array_equal(read["observed_data"]["day"].values, days)


def test_a_result_without_xarray_is_that_with_it(tmp_path: Path) -> None:
    result = Groups(tree(), {})
    assert result.groups == ("posterior", "observed_data")
    theta = result._group("posterior")["theta"]
    moved = theta.transpose("school", ..., "chain")
    whole = result.posterior["theta"].transpose("school", ..., "chain")
    assert (moved.dims, moved.shape) == (whole.dims, whole.shape)
    np.testing.assert_array_equal(moved.values, whole.values)
    assert result.tree["observed_data"]["y"].sizes == {"school": 3}
    with pytest.raises(KeyError, match="no group 'prior'"):
        result["prior"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write_netcdf(tree(), ATTRIBUTES, tmp_path / "missing" / "fit.nc")
