"""What the formatter makes of a text."""

import pytest

from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.frontend.format import format_source


def formatted(text):
    return format_source(Source("test.gen", text))


def test_a_whole_file():
    untidy = """

# top
import "a.gen"  # imp
def  f( a,b=2 )=-a^-2  -  -b+[1 ,2][0]
model   m{

  # first

    dim a,b


    dim p={ x ,"y z" }   # members
  data y [ a ]:real?>0
  mu~Normal( 0,
5  # five
   # six

 )
  x[time=first]= sum [k=1 .. 11]( x[time-k] )
  factor   (mu)*(not a)
  factor factor(2)
 y =
   3 +
 4

}
model e { }
infer r=a()
>>b( n=1_000 )
# end"""
    assert (
        formatted(untidy)
        == """\
# top
import "a.gen"  # imp
def f(a, b = 2) = -a^-2 - -b + [1, 2][0]
model m {
  # first

  dim a, b

  dim p = {x, "y z"}  # members
  data y[a] : real? > 0
  mu ~ Normal(0,
    5  # five
    # six
  )
  x[time = first] = sum[k = 1..11](x[time - k])
  factor (mu) * (not a)
  factor factor(2)
  y =
    3 +
    4
}
model e {}
infer r = a()
  >> b(n = 1_000)
# end
"""
    )


def test_line_ends_become_those_of_unix():
    assert formatted("infer r = x\r\ninfer s = y\r\n") == "infer r = x\ninfer s = y\n"


def test_an_empty_file_stays_empty():
    assert formatted("\n\n") == ""


def test_a_text_that_does_not_parse_is_refused():
    with pytest.raises(DiagnosticError):
        formatted("model m {")
