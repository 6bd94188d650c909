"""Files that can and cannot be read."""

import pytest

from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.frontend.read import MAX_BYTES, read


def refuse(path):
    with pytest.raises(DiagnosticError) as caught:
        read(path)
    [diagnostic] = caught.value.diagnostics
    return diagnostic


def test_a_file_is_read_without_its_byte_order_mark(tmp_path):
    path = tmp_path / "a.gen"
    path.write_bytes(b"\xef\xbb\xbfinfer \xcf\x83 = x\r\n")
    source = read(path)
    assert (source.name, source.text) == (str(path), "infer σ = x\r\n")


def test_a_missing_file_suggests_its_neighbour(tmp_path):
    (tmp_path / "schools.gen").write_text("")
    diagnostic = refuse(tmp_path / "shcools.gen")
    assert diagnostic.code == "G0801"
    assert "schools.gen" in diagnostic.help


def test_a_missing_folder(tmp_path):
    assert refuse(tmp_path / "no" / "a.gen").code == "G0801"


def test_a_directory(tmp_path):
    diagnostic = refuse(tmp_path)
    assert diagnostic.code == "G0801"
    assert "directory" in diagnostic.message


def test_latin1_names_the_byte_and_the_line(tmp_path):
    path = tmp_path / "a.gen"
    path.write_bytes(b"# one\n# caf\xe9\n")
    diagnostic = refuse(path)
    assert diagnostic.code == "G0802"
    assert "0xe9 at offset 11, on line 2" in diagnostic.message


def test_a_nul(tmp_path):
    path = tmp_path / "a.gen"
    path.write_bytes(b"\n\0")
    assert "at offset 1, on line 2" in refuse(path).message


def test_a_huge_file(tmp_path):
    path = tmp_path / "a.gen"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert refuse(path).code == "G0803"


def test_a_path_that_is_no_path():
    assert refuse("a\0b").code == "G0801"
