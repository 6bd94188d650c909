"""What statements and expressions parse to."""

import pytest

from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.frontend.build_expression import MAX_DEPTH
from gendsl.frontend.parse import parse
from gendsl.frontend.print_expression import print_expr
from gendsl.frontend.printer import print_statement


def parse_text(text):
    return parse(Source("test.gen", text))


def expression(text):
    return parse_text(f"infer r = {text}").declarations[0].program


def statement(text):
    [found] = parse_text(f"model m {{\n{text}\n}}").declarations[0].statements
    return found


def grouped(expr):
    """The expression with parentheses around every operation."""
    match expr:
        case ast.Binary(op, left, right):
            return f"({grouped(left)} {op} {grouped(right)})"
        case ast.Unary(op, operand):
            return f"({op} {grouped(operand)})"
        case ast.Index(base, items):
            return f"{grouped(base)}[{', '.join(grouped(item.value) for item in items)}]"
        case _:
            return print_expr(expr)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("-x^2", "(- (x ^ 2))"),
        ("2^-x^2", "(2 ^ (- (x ^ 2)))"),
        ("2^3^4", "(2 ^ (3 ^ 4))"),
        ("(2^3)^4", "((2 ^ 3) ^ 4)"),
        ("-x[1]", "(- x[1])"),
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c @ d / e", "(a + (((b * c) @ d) / e))"),
        ("-a * b", "((- a) * b)"),
        ("a - -b", "(a - (- b))"),
        ("a < b + 1", "(a < (b + 1))"),
        ("not a == b and c or d", "(((not (a == b)) and c) or d)"),
        ("a or b and not c", "(a or (b and (not c)))"),
        ("f() >> g() >> h()", "((f() >> g()) >> h())"),
        ("a or b >> c", "((a or b) >> c)"),
        ("(a + b)[t - 1][2]", "(a + b)[(t - 1)][2]"),
        ("x^y[1]", "(x ^ y[1])"),
        ("x<-1", "(x < (- 1))"),
    ],
)
def test_precedence(text, meant):
    assert grouped(expression(text)) == meant


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1_000", 1000),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("1e3", 1000.0),
        ("1_0.5E+2", 1050.0),
    ],
)
def test_numbers(text, value):
    number = expression(text)
    assert number.value == value
    assert type(number.value) is type(value)


def test_a_range_is_two_integers():
    [binder] = expression("sum[k = 1..11](x[time - k])").binders
    assert (binder.dim, binder.lower.value, binder.upper.value) == ("k", 1, 11)


def test_string_escapes():
    assert expression(r'"a\"\\\n\t\u00e9 #no comment"').value == 'a"\\\n\té #no comment'


def test_names_are_normalised():
    composed, decomposed = "\u00e9", "e\u0301"
    assert expression(decomposed) == expression(composed)
    assert statement(f"{decomposed} = 1").target.name == composed


def test_only_a_name_with_brackets_and_arguments_reduces():
    assert isinstance(expression("sum[k](x)"), ast.DimCall)
    assert isinstance(expression("sum(x)[k]"), ast.Index)
    assert isinstance(expression("sum[k](x)[i]"), ast.Index)
    assert expression("beta.tau") == ast.Name("beta.tau", span=expression("x").span)


def test_if_is_a_call():
    assert expression("if(c, a, b)").function.id == "if"


@pytest.mark.parametrize(
    ("text", "name", "lower", "upper"),
    [
        ("real", "real", None, None),
        ("real > 0", "real", ("0", True), None),
        ("0 <= int", "int", ("0", False), None),
        ("real <= b", "real", None, ("b", False)),
        ("0 < real < 1", "real", ("0", True), ("1", True)),
        ("1 > real >= f(x)", "real", ("f(x)", False), ("1", True)),
        ("lower < real", "real", ("lower", True), None),
        ("low < theta < high", "theta", ("low", True), ("high", True)),
        ("-1 < real < 2 * s + 1", "real", ("-1", True), ("2 * s + 1", True)),
        ("county", "county", None, None),
        ("ordered", "ordered", None, None),
    ],
)
def test_types(text, name, lower, upper):
    type_ = statement(f"data y : {text}").type
    bounds = [
        None if bound is None else (print_expr(bound.value), bound.is_strict)
        for bound in (type_.lower, type_.upper)
    ]
    assert (type_.name, *bounds, type_.is_optional) == (name, lower, upper, False)


@pytest.mark.parametrize("text", ["real?", "real? > 0", "0 < real? < 1"])
def test_optional_types(text):
    assert statement(f"data y : {text}").type.is_optional


