"""Dimensions as types: what an expression varies over, and in which order."""

import pytest

EXPRESSIONS = [
    # union
    ("r[row] = x + mu", "saved r[row] : real = (x + mu)"),
    ("r[col, row] = x * beta", "saved r[col, row] : real = (x * beta)"),
    ("r = 2 + 3", "saved r : int = 5"),
    ("r = 7 / 2", "saved r : real = (7 / 2)"),
    ("r[row] = n * 2", "saved r[row] : int = (n * 2)"),
    ("r[row] = n > 2", "saved r[row] : bool = (n > 2)"),
    ("r[row] = not b and x < 0", "saved r[row] : bool = and(not(b), (x < 0))"),
    ("r[row] = -x", "saved r[row] : real = neg(x)"),
    ("r[row] = if(b, x, 0)", "saved r[row] : real = if(b, x, 0)"),
    ("r = pi * e", "saved r : real = (3.141592653589793 * 2.718281828459045)"),
    # gathers, by index, through another, under another name
    ("r[row] = alpha[county_of]", "saved r[row] : real = alpha[county = county_of]"),
    ("r[row, pair] = xi[county_of]", "saved r[row, pair] : real = xi[county = county_of]"),
    ("r[row] = x[twin_of]", "saved r[row] : real = x[row = twin_of]"),
    ("r[peer] = x[peer]", "saved r[peer] : real = x[row = peer as row]"),
    ("r[peer] = x[row = peer]", "saved r[peer] : real = x[row = peer as row]"),
    ("r[row] = D[peer = row]", "saved r[row] : real = D[peer = row as peer]"),
    # picks, by label, member and position
    ("r[county] = xi[pair = slope]", "saved r[county] : real = xi[pair = 0]"),
    ("r[county] = xi[intercept]", "saved r[county] : real = xi[pair = 1]"),
    ('r[pair] = xi["ADA"]', 'saved r[pair] : real = xi[county = "ADA"]'),
    ('r = xi["ADA", slope]', 'saved r : real = xi[county = "ADA"][pair = 0]'),
    ("r = z[0] + z[time = last]", "saved r : real = (z[time = 0] + z[time = last])"),
    ("r[row] = X[col = first]", "saved r[row] : real = X[col = first]"),
    ("r[row] = xi[county_of, slope]", "saved r[row] : real = xi[pair = 0][county = county_of]"),
    ("r[row] = x[row]", "saved r[row] : real = x"),
    # contraction and reductions
    ("r[row] = X @ beta", "saved r[row] : real = (X @[col] beta)"),
    ("r[col] = x @ X", "saved r[col] : real = (x @[row] X)"),
    ("r[row] = sum[col](X * beta)", "saved r[row] : real = sum[col]((X * beta))"),
    ("r = mean[row, col](X)", "saved r : real = mean[row, col](X)"),
    ("r[county] = sum[row by county_of](x)", "saved r[county] : real = sum[row by county_of](x)"),
    (
        "r[col, county] = max[row by county_of](X)",
        "saved r[col, county] : real = max[row by county_of](X)",
    ),
    (
        "r[county] = mean[row by county_of](x)",
        "saved r[county] : real = (sum[row by county_of](x) / sum[row by county_of](1))",
    ),
    ("r = any[row](b)", "saved r : bool = any[row](b)"),
    ("r = sum[row](n)", "saved r : int = sum[row](n)"),
    ("r[time] = cumsum[time](z)", "saved r[time] : real = cumsum[time](z)"),
    ("r[row, col] = softmax[col](X)", "saved r[row, col] : real = softmax[col](X)"),
    ("r = sum[row](X @ beta)", "saved r : real = sum[row]((X @[col] beta))"),
    # sums over numbers are written out
    ("r = sum[j = 1..3](mu ^ j)", "saved r : real = (((mu ^ 1) + (mu ^ 2)) + (mu ^ 3))"),
    ("r = max[j = 0..1](xi[county = 0, pair = j])", None),
    ("r = prod[j = 2..2](mu * j)", "saved r : real = (mu * 2)"),
    ("r = sum[j = 1..2](sum[i = 1..j](mu))", "saved r : real = (mu + (mu + mu))"),
    # positions and sizes
    ("r[time] = 2 * pos(time)", "saved r[time] : int = (2 * pos(time))"),
    ("r = size(row) - 1", "saved r : int = (size(row) - 1)"),
    # indices as values
    ('r[row] = county_of == "ADA"', 'saved r[row] : bool = (county_of == "ADA")'),
    ("r[row] = if(b, twin_of, twin_of)", "saved r[row] : index(peer) = if(b, twin_of, twin_of)"),
    ("r[row] = twin_of != twin_of", "saved r[row] : bool = (twin_of != twin_of)"),
    # literals
    ("r[k] = [1, 2.5, 3]", "saved r[k] : real = [1, 2.5, 3]"),
    ("r[pair] = [mu, 2 * mu]", "saved r[pair] : real = [mu, (2 * mu)]"),
    # keywords
    ("let r = mu", "let r : real = mu"),
    ("predict r = mu", "predicted r : real = mu"),
]


@pytest.mark.parametrize(("statement", "expected"), EXPRESSIONS, ids=[s for s, _ in EXPRESSIONS])
def test_expressions(line, statement, expected):
    found = line(statement)
    assert expected is None or found == expected


