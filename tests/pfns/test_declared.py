"""`pfn NAME from "FILE"`: networks that a program names, before anything is drawn from them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pfn_cases import LINES

import gendsl
from gendsl.api.pfn_declared import declared_network, networks_of, trained_network
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.frontend.format import format_source
from gendsl.frontend.parse import parse
from gendsl.frontend.printer import print_file
from gendsl.network_file import DamagedNetwork, check_whole, read_header
from gendsl.pipeline import check, read_network
from gendsl.resolve.pfns.files import NetworkFiles

MODEL = """\
pfn lin from "line.pfn"

model m {
  data y : real
  mu ~ Normal(0, 1)
  y ~ Normal(mu, 1)
}
"""


@pytest.fixture
def folder(line_file: Path, tmp_path: Path) -> Path:
    shutil.copy(line_file, tmp_path / "line.pfn")
    (tmp_path / "m.gen").write_text(MODEL)
    return tmp_path


def codes(path: Path) -> list[str]:
    return [d.code for d in check(Source(str(path), path.read_text()))]


def test_it_is_written_as_it_is_read() -> None:
    source = Source("m.gen", 'pfn   lin from  "line.pfn"   # of lines\n')
    text = format_source(source)
    assert text == 'pfn lin from "line.pfn"  # of lines\n'
    assert format_source(Source("m.gen", text)) == text
    assert parse(Source("m.gen", print_file(parse(source)))) == parse(source)


def test_a_name_leads_to_the_network(folder: Path, line: TrainedPfn) -> None:
    assert codes(folder / "m.gen") == []
    [declaration] = [d for d in parse(Source(str(folder / "m.gen"), MODEL)).declarations][:1]
    files = NetworkFiles(read_network, {"lin": declaration})  # type: ignore[dict-item]
    declared = files.network("lin", Reporter())
    assert (declared.name, declared.path) == ("lin", str(folder / "line.pfn"))
    assert declared.pfn.target.name == "y" and declared.pfn.rows == (2, 8)
    assert declared.digest == read_header(folder / "line.pfn").digest
    network = trained_network(declared)
    assert network.text == line.text and trained_network(declared) is network


def test_a_network_that_nothing_uses_is_not_read(folder: Path) -> None:
    model = gendsl.compile(folder / "m.gen")
    assert model.program.trained == () and networks_of(model.program) == {}
    assert declared_network(model.program, "lin") is None
    (folder / "line.pfn").unlink()
    gendsl.compile(folder / "m.gen")
    assert codes(folder / "m.gen") == ["G1031"]


@pytest.mark.parametrize("damage", ["cut", "weight", "text", "empty", "folder"])
def test_damaged_files_are_named(folder: Path, damage: str) -> None:
    path = folder / "line.pfn"
    content = bytearray(path.read_bytes())
    check_whole(path, read_header(path))
    if damage == "cut":
        del content[-100:]
    elif damage == "weight":
        content[-50] ^= 1
    elif damage == "text":
        content = content.replace(b"HalfNormal(1)", b"HalfNormal(2)", 1)
    elif damage == "empty":
        content = bytearray()
    path.write_bytes(content)
    if damage == "folder":
        path.unlink()
        path.mkdir()
    with pytest.raises((DamagedNetwork, OSError)):
        check_whole(path, read_header(path))
    assert codes(folder / "m.gen") == ["G1031"]


def test_the_file_of_a_text_that_names_itself_is_read_once(
    line: TrainedPfn, tmp_path: Path
) -> None:
    """A program may stand beside the block it was trained on: its text then names the file."""
    (tmp_path / "all.gen").write_text('pfn lin from "line.pfn"\n' + LINES)
    assert codes(tmp_path / "all.gen") == ["G1031"]
    assert set(gendsl.compile(tmp_path / "all.gen").pfns) == {"line"}
    line.save(tmp_path / "line.pfn")
    assert codes(tmp_path / "all.gen") == []


def test_checking_reads_no_arrays(folder: Path) -> None:
    code = (
        "import sys; from gendsl.cli.main import main\n"
        "try: main()\nfinally: print(*(m for m in sys.modules if '.' not in m), file=sys.stderr)"
    )
    for verb in ("check", "info"):
        found = subprocess.run(
            [sys.executable, "-c", code, verb, str(folder / "m.gen")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert found.returncode == 0, found.stderr
        assert not set(found.stderr.split()) & {"numpy", "jax", "scipy", "safetensors"}


def test_a_changed_file_is_refused(folder: Path, kinds: TrainedPfn) -> None:
    [declaration] = [d for d in parse(Source(str(folder / "m.gen"), MODEL)).declarations][:1]
    declared = read_network(declaration)  # type: ignore[arg-type]
    kinds.save(folder / "line.pfn")
    with pytest.raises(DiagnosticError, match="G1033"):
        trained_network(declared)