@pytest.mark.parametrize(
    "text",
    [
        "dim a, b",
        "dim k = 3",
        "dim k = K",
        "dim cut = size(rating) - 1",
        'dim pair = {slope, "inter cept"}',
        "dim time : ordered",
        "dim time : ordered from 0",
        "dim time : ordered from 1 = T",
        "dim county : from -1",
        "dim next like state",
        "data county_of[house] : county",
        "tau : real > 0 ~ HalfCauchy(5) as centred where tau > 3",
        "x[time < 6] = 0",
        "xi[item, pair = slope] = 0",
        "let x[a] = [0, 3]",
        "predict y_new[grid] ~ Normal(mu[grid], sigma)",
        "predict q = mu / 2",
        "observe sum[area](phi) ~ Normal(0, 0.001) where area > 1",
        "factor -x^2 where x > 0",
        "factor factor(2)",
        "f[region] ~ GP(mean = 0, kernel = RBF(len))",
    ],
)
def test_a_statement_prints_as_it_is_written(text):
    assert print_statement(statement(text)) == text


def test_suffixes_come_in_either_order():
    assert statement("x ~ N() where c as centred") == statement("x ~ N() as centred where c")


@pytest.mark.parametrize(
    "text",
    [
        "infer r = a(\n  1,\n  2,\n)",
        "infer r = a()\n\n  # comment\n  >> b()",
        "infer r =\n  a()",
        "infer r = 1 +\r\n  2\r\n",
        "infer r = [\n1\n,\n2]\n\n",
        "\n\n# comment\ninfer r = x # comment",
        "\tinfer\tr\t=\tx",
    ],
)
def test_lines_that_go_on(text):
    [declaration] = parse_text(text).declarations
    assert declaration.name == "r"


@pytest.mark.parametrize(
    "text",
    [
        "model m { mu ~ Normal(0, 1) }",
        "model m {\n\n  mu ~ Normal(0, 1)\n\n}\n",
        "model m { # c\n mu ~ Normal(0, 1) }",
        "model m {\r\n  mu ~ Normal(0, 1)\r\n}\r\n",
    ],
)
def test_blocks(text):
    [model] = parse_text(text).declarations
    assert [print_statement(s) for s in model.statements] == ["mu ~ Normal(0, 1)"]


def test_members_may_stand_on_several_lines():
    assert statement("dim p = {\n  a,\n  b,\n}").size.labels == ("a", "b")


def test_an_empty_file_has_no_declarations():
    assert parse_text("").declarations == ()
    assert parse_text("# nothing\n\n").declarations == ()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "x" + ")" * 5000,
        "[" * 5000 + "x" + "]" * 5000,
        "f(" * 5000 + ")" * 5000,
        "x[" * 5000 + "1" + "]" * 5000,
        "-" * 5000 + "x",
        "not " * 5000 + "x",
        "x" + "[1]" * 5000,
        " + ".join(["x"] * 20_000),
        "^".join(["x"] * 5000),
        " >> ".join(["x"] * 5000),
        "(" * 5000,
    ],
    ids=lambda text: text[:4],
)
def test_deep_nesting_is_reported_in_words(text):
    with pytest.raises(DiagnosticError) as caught:
        expression(text)
    assert caught.value.diagnostics[0].code == "G0109"


def test_an_expression_of_the_greatest_depth_is_parsed_and_printed():
    text = " + ".join(["x"] * MAX_DEPTH)
    assert print_expr(expression(text)) == text
    with pytest.raises(DiagnosticError):
        expression(text + " + x")


def test_a_long_list_is_parsed():
    assert len(expression("[" + "1, " * 5000 + "]").items) == 5000


@pytest.mark.parametrize("text", ["county > (real)", "count <= (int)"])
def test_a_bound_with_the_name_of_a_type_keeps_its_parentheses(text):
    type_ = statement(f"data y : {text}").type
    assert type_.name == text.split()[0]
    assert print_statement(statement(f"data y : {text}")) == f"data y : {text}"


def test_a_span_covers_the_parentheses_at_its_ends():
    program = expression("(a + b) * f((c)) ")
    assert program.span.text == "(a + b) * f((c))"
    assert program.left.span.text == "a + b"
    assert expression("-(a)").span.text == "-(a)"
    assert expression("(a + b)[(i)]").span.text == "(a + b)[(i)]"


@pytest.mark.parametrize(
    "text",
    [
        "x[a] : real > 0 ~ Normal(0, 1) where (c) as centred",
        "predict x = (1)",
        "data x : 0 < real? < (1)",
        "dim time : ordered from -1 = (T)",
        "dim p = {a, b}",
        "observe (x) ~ Normal(0, 1)",
        "factor (x) where (c)",
    ],
)
def test_a_statement_spans_all_of_its_text(text):
    assert statement(f"  {text}  # comment").span.text == text
