"""Hypothesis strategies for every tree that the parser can make, hostile names included."""

from hypothesis import strategies as st

from gendsl.diagnostics.source import Source, Span
from gendsl.frontend import ast
from gendsl.frontend.words import is_name

NOWHERE = Span(Source("", ""), 0, 0)

_HOSTILE = [
    "x",
    "y",
    "_",
    "__",
    "e1",
    "E1",
    "e",
    "T",
    "I",
    "factor",
    "like",
    "from",
    "ordered",
    "real",
    "int",
    "bool",
    "simplex",
    "corr",
    "if",
    "sum",
    "first",
    "last",
    "lambda",
    "None",
    "class",
    "def_",
    "kernel",
    "net",
    "pfn",
    "ode",
    "require",
    "centred",
    "σ",
    "β_1",
    "é",
    "ñ",
    "ß",
    "変数",
    "Ω",
    "and_",
    "not1",
    "in",
    "return",
    "target",
    "mu",
]

names = st.one_of(
    st.sampled_from([word for word in _HOSTILE if is_name(word)]),
    st.text(st.characters(codec="utf-8", categories=["L", "Nd"]), min_size=1, max_size=4).filter(
        is_name
    ),
)
left_names = names.filter(lambda name: name != "factor")
dotted = st.lists(names, min_size=1, max_size=3).map(".".join)
references = dotted.map(lambda name: ast.Name(name, NOWHERE))
numbers = st.one_of(
    st.integers(0, 10**20),
    st.floats(0, allow_infinity=False, allow_nan=False).map(abs),
).map(lambda value: ast.Number(value, NOWHERE))
texts = st.text(st.characters(codec="utf-8"), max_size=6)
strings = texts.map(lambda value: ast.String(value, NOWHERE))

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
BINARY = (*COMPARISONS, "+", "-", "*", "/", "@", "^", "and", "or", ">>", "|>")


def _tuples(strategy, least=0, most=3):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def _arguments(values):
    one = st.builds(ast.Argument, st.none() | names, values, st.just(NOWHERE))
    return _tuples(one)


def _items(values):
    one = st.builds(ast.IndexItem, st.none() | names, values, st.just(NOWHERE))
    return _tuples(one, 1)


def _calls(values):
    return st.builds(ast.Call, references, _arguments(values), st.just(NOWHERE))


def _extend(values):
    here = st.just(NOWHERE)
    binders = st.one_of(
        st.builds(ast.Binder, dotted, st.none(), st.none(), st.none(), here),
        st.builds(ast.Binder, names, values, values, st.none(), here),
        st.builds(ast.Binder, names, st.none(), st.none(), values, here),
    )
    return st.one_of(
        st.builds(ast.Unary, st.sampled_from(["-", "not"]), values, here),
        st.builds(ast.Binary, st.sampled_from(BINARY), values, values, here),
        _calls(values),
        st.builds(ast.DimCall, references, _tuples(binders, 1), _arguments(values), here),
        st.builds(ast.Index, values, _items(values), here),
        st.builds(ast.Array, _tuples(values), here),
    )


expressions = st.recursive(references | numbers | strings, _extend, max_leaves=10)

_here = st.just(NOWHERE)
_dim_names = st.builds(ast.DimName, names, _here)
_bounds = st.builds(ast.Bound, expressions, st.booleans(), _here)
types = st.builds(
    ast.Type,
    st.sampled_from(ast.type_keywords) | left_names,
    st.none() | _bounds,
    st.none() | _bounds,
    st.booleans(),
    _here,
).filter(lambda type_: type_.name != "factor" or not type_.is_optional)
targets = st.builds(ast.Target, left_names, st.just(()) | _items(expressions), _here, _here)
_wheres = st.none() | expressions
_given = st.builds(
    ast.Call, references, _arguments(expressions), _here,
    _tuples(st.builds(ast.Argument, names, expressions, _here), 1),
)  # fmt: skip
_members = st.builds(ast.Members, _tuples(names | texts, 1), _here)
_sizes = st.none() | expressions | _members
_codes = st.none() | st.integers(-3, 3)

