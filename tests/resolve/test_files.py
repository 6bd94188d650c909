"""Files: submodels, functions, imports, models to choose from, inference programs."""

from pathlib import Path

import pytest

from gendsl.api.settings import settings_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.frontend.read import read
from gendsl.ir.printer import print_program
from gendsl.ir.verify import verify
from gendsl.pipeline import check, front

HORSESHOE = """\
submodel horseshoe(scale, df = 1)[k] {
  tau ~ HalfCauchy(scale)
  lambda[k] ~ HalfStudentT(df, 1)
  z[k] ~ Normal(0, 1)
  horseshoe[k] = z * lambda * tau
}
"""


def lines(program):
    return [line.strip() for line in print_program(program).splitlines()]


def test_a_submodel_is_written_out(program):
    found = lines(program("r[col] ~ horseshoe(0.1)", before=HORSESHOE))
    for expected in [
        "latent r.tau : real in real >= 0.0 ~ HalfCauchy(scale = 0.1)",
        "latent r.lambda[col] : real in real >= 0.0 ~ HalfStudentT(df = 1, scale = 1)",
        "latent r.z[col] : real in real ~ Normal(loc = 0, scale = 1)",
        "saved r[col] : real = ((r.z * r.lambda) * r.tau)",
    ]:
        assert expected in found


def test_dimensions_that_come_before_are_those_of_every_part(program):
    found = program("r[county, col] ~ horseshoe(df = 3, scale = sigma)", before=HORSESHOE)
    dims = {n.name: n.dims for n in found.nodes}
    assert dims["r.tau"] == ("county",)
    assert dims["r.z"] == dims["r"] == ("county", "col")


def test_parts_are_referred_to_by_their_names(program):
    assert program("r[col] ~ horseshoe(1)\ns = 2 * r.tau", before=HORSESHOE)


def test_a_submodel_in_a_submodel(program):
    before = HORSESHOE + (
        "submodel both(s)[j] {\n  a[j] ~ horseshoe(s)\n  b[j] ~ horseshoe(2 * s)\n"
        "  both[j] = a + b\n}\n"
    )
    found = program("r[col] ~ both(0.5)", before=before)
    names = [n.name for n in found.nodes]
    assert {"r.a.tau", "r.b.tau", "r.a", "r.b", "r"} <= set(names)
    assert "latent r.b.tau : real in real >= 0.0 ~ HalfCauchy(scale = (2 * 0.5))" in lines(found)


def test_a_submodel_may_have_a_recurrence_and_dimensions_of_its_own(program):
    before = (
        "submodel walk(s)[t] {\n  dim basis = 3\n  w[basis] ~ Normal(0, 1)\n"
        "  walk[t = first] ~ Normal(0, 10)\n  walk[t] ~ Normal(walk[t - 1], s * sum[basis](w))\n}\n"
    )
    found = program("r[time] ~ walk(0.1)", before=before)
    assert "r.basis" in {d.name for d in found.dimensions}


def test_a_running_name_does_not_catch_an_argument(program):
    before = "submodel s(a) {\n  s = sum[j = 1..2](a * j)\n}\n"
    found = lines(program("j ~ Normal(0, 1)\nr ~ s(j)", before=before))
    assert "saved r : real = ((j * 1) + (j * 2))" in found


def test_a_predicted_submodel_is_predicted_throughout(program):
    found = program("predict r[col] ~ horseshoe(1)", before=HORSESHOE)
    roles = {n.name: str(n.role) for n in found.nodes if n.name.startswith("r")}
    assert set(roles.values()) == {"predicted"}


def test_data_may_be_observed_through_a_submodel(program):
    before = "submodel noisy(m)[i] {\n  s ~ HalfNormal(1)\n  noisy[i] ~ Normal(m, s)\n}\n"
    found = program("y[row] ~ noisy(mu + x)", before=before)
    assert [str(n.role) for n in found.nodes if n.name.startswith("y")] == ["latent", "observed"]


def test_functions(line):
    before = "def line(t, a, b = 2 * a) = a + b * t\ndef twice(x) = line(x, x, b = 0) * 2\n"
    assert (
        line("r[row] = line(x, mu)", before=before) == "saved r[row] : real = (mu + ((2 * mu) * x))"
    )
    assert line("r[row] = line(b = 1, t = x, a = 0)", before=before).endswith("(0 + (1 * x))")
    assert line("r[row] = twice(x)", before=before).endswith("((x + (0 * x)) * 2)")