SHIFTS = [
    # pushed to the leaves, which are named quantities
    ("(z + 2 * z)[time - 1]", "(z[time - 1] + (2 * z[time - 1]))"),
    ("z[time - 1][time - 1]", "z[time - 2]"),
    ("z[time - 1 - 1]", "z[time - 2]"),
    ("z[time + 1][time - 1]", "z"),
    ("z[time - 0]", "z"),
    ("(mu * z)[time - 3]", "(mu * z[time - 3])"),
    ("pos(time)[time - 1]", "(pos(time) - 1)"),
    ("exp(z)[time - 1]", "exp(z[time - 1])"),
    ("sum[j = 1..2](j * z[time - j])", "((1 * z[time - 1]) + (2 * z[time - 2]))"),
    ("sum[j = 1..2](z[time - j])", "sum[k = 1..2](z[time - k])"),
]


@pytest.mark.parametrize(("written", "shown"), SHIFTS, ids=[s for s, _ in SHIFTS])
def test_shifts(line, written, shown):
    start = "z[time < 5] ~ Normal(0, 1)\n"
    found = line(f"{start}z[time] ~ Normal({written}, 1)", "z.2")
    assert f"loc = {shown}, " in found


WRONG = [
    ("r[row] = nothing", "G0201"),
    ("r[row] = mu.nothing", "G0201"),
    ("r = slope", "G0201"),
    ("r = first", "G0201"),
    ("r[rows] = x", "G0202"),
    ("r = pos(mu)", "G0202"),
    ("r = sum[nope](x)", "G0202"),
    ("r[mu] = 1", "G0202"),
    ("r = x", "G0203"),
    ("r[row] = alpha", "G0203"),
    ("r[col] = X", "G0203"),
    ("mu = 1", "G0204"),
    ("row = 1", "G0204"),
    ("r[row] = mu[row]", "G0205"),
    ("r[county] = xi[row]", "G0205"),
    ("r[row] = county_of < county_of", "G0205"),
    ("r[county] = xi[pair = nope]", "G0206"),
    ('r[county] = xi["slop"]', "G0207"),
    ("r[county] = xi[pair = 2]", "G0206"),
    ("r = z[-1]", "G0206"),
    ("r = X[0]", "G0207"),
    ('r = X["a"]', "G0207"),
    ("r[col] = X[county_of]", "G0209"),
    ("r[row] = alpha[n]", "G0208"),
    ("r[row] = alpha[x]", "G0208"),
    ("r[row] = alpha[county = n]", "G0208"),
    ("r[row] = beta[county_of]", "G0209"),
    ("r[row] = alpha[county = twin_of]", "G0209"),
    ("r = z[time = 0, time = 1]", "G0209"),
    ("r[row, col] = X @ beta", "G0210"),
    ("r = X @ X", "G0210"),
    ("r = sum(x)", "G0211"),
    ("r = nope(x)", "G0211"),
    ("r = nope[row](x)", "G0211"),
    ("r = mu(1)", "G0211"),
    ("r[row] = exp(x, x)", "G0212"),
    ("r[row] = exp(x = x)", "G0212"),
    ("r = sum[row](x, x)", "G0212"),
    ("r = pos()", "G0212"),
    ("r = sum[row](mu)", "G0213"),
    ("r = sum[j = 3..1](mu)", "G0213"),
    ("r = sum[j = 1..size_int](mu)", "G0213"),
    ("r = sum[row = 1..3](mu)", "G0213"),
    ("r[row, col] = cumsum[row, col](X)", "G0213"),
    ("r[row, row] = 1", "G0214"),
    ("y[col] ~ Normal(0, 1)", "G0215"),
    ("r[row] = row", "G0216"),
    ("r = Normal(0, 1)", "G0218"),
    ("r = exp", "G0218"),
    ("r = Normal", "G0218"),
    ("r = [1, 2]", "G0219"),
    ("r[k] = [1, 2]", "G0219"),
    ("r[k] = [1, 2, x]", "G0203"),
    ("r[k, pair] = [1, 2, 3]", "G0219"),
    ("r[k] = [[1, 2], [3, 4], [5, 6]]", "G0219"),
    ("r[k, pair] = [[1, 2], [3, 4], [5]]", "G0219"),
    ("r[k, pair] = [1, [3, 4], [5, 6]]", "G0219"),
    ("r[pair] = [xi[county = 0], 1]", "G0219"),
    ("r = 1 + [1]", "G0219"),
    ('r = "a"', "G0220"),
    ("r[row] = 2 * county_of", "G0303"),
    ("r[row] = county_of == 1", "G0303"),
    ("r[row] = if(b, county_of, 1)", "G0303"),
    ("r[row] = x >> x", "G0407"),
]


@pytest.mark.parametrize(("statement", "code"), WRONG, ids=[s for s, _ in WRONG])
def test_a_mistake_is_reported_once_and_as_what_it_is(codes, statement, code):
    assert codes(statement) == [code]


def test_errors_of_both_sides_and_of_all_arguments_are_found(errors):
    found = errors("r = (one + two) * sum[row](three) + exp(four)\nq ~ Normal(five, six)")
    assert [d.message for d in found] == [
        f"nothing is called `{n}`" for n in ("one", "two", "three", "four", "five", "six")
    ]


def test_a_broken_quantity_is_not_reported_again_where_it_is_used(codes):
    text = "r[nope] ~ Normal(0, 1)\ns = r + 1\nt ~ Normal(s, r)\nu[row] = r[row] * nothing"
    assert codes(text) == ["G0202", "G0201"]


def test_an_unknown_name_is_reported_once(errors):
    found = errors("r = nope + 1\ns = nope * 2\nt ~ Normal(nope, 1)")
    assert [d.span.line for d in found] == [26]


def test_uses_of_an_equation_that_failed_have_their_dimensions_checked(codes):
    assert codes("r[county] = alpha + nope\ns[row] = r") == ["G0201", "G0203"]


def test_the_kind_of_an_equation_that_failed_is_not_held_against_it(codes):
    assert codes("r[row] = county_of[nope]\ns[row] = alpha[r]") == ["G0201"]