_layers = st.builds(
    ast.Call,
    references,
    _tuples(
        st.builds(
            ast.Argument, names, _calls(references | numbers), st.just(NOWHERE), st.just(True)
        )
        | st.builds(ast.Argument, st.none() | names, expressions, st.just(NOWHERE))
    ),
    st.just(NOWHERE),
)
_chains = st.recursive(
    _layers | references,
    lambda chains: st.builds(ast.Binary, st.just("|>"), chains, _layers | references, _here),
    max_leaves=4,
)
_weights = st.lists(names, min_size=2, max_size=3).map(
    lambda parts: ast.Target(".".join(parts), (), NOWHERE, NOWHERE)
)

statements = st.one_of(
    st.builds(ast.NetStatement, targets, _chains, _here),
    st.builds(
        ast.MatchStatement, names.map(lambda name: ast.Name(name, NOWHERE)), _calls(expressions),
        _calls(expressions), st.none() | _calls(expressions), _here,
    ),
    st.builds(
        ast.SampleStatement, _weights, st.none(), _calls(expressions),
        st.sampled_from([None, "centred"]), _wheres, st.just(False), _here,
    ),
    st.builds(
        ast.DimStatement, _tuples(_dim_names, 1), st.none(), st.just(False), st.none(), st.none(),
        _here,
    ),
    st.builds(
        ast.DimStatement, _tuples(_dim_names, 1, 1), _sizes, st.booleans(), _codes, st.none(), _here
    ),
    st.builds(
        ast.DimStatement, _tuples(_dim_names, 1, 1), st.none(), st.just(False), st.none(),
        _dim_names, _here,
    ),
    st.builds(
        ast.DimStatement, _tuples(_dim_names, 1), st.builds(ast.Sizes, numbers, expressions, _here),
        st.just(False), st.none(), st.none(), _here,
    ),
    st.builds(ast.DataStatement, targets, types, _here),
    st.builds(
        ast.SampleStatement, targets, st.none() | types, _calls(expressions) | _given,
        st.sampled_from([None, "centred", "non_centred"]), _wheres, st.booleans(), _here,
    ),
    st.builds(
        ast.EquationStatement, st.sampled_from(["", "let", "predict"]), targets, expressions, _here,
    ),
    st.builds(ast.ObserveStatement, expressions, _calls(expressions), _wheres, _here),
    st.builds(ast.FactorStatement, expressions, _wheres, _here),
)  # fmt: skip

_parameters = _tuples(st.builds(ast.Parameter, names, st.none() | expressions, _here))
_locals = _tuples(st.builds(ast.Local, names, expressions, _here, _here))
_blocks = _tuples(statements, 0, 4)
_said = names.map(lambda name: ast.Name(name, NOWHERE))
_pfn_parts = st.one_of(
    st.builds(ast.PfnPredict, _tuples(_said, 1), _tuples(_said), _here),
    st.builds(ast.PfnRequire, expressions, _here),
    st.builds(
        ast.PfnDraws, names,
        _tuples(st.builds(ast.PfnDraw, _said, _calls(expressions), _here), 1), _here, _here,
    ),
    st.builds(ast.PfnSetting, names, expressions, st.none() | expressions, _here, _here),
)  # fmt: skip
declarations = st.one_of(
    st.builds(ast.Import, texts, _here),
    st.builds(ast.Function, names, _parameters, _locals, expressions, _here, _here),
    st.builds(ast.Infer, names, expressions, _here, _here),
    st.builds(ast.Model, names, _blocks, _here, _here),
    st.builds(ast.Pfn, names, _tuples(_pfn_parts), _here, _here),
    st.builds(ast.PfnFile, names, texts, _here, _here),
    st.builds(ast.Submodel, names, _parameters, _tuples(_dim_names), _blocks, _here, _here),
)
files = st.builds(ast.File, _tuples(declarations, 0, 4), _here)
