"""Executables from disk: the same bits as those that were compiled, or compiled again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gendsl.executables import Folder, find_executable, kept_in, keys_of, remembered, stored
from gendsl.executables.loading import called, is_known
from gendsl.executables.trees import FormError, from_json, to_json
from gendsl.inference.local import State

SCRIPT = Path(__file__).parent / "executables_cases" / "another_process.py"


class Counted:
    """A function of arrays, and how often it was traced."""

    def __init__(self) -> None:
        self.traced = 0

    def function(self, data, x, n):
        self.traced += 1
        state = jax.lax.fori_loop(
            0, n, lambda _, x: jnp.sin(x @ data["a"].astype(x.dtype)) + 0.1, x
        )
        return {"state": State(state, x * 2, n + 1), "parts": (state.sum(), [x > 0]), "none": None}

    def find(self, *arguments: object, name: str = "function"):
        keys = keys_of(arguments)
        assert keys is not None
        jitted = jax.jit(self.function, keep_unused=True)
        return find_executable(name, "id", keys, lambda: jitted.trace(*arguments))


def arguments(size: int = 3) -> tuple[object, ...]:
    return {"a": np.eye(size) * 0.3, "unused": np.zeros(2)}, np.ones((4, size)), np.int32(3)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with kept_in(tmp_path / "executables") as opened:
        assert opened is not None
        yield opened


def same(one: object, other: object) -> bool:
    assert jax.tree.structure(one) == jax.tree.structure(other)
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in pairs)


def test_the_second_is_read_and_bitwise_the_first(folder: Folder) -> None:
    counted = Counted()
    first = counted.find(*arguments())(*arguments())
    second = counted.find(*arguments())(*arguments())
    assert counted.traced == 1 and len(list(folder.names())) == 1
    assert same(first, second)
    assert same(first, jax.jit(counted.function)(*arguments()))


def test_other_shapes_types_and_precision_are_other_programs(folder: Folder) -> None:
    counted = Counted()
    data, x, n = arguments()
    with jax.enable_x64(True):
        for others in (arguments(), arguments(4), (data, x.astype(np.float32), n), (data, x, 3)):
            counted.find(*others)
        assert counted.traced == 4
        counted.find(*arguments(), name="another")
    with jax.enable_x64(False):
        counted.find(*arguments())
    assert counted.traced == 6 == len(list(folder.names()))


@pytest.mark.parametrize("how", ["damaged", "truncated", "another's", "of a form", "no code"])
def test_what_does_not_hold_together_is_compiled_again(folder: Folder, how: str) -> None:
    counted = Counted()
    first = counted.find(*arguments())(*arguments())
    (name,) = folder.names()
    path = folder.path / f"{name}.entry"
    whole = path.read_bytes()
    found = folder.read(name)
    assert found is not None
    header, body = found
    match how:
        case "damaged":
            path.write_bytes(whole[:-9] + b"x" + whole[-8:])
        case "truncated":
            path.write_bytes(whole[: len(whole) // 2])
        case "another's":
            counted.find(*arguments(4))
            (other,) = set(folder.names()) - {name}
            shutil.copy(folder.path / f"{other}.entry", path)
        case "of a form":
            folder.write(name, {**header, "result": {"named": "os:stat_result", "parts": []}}, body)
        case "no code":
            folder.write(name, header, b"\x00" * 1000)
    before = counted.traced
    again = counted.find(*arguments())
    assert counted.traced == before + 1
    assert same(first, again(*arguments()))
    counted.find(*arguments())
    assert counted.traced == before + 1


def test_code_that_fails_when_it_is_called_is_compiled_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gendsl.executables import program

    counted = Counted()
    first = counted.find(*arguments())(*arguments())
    found, whole, calls = counted.find(*arguments()), program.execute, []

    def fails_once(*args: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise RuntimeError("NOT_FOUND: Function fusion not found")
        return whole(*args)

    monkeypatch.setattr(program, "execute", fails_once)
    assert same(first, found(*arguments())) and counted.traced == 2
    monkeypatch.setattr(program, "execute", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        found(*arguments())


class Static(NamedTuple):
    """A static argument."""

    power: int


@stored("static")
def raised(static: Static, x: jax.Array) -> jax.Array:
    """A marked function."""
    return x**static.power


def test_a_marked_function_is_jitted_where_nothing_is_kept(tmp_path: Path) -> None:
    x = np.arange(3.0)
    raised.jitted.clear_cache()
    assert np.array_equal(raised(Static(2), x), x**2)
    assert raised._cache_size() == 1
    with kept_in(tmp_path / "executables") as folder:
        assert folder is not None
        for power in (2, 3, 2):
            assert np.array_equal(raised(Static(power), x), x**power)
        assert np.array_equal(jax.vmap(lambda row: raised(Static(2), row))(x[None]), x[None] ** 2)
        with jax.disable_jit():
            assert np.array_equal(raised(Static(2), x), x**2)
        assert len(list(folder.names())) == 0, "a class of the tests says nothing of itself"


def test_keys_are_of_plain_arrays_alone() -> None:
    assert keys_of((np.zeros(2), {"a": (1, State(np.ones(1), None, 2.0))})) is not None
    assert keys_of(jax.random.key(0)) is None
    assert keys_of(np.array(["text"])) is None
    assert keys_of((np.zeros(2), object())) is None
    assert keys_of(jax.tree_util.Partial(np.sin, np.zeros(2))) is None


def test_programs_that_call_python_are_not_kept(folder: Folder) -> None:
    def calling(x):
        return jax.pure_callback(
            lambda x: np.asarray(x) + 1, jax.ShapeDtypeStruct((3,), x.dtype), x
        )

    x = np.zeros(3)
    keys = keys_of((x,))
    assert keys is not None
    assert find_executable("calling", "", keys, lambda: jax.jit(calling).trace(x)) is None
    assert list(folder.names()) == []
    assert called(jax.jit(calling).lower(x).as_text())
    factor = jax.jit(jnp.linalg.cholesky).lower(np.eye(3)).as_text()
    assert called(factor) and is_known(called(factor), "cpu")
    assert not is_known({"lapack_dpotrf_ffi", "their_own"}, "cpu")
    assert is_known((), "gpu") and not is_known({"cusolver_potrf_ffi"}, "gpu")


def test_another_process_reads_what_this_one_compiled(tmp_path: Path) -> None:
    """With LAPACK, which code can call only where its addresses have been looked up."""

    def run(*words: str) -> dict[str, object]:
        command = [sys.executable, str(SCRIPT), str(tmp_path / "executables"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        result: dict[str, object] = json.loads(done.stdout)
        return result

    cold, warm = run("1"), run("1")
    assert cold["traced"] == 1 and warm["traced"] == 0
    assert warm["compiled"] == 0 < int(str(cold["compiled"]))
    assert warm["bytes"] == cold["bytes"]


def test_what_tracing_found_out_is_remembered(folder: Folder) -> None:
    values = iter(range(10))

    def find() -> dict[str, int]:
        return {"size": next(values)}

    assert remembered("layout", "a", find) == remembered("layout", "a", find) == {"size": 0}
    assert remembered("layout", "b", find) == {"size": 1}
    assert remembered("layout", None, find) == {"size": 2}
    for name in folder.names():
        (folder.path / f"{name}.entry").write_bytes(b"damaged")
    assert remembered("layout", "a", find) == {"size": 3}


def test_forms_of_results() -> None:
    tree = {"b": State(jax.ShapeDtypeStruct((2,), np.float32), None, ()), "a": [(1,)[:0]]}
    form = json.loads(json.dumps(to_json(tree)))
    assert from_json(form) == tree
    assert isinstance(from_json(form)["b"], State)
    for bad in (
        1, "x", {"named": "os:stat_result", "parts": []}, {"named": "gendsl:compile", "parts": []},
        {"named": "gendsl.inference.local:State", "parts": [None]}, {"shape": [2], "dtype": "key"},
        {"shape": ["x"], "dtype": "float32"}, {"dict": []}, {},
    ):  # fmt: skip
        with pytest.raises(FormError):
            from_json(bad)
    for tree in ({1: None}, object(), Static(None), {"a": "text"}):  # type: ignore[arg-type]
        with pytest.raises(FormError):
            to_json(tree)