def test_a_function_may_look_back(line):
    before = "def step(s) = s - s[time - 1]\n"
    assert "(z - z[time - 1])" in line("observe step(z) ~ Normal(0, 1)", "observe", before=before)


@pytest.mark.parametrize(
    ("before", "text", "code"),
    [
        (HORSESHOE, "r ~ horseshoe(1)", "G0217"),
        (HORSESHOE, "r[col] ~ horseshoe()", "G0212"),
        (HORSESHOE, "r[col] ~ horseshoe(1, 2, 3)", "G0212"),
        (HORSESHOE, "r[col] ~ horseshoe(1, nope = 2)", "G0212"),
        (HORSESHOE, "r[col] ~ horseshoe(1, scale = 2)", "G0212"),
        (HORSESHOE, "r[col] : real > 0 ~ horseshoe(1)", "G0217"),
        (HORSESHOE, "r[col] ~ horseshoe(1) where mu > 0", "G0217"),
        (HORSESHOE, "r[col] ~ horseshoe(1) as centred", "G0217"),
        (HORSESHOE, "r[time = first] ~ horseshoe(1)", "G0217"),
        (HORSESHOE, "r = horseshoe(1)", "G0218"),
        (HORSESHOE, "r = horseshoe", "G0218"),
        (HORSESHOE, "r[col] ~ horseshoe(1)\ns = r.nope", "G0201"),
        ("submodel s() { a ~ Normal(0, 1) }\n", "", "G0217"),
        ("submodel s() { s ~ Normal(mu, 1) }\n", "", "G0221"),
        ("submodel s()[k] { s[k] = sum[row](k) }\n", "", "G0221"),
        ("submodel s() { s ~ s() }\n", "r ~ s()", "G0410"),
        ("submodel s(a, a) { s = a }\n", "", "G0204"),
        ("submodel s(a) { s = a }\nsubmodel s(a) { s = a }\n", "", "G0204"),
        ("submodel s() { data q : real\ns = 1 }\n", "", "G0217"),
        ("def f(x) = mu\n", "", "G0221"),
        ("def f(x, y = mu) = x\n", "", "G0221"),
        ("def f(x) = x + f(x)\n", "r = f(1)", "G0413"),
        ("def f(x) = g(x)\ndef g(x) = f(x)\n", "r = f(1)", "G0413"),
        ("def f(x) = x\n", "r = f()", "G0212"),
        ("def f(x) = x\n", "r = f(1, 2)", "G0212"),
        ("def f(x) = x\n", "r = f(1, x = 2)", "G0212"),
        ("def f(x) = x\n", "r = f(z = 2)", "G0212"),
        ("def f(x) = x * x\n", f"r = {'f(' * 20}mu{')' * 20}", "G0413"),
        (
            "".join(f"def f{i}(x) = f{i + 1}(x)\n" for i in range(40)) + "def f40(x) = x\n",
            "r = f0(1)",
            "G0413",
        ),
    ],
)
def test_what_may_not_be(codes, before, text, code):
    assert codes(text, before=before) == [code]


def test_submodels_do_not_grow_beyond_all_bounds(codes):
    before = "submodel s0() { s0 ~ Normal(0, 1) }\n" + "".join(
        f"submodel s{i}() {{ a ~ s{i - 1}()\nb ~ s{i - 1}()\ns{i} = a + b }}\n"
        for i in range(1, 25)
    )
    assert codes("r ~ s24()", before=before) == ["G0410"]
    assert codes("r ~ s17()", before=before) == ["G0410"]


MODEL = "model {} {{\n  data y : real\n  mu ~ Normal(0, 1)\n  y ~ Normal({}, 1)\n}}\n"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.gen"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def errors_of(source: Source, model: str | None = None) -> list[str]:
    with pytest.raises(DiagnosticError) as caught:
        front(source, model)
    return [f"{d.code}: {d.message}" for d in caught.value.diagnostics]


def test_imports_are_found_beside_the_file_that_imports(tmp_path):
    write(
        tmp_path,
        main='import "lib/one.gen"\n' + MODEL.format("m", "twice(mu)"),
        lib__one='import "../two.gen"\ndef twice(x) = double(x)\n',
        two="def double(x) = 2 * x\n",
    )
    program, _ = front(read(str(tmp_path / "main.gen")))
    verify(program)
    assert "loc = (2 * mu)" in print_program(program)


