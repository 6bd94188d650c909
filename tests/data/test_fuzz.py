"""Whatever the data are, only a DiagnosticError comes out."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gendsl.data import bind, read_data
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.severity import severity_of

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.integers(-1, 4)
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4), max_leaves=12)
names = st.sampled_from(["a", "b", "x", "i", "j", "n", "m", "z"])
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="session")
def program(model):
    from gendsl.ir.expr import Ref
    from gendsl.ir.types import INT

    return model.program(
        ["a", "b", model.dim("k", size=Ref("n", (), INT))],
        [
            model.data("x[a] : real?", lower=0), "i[a] : b", "j[b] : b?", "n : int",
            model.data("m[a, b] : int", upper=Ref("n", (), INT)), "z[k] : bool",
        ],
    )  # fmt: skip


def attempt(program, function) -> None:
    for mode in ("fit", "predict", "simulate"):
        try:
            bind(
                program,
                function(),
                mode=mode,
                known={"b": ("p", 1)},
                optional=frozenset({"z", "j", "m", "n"}),
            )
        except DiagnosticError as error:
            for diagnostic in error.diagnostics:
                severity_of(diagnostic)


@QUICK
@given(st.dictionaries(names, values, max_size=8))
def test_any_values(program, data) -> None:
    attempt(program, lambda: data)


@QUICK
@given(st.dictionaries(names, values, max_size=8))
def test_any_json(program, data) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "d.json"
        path.write_text(json.dumps(data))
        attempt(program, lambda: read_data(path))


cells = st.sampled_from(["", "1", "2", "0", "3.5", "p", "q", "NA", "-1", "true", '"'])


@QUICK
@given(
    st.lists(names, min_size=1, max_size=5),
    st.lists(st.lists(cells, min_size=1, max_size=5), max_size=5),
)
def test_any_table(program, header, rows) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        width = len(header)
        lines = [",".join(header), *(",".join((row * 5)[:width]) for row in rows)]
        path.write_text("\n".join(lines))
        attempt(program, lambda: read_data(path))


@QUICK
@given(
    st.binary(max_size=200),
    st.sampled_from([".json", ".csv", ".tsv", ".json.gz", ".parquet", ".nc"]),
)
def test_any_bytes(program, content: bytes, extension: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"d{extension}"
        path.write_bytes(content)
        attempt(program, lambda: read_data(path))
