"""Names, labels, files and source lines of any kind: nothing of theirs ever runs."""

import ast
import builtins

import pytest
from backend_cases.handmade import Builder, num, op
from hypothesis import given, settings
from hypothesis import strategies as st

from gendsl.backends.emit.names import NameTable
from gendsl.backends.emit.text import comment, quoted
from gendsl.backends.load import load
from gendsl.backends.numpyro import source_of
from gendsl.backends.numpyro.dialect import DIALECT
from gendsl.ir.expr import LabelPosition, Pick
from gendsl.ir.program import Program
from gendsl.ir.types import REAL

CANARY = "gendsl_canary_was_reached"
HOSTILE = (
    f'"""); __import__("builtins").{CANARY} = 1; ("""',
    f"x\n__import__('builtins').{CANARY} = 1\n",
    f"x\u2028__import__('builtins').{CANARY} = 1",
    f"x\x85import builtins\x0cbuiltins.{CANARY} = 1",
    f"x\r__import__('builtins').{CANARY} = 1",
    "\\", '\\"', "'''", '"""', "{x}", "%s", "\x00", "\ud800", "\u202e", "", " ", "#", "a.b",
    "1x", "é", "lambda", "None", "print", "model", "jnp", "dist", "Truncated", "__debug__",
    "__import__", "ﬁ", "µ", "predict", "n_school", "self", "x" * 300,
)  # fmt: skip
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))

ALLOWED = (
    ast.Module, ast.Expr, ast.Constant, ast.Import, ast.ImportFrom, ast.alias, ast.FunctionDef,
    ast.arguments, ast.arg, ast.Assign, ast.Name, ast.Load, ast.Store, ast.Call, ast.Attribute,
    ast.keyword, ast.With, ast.withitem, ast.BinOp, ast.Add, ast.Subscript, ast.If, ast.Slice,
    ast.UnaryOp, ast.USub,
)  # fmt: skip
CALLED = {
    "numpyro.sample", "numpyro.plate", "numpyro.deterministic", "dist.Normal", "jnp.sum",
    "numpyro.factor",
}  # fmt: skip


def program(names: list[str], label: str, line: str, file: str) -> Program:
    """A small model whose every word is someone else's."""
    dim, data, latent, scalar, model = names
    b = Builder(model, line, file)
    b.dim(dim)
    y = b.datum(data, dim)
    mu = b.latent(line, scalar, (), b.dist("Normal", num(0), num(1)))
    theta = b.latent(line, latent, (dim,), b.dist("Normal", mu, num(1)))
    b.equation(
        line, f"{scalar} sum", (), op("+", mu, Pick(theta, dim, LabelPosition(label), (), REAL))
    )
    b.observe(line, y, b.dist("Normal", theta, num(1)))
    return b.program()


def dotted(node: ast.expr) -> str:
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else node.id


def check(source: str) -> None:
    """Only the expected kinds of nodes, and calls of NumPyro alone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        assert isinstance(node, ALLOWED), ast.dump(node)
        if isinstance(node, ast.Call):
            assert dotted(node.func) in CALLED, ast.dump(node)
    imports = {ast.unparse(n) for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)}
    assert imports <= {"import numpyro", "import numpyro.distributions as dist"}
    assert len(source.splitlines()) == len(source.split("\n")) - 1


@given(st.lists(texts, min_size=5, max_size=5, unique=True), texts, texts, texts)
@settings(max_examples=150, deadline=None)
def test_any_text_only_names_things(names: list[str], label: str, line: str, file: str) -> None:
    check(source_of(program(names, label, line, file)))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_program_loads_and_does_nothing(text: str) -> None:
    names = [text + suffix for suffix in ("", "2", "3", "4", "5")]
    source = source_of(program(names, text, text, text))
    check(source)
    load(source)
    assert not hasattr(builtins, CANARY)


@given(st.lists(texts, min_size=1, max_size=8, unique=True))
def test_names_are_identifiers_and_distinct(names: list[str]) -> None:
    table = NameTable({"Truncated", *DIALECT.reserved})
    found = [table.of(name) for name in names]
    assert len(set(found)) == len(found)
    for name in found:
        assert isinstance(ast.parse(name, mode="eval").body, ast.Name)
        assert name not in {"Truncated", "jnp", "dist", "model"}
        assert not hasattr(builtins, name)
    assert [table.of(name) for name in names] == found


@given(texts)
def test_a_literal_means_its_text(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text


@given(texts)
def test_a_comment_is_one_line(text: str) -> None:
    assert len(f"# {comment(text)}".splitlines()) == 1


def test_tracebacks_show_the_generated_line() -> None:
    import traceback

    module = load("def model():\n    return undefined_name\n")
    with pytest.raises(NameError) as caught:
        module.model()
    assert "return undefined_name" in "".join(traceback.format_exception(caught.value))
    assert load("def model():\n    return undefined_name\n") is module