def test_a_file_imported_twice_is_read_once(tmp_path):
    write(
        tmp_path,
        main='import "lib/one.gen"\nimport "two.gen"\nimport "./lib/../two.gen"\n'
        + MODEL.format("m", "mu"),
        lib__one='import "../two.gen"\n',
        two="def double(x) = 2 * x\n",
    )
    assert check(read(str(tmp_path / "main.gen"))) == ()


def test_imports_in_a_circle(tmp_path):
    write(
        tmp_path,
        main='import "lib/one.gen"\n' + MODEL.format("m", "mu"),
        lib__one='import "../lib/two.gen"\n',
        lib__two='import "../main.gen"\n',
    )
    (found,) = check(read(str(tmp_path / "main.gen")))
    assert found.code == "G0411"


def test_missing_and_broken_imports(tmp_path):
    write(
        tmp_path,
        main='import "nope.gen"\nimport "bad.gen"\nimport "wrong.gen"\n' + MODEL.format("m", "mu"),
        bad="def f(x) =\n",
        wrong="def g(x) = y\n",
    )
    found = check(read(str(tmp_path / "main.gen")))
    assert sorted(d.code for d in found) == ["G0101", "G0221", "G0411"]


def test_choosing_a_model(tmp_path):
    both = Source("t.gen", MODEL.format("one", "mu") + MODEL.format("two", "2 * mu"))
    assert front(both, "two")[0].name == "two"
    assert errors_of(both) == ["G0402: t.gen has 2 models: `one`, `two`"]
    assert errors_of(both, "too") == ["G0402: t.gen has no model `too`"]
    assert errors_of(Source("t.gen", "def f(x) = x\n")) == ["G0401: t.gen has no model"]
    write(tmp_path, main='import "lib.gen"\n', lib=MODEL.format("only", "mu"))
    assert front(read(str(tmp_path / "main.gen")))[0].name == "only"


def test_errors_of_all_models_are_found_by_check():
    text = "def f(x) = nope\n" + MODEL.format("one", "m") + MODEL.format("two", "f(n)")
    assert [d.code for d in check(Source("t.gen", text))] == ["G0221", "G0201", "G0201"]


def test_errors_stand_in_the_order_of_their_lines():
    text = "model m {\n  a = b1\n  c[k] = 1\n  d ~ normal(0, 1)\n  e1 = e1\n  data y : reel\n}\n"
    assert [d.span.line for d in check(Source("t.gen", text))] == [2, 3, 4, 5, 6]


def infer(text):
    return Source("t.gen", MODEL.format("m", "mu") + text)


def test_settings_of_inference_programs():
    (main,) = front(infer(""))[0].inference
    assert (main.name, main.pieces[0].name) == ("main", "nuts")
    program = front(infer("infer a = nuts(chains = 2)\ninfer b = nuts(target_accept = 0.9)\n"))[0]
    assert [dict(p.pieces[0].settings)["chains"] for p in program.inference] == [2, 4]


@pytest.mark.parametrize(
    ("written", "codes_found"),
    [
        ("nust()", "G0407"),
        ("nuts", "G0407"),
        ("nuts() >> nuts()", "G0437"),
        ("3", "G0407"),
        ("nuts(4)", "G0408"),
        ("nuts(chain = 4)", "G0408"),
        ("nuts(chains = 0)", "G0408"),
        ("nuts(chains = -1)", "G0408"),
        ("nuts(chains = 1.5)", "G0408"),
        ("nuts(chains = x)", "G0408"),
        ("nuts(chains = 1, chains = 1)", "G0408"),
        ("nuts(target_accept = 1.5)", "G0408"),
        ("nuts(tune = 1, cores = 2)", "G0408 G0408"),
    ],
)
def test_wrong_inference_programs(written, codes_found):
    source = infer(f"infer main = {written}\n")
    assert [d.code for d in check(source)] == codes_found.split()
    program, warnings = front(source)
    assert [d.code for d in warnings] == ["G0826"]
    with pytest.raises(DiagnosticError) as caught:
        settings_of(program, "main", {})
    assert [d.code for d in caught.value.diagnostics] == codes_found.split()
