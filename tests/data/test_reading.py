# ruff: noqa: E501 — whole messages
"""Reading files: what can be wrong with a path, and tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gendsl.data import read_all, read_data
from gendsl.data.csv_files import parse_csv


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_missing_file_suggests_a_neighbour(tmp_path: Path, errors) -> None:
    write(tmp_path, "houses.csv", "y\n1\n")
    (found,) = errors(read_data, tmp_path / "hosues.csv")
    assert (
        found
        == f"G0610: there is no data file {tmp_path}/hosues.csv | there is {tmp_path}/houses.csv"
    )


def test_missing_folder(tmp_path: Path, errors) -> None:
    assert "there is no folder" in errors(read_data, tmp_path / "no" / "y.json")[0]


def test_folder_without_tables(tmp_path: Path, errors) -> None:
    assert errors(read_data, tmp_path)[0].startswith(
        f"G0610: the folder {tmp_path} holds no .csv file"
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.xlsx", "a", "G0602: d.xlsx has the extension `.xlsx`, which is not a kind of data that gendsl reads | data files are .json, .csv, .tsv (each also as .gz), .parquet, .nc, or a folder of .csv files"),
        ("d.json", "", "G0603: d.json is empty"),
        ("d.csv", " \n", "G0603: d.csv is empty"),
        ("d.parquet", "", "G0603: d.parquet is empty"),
        ("d.json", b'{"y": "\xe9"}', "G0603: d.json is not UTF-8: byte 0xe9 on line 1 | save d.json as UTF-8"),
        ("d.csv", b"a\n1\n\xe9\n", "G0603: d.csv is not UTF-8: byte 0xe9 on line 3 | save d.csv as UTF-8"),
        ("d.csv", "a\n1\n".encode("utf-16"), "G0603: d.csv is not UTF-8: byte 0xff on line 1 | it looks like UTF-16: save d.csv as UTF-8"),
        ("d.json.gz", b"not gzip", "G0610: {folder}/d.json.gz can't be read: Not a gzipped file (b'no')"),
        ("d.csv", "y\n", "G0603: d.csv names columns but has no rows"),
        ("d.csv", "y,y\n1,2\n", "G0605: d.csv has more than one column `y`"),
        ("d.csv", "y;x\n1,5;2\n", "G0603: d.csv separates its columns with semicolons | save it with commas (and points in decimal numbers)"),
        ("d.csv", "y\tx\n1\t2\n", "G0603: d.csv separates its columns with tabs | save it with commas (and points in decimal numbers); a file separated by tabs is read as .tsv"),
        ("d.csv", "y,x\n1,2\n3\n", "G0603: line 3 of d.csv has 1 cell, its first line names 2 columns"),
        ("d.csv", "y,\n1,2\n", "G0603: column 2 of d.csv has no name"),
        ("d.csv", 'y\n"1\n', "G0603: d.csv is not CSV: unexpected end of data on line 2"),
    ],
)  # fmt: skip
def test_says_what_is_wrong(
    tmp_path: Path, name: str, content: str | bytes, message: str, errors
) -> None:
    path = write(tmp_path, name, content)
    assert errors(read_data, path) == [message.replace("{folder}", str(tmp_path))]


@pytest.mark.parametrize("name", ["d.parquet", "d.nc"])
def test_binary_nonsense(tmp_path: Path, name: str, errors) -> None:
    (found,) = errors(read_data, write(tmp_path, name, b"nonsense" * 10))
    assert found.startswith(f"G0603: {name} is not a")


def test_csv_cells_stay_spelled(tmp_path: Path) -> None:
    path = write(tmp_path, "d.csv", b'\xef\xbb\xbf,y,name\n1, 2.50 ,a\n\n2,,"b, c"\n')
    (table,) = read_data(path).tables
    assert list(table.columns) == ["y", "name"]
    assert table.columns["y"].values.tolist() == ["2.50", None]
    assert table.columns["name"].values.tolist() == ["a", "b, c"]
    assert table.lines is not None and table.lines.tolist() == [2, 4]


def test_single_column_may_have_empty_cells() -> None:
    (table,) = parse_csv("a,b\n,\n1,2\n", "d.csv", ",").tables
    assert table.columns["a"].values.tolist() == [None, "1"]


def test_folder_is_one_table_a_file(tmp_path: Path) -> None:
    write(tmp_path, "b.csv", "y\n1\n")
    write(tmp_path, "a.csv", "x\n1\n")
    write(tmp_path, "readme.txt", "x")
    assert [t.name for t in read_data(tmp_path).tables] == ["a", "b"]


def test_files_merge(tmp_path: Path, errors) -> None:
    a = write(tmp_path, "a.json", '{"y": [1, null], "J": 2}')
    b = write(tmp_path, "b.json", '{"J": 2, "x": 1, "y": [1, null]}')
    assert set(read_all([a, b]).arrays) == {"y", "J", "x"}
    c = write(tmp_path, "c.json", '{"J": 3}')
    assert errors(read_all, [a, c]) == [
        "G0605: `J` differs between a.json and c.json | give it once, or rename one of the two"
    ]


def test_unreadable(tmp_path: Path, errors, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, "d.json", "{}")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert errors(read_data, path) == [f"G0610: {path} can't be read: Permission denied"]


def test_parquet_keeps_missing_integers(tmp_path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"n": pd.array([2**60 + 1, None], dtype="Int64"), "x": [0.1, 0.2]})
    frame.to_parquet(tmp_path / "d.parquet")
    (table,) = read_data(tmp_path / "d.parquet").tables
    assert table.columns["n"].values.tolist() == [2**60 + 1, None]
    assert np.array_equal(table.columns["x"].values, [0.1, 0.2])


def test_blank_lines_are_skipped_but_not_inside_a_single_column() -> None:
    (table,) = parse_csv("\na,b\n\n1,2\n\n", "d.csv", ",").tables
    assert table.length == 1
    (table,) = parse_csv("a\n1\n\n3\n\n", "d.csv", ",").tables
    assert table.columns["a"].values.tolist() == ["1", None, "3"]


def test_every_file_that_cannot_be_read_is_reported(tmp_path: Path, errors) -> None:
    found = errors(read_all, [tmp_path / "a.json", tmp_path / "b.json"])
    assert len(found) == 2
