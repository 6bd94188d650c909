"""G06xx: data meets model."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0601",
        Severity.ERROR,
        "data that are missing",
        """\
The model declares data that the given files and values do not have.

Wrong:
    data y[row] : real          # and a table without a column `y`
Right:
    data y[row] : real          # and a table with one
""",
    ),
    CatalogueRow(
        "G0602",
        Severity.ERROR,
        "a kind of data file that is not read",
        """\
The kind of a data file is told by its extension: .json, .csv and .tsv (each also with .gz),
.parquet, .nc, or a folder of .csv files.

Wrong:
    gendsl infer model.gen --data houses.xlsx
Right:
    gendsl infer model.gen --data houses.csv
""",
    ),
    CatalogueRow(
        "G0603",
        Severity.ERROR,
        "a data file that is malformed",
        """\
The file is empty, is not what its extension says, or is not UTF-8. The message has the line.

Wrong:
    {"y": [1, 2, ]}
Right:
    {"y": [1, 2]}
""",
    ),
    CatalogueRow(
        "G0604",
        Severity.ERROR,
        "ragged lists",
        """\
An array needs rows of one length. Give ragged data as a long table, or as one list of values beside
one list of indices.

Wrong:
    {"y": [[1, 2], [3]]}
Right:
    {"y": [1, 2, 3], "group_of": ["a", "a", "b"]}
""",
    ),
    CatalogueRow(
        "G0605",
        Severity.ERROR,
        "the same name twice",
        """\
A name is given twice: two columns of one name, or two files that give an array different values.
(The same values twice are no error.)

Wrong:
    id,y,y
Right:
    id,y,y_before
""",
    ),
    CatalogueRow(
        "G0606",
        Severity.ERROR,
        "two rows for one entry",
        """\
In a long table the key columns say where each row belongs; two rows have the same keys.

Wrong:
    person,item,y
    ann,1,0
    ann,1,1
Right:
    person,item,y
    ann,1,0
    ann,2,1
""",
    ),
    CatalogueRow(
        "G0607",
        Severity.ERROR,
        "an entry without a row",
        """\
A long table has no row for some combination of labels. If entries may be missing, the declaration
says so.

Wrong:
    data y[person, item] : int      # and no row for one person's answer to one item
Right:
    data y[person, item] : int?
""",
    ),
    CatalogueRow(
        "G0608",
        Severity.ERROR,
        "a value that varies within its group",
        """\
A column of a group's values stands beside the rows of its members, and must repeat itself there.

Wrong:
    house,county,uranium
    1,AITKIN,0.5
    2,AITKIN,0.6
Right:
    house,county,uranium
    1,AITKIN,0.5
    2,AITKIN,0.5
""",
    ),
    CatalogueRow(
        "G0610",
        Severity.ERROR,
        "a data file that can't be read",
        """\
The file does not exist, may not be read, or is a folder without .csv files.

Wrong:
    gendsl infer model.gen --data hosues.csv
Right:
    gendsl infer model.gen --data houses.csv
""",
    ),
    CatalogueRow(
        "G0611",
        Severity.ERROR,
        "data over other dimensions",
        """\
An array has more or fewer axes than its declaration, or axes of other names.

Wrong:
    data y[row] : real          # and {"y": [[1, 2], [3, 4]]}
Right:
    data y[row, col] : real
""",
    ),
    CatalogueRow(
        "G0612",
        Severity.ERROR,
        "sizes that disagree",
        """\
A dimension has one size wherever it appears. The message names both places.

Wrong:
    {"y": [28, 8, -3], "sigma": [15, 10]}       # both over `school`
Right:
    {"y": [28, 8, -3], "sigma": [15, 10, 16]}
""",
    ),
    CatalogueRow(
        "G0613",
        Severity.ERROR,
        "labels that disagree",
        """\
A dimension has one set of labels wherever it appears; arrays that have them in another order are
put in order. Text in an index array needs labels to point to.

Wrong:
    {"u": [0.5, 0.6], "county_of": ["ANOKA", "AITKIN", "ANOKA"]}
Right:
    {"county": ["AITKIN", "ANOKA"], "u": [0.5, 0.6], "county_of": ["ANOKA", "AITKIN", "ANOKA"]}
""",
    ),
    CatalogueRow(
        "G0614",
        Severity.ERROR,
        "a dimension of unknown size",
        """\
Nothing says how many members a dimension has: give data over it, its labels, or a size.

Wrong:
    gendsl simulate schools.gen
Right:
    gendsl simulate schools.gen --size school=8
""",
    ),
    CatalogueRow(
        "G0615",
        Severity.ERROR,
        "a dimension without members",
        """\
An array is empty, or a size comes out as 0 or less.

Wrong:
    {"y": []}
Right:
    {"y": [28, 8, -3]}
""",
    ),
    CatalogueRow(
        "G0616",
        Severity.ERROR,
        "a size that is no whole number",
        """\
The expression of a dimension's size must come out as a whole number.

Wrong:
    dim half = size(row) / 2        # and 5 rows
Right:
    dim before = size(row) - 1
""",
    ),
    CatalogueRow(
        "G0617",
        Severity.ERROR,
        "codes that may count from 0 or from 1",
        """\
Integer codes of a dimension of known size J count from 0 if 0 occurs, and from 1 if J occurs. If
neither does, the declaration must say which.

Wrong:
    dim county                  # 85 members, and codes from 3 to 70
Right:
    dim county : from 1
""",
    ),
    CatalogueRow(
        "G0618",
        Severity.ERROR,
        "a label that is no member",
        """\
An index array holds a label that its dimension does not have. Labels that the data do not know are
refused when fitting; when predicting they are new members, unless the new data give an array over
the dimension: then these list every member that the rows refer to.

Wrong:
    {"county": ["AITKIN", "ANOKA"], "county_of": ["AITKEN"]}
Right:
    {"county": ["AITKIN", "ANOKA"], "county_of": ["AITKIN"]}
""",
    ),
    CatalogueRow(
        "G0620",
        Severity.ERROR,
        "data of another type",
        """\
An entry is not of the declared type: text among numbers, a number in quotes, a fraction in an
`int`.

Wrong:
    {"y": [1, "3.5"]}
Right:
    {"y": [1, 3.5]}
""",
    ),
    CatalogueRow(
        "G0621",
        Severity.ERROR,
        "a missing value",
        """\
A value is missing (empty, null or NaN) where the declaration needs one. A `real?` that is only used
on a right side needs a distribution of its own: `y[row] ~ ...`.

Wrong:
    data y[row] : real          # and an empty cell
Right:
    data y[row] : real?
""",
    ),
    CatalogueRow(
        "G0622",
        Severity.ERROR,
        "a value that is infinite",
        """\
Data are finite, unless an inclusive bound is infinite too.

Wrong:
    data limit[row] : real          # and inf where nothing is censored
Right:
    data limit[row] : real <= inf
""",
    ),
    CatalogueRow(
        "G0623",
        Severity.ERROR,
        "an int that is too large",
        """\
Log densities are computed in float64, which holds whole numbers exactly up to 2^53. An identifier
beyond that can be an index into a dimension.

Wrong:
    data id[row] : int
Right:
    data person_of[row] : person
""",
    ),
    CatalogueRow(
        "G0624",
        Severity.ERROR,
        "data outside their bounds",
        """\
An entry is outside the bounds of its declaration, which may vary by entry.

Wrong:
    data k[row] : 0 <= int <= n     # and an entry of `k` above that of `n`
Right:
    data k[row] : 0 <= int <= n     # and no such entry
""",
    ),
    CatalogueRow(
        "G0625",
        Severity.ERROR,
        "data that are not of their joint type",
        """\
A simplex sums to 1, an ordered vector rises, a correlation matrix is positive definite with 1 on
its diagonal. Sums and symmetry hold to 1e-6.

Wrong:
    {"p": [0.5, 0.6]}           # declared `simplex`
Right:
    {"p": [0.4, 0.6]}
""",
    ),
    CatalogueRow(
        "G0626",
        Severity.ERROR,
        "a bound that can't be computed",
        """\
The bound of a declaration needs a value that is not there, or an index that is out of range.

Wrong:
    data k[row] : int <= n[row = 10]        # and 5 rows
Right:
    data k[row] : int <= n
""",
    ),
    CatalogueRow(
        "G0627",
        Severity.ERROR,
        "a position or label that is not there",
        """\
The model names a position or a label of a dimension, and the data have no such member. Positions
count from 0.

Wrong:
    baseline = y[time = 24]                    # 24 months: 0 to 23
Right:
    baseline = y[time = last]
""",
    ),
    CatalogueRow(
        "G0628",
        Severity.ERROR,
        "a start that does not fit the data",
        """\
A series looks back further than its start reaches, or than the data have positions, by a size or a
number that the data give.

Wrong:
    data n_seed : int                          # 1 in the data
    x[time < n_seed] = 0
    x[time] = x[time - 1] + x[time - 2]        # looks back 2
Right:
    n_seed of 2 or more in the data
""",
    ),
    CatalogueRow(
        "G0629",
        Severity.ERROR,
        "a time before the start",
        """\
Differential equations are solved forward, from the time at which their states start. Where the
start is inferred, a state is what it is at the start before that.

Wrong:
    x(0) = x0                                  # ts = [-1, 0, 1]
Right:
    x(-1) = x0
""",
    ),
    CatalogueRow(
        "G0630",
        Severity.NOTE,
        "data that are not used",
        """\
The data hold names that the model does not declare. That is no error: one file may serve several
models.
""",
    ),
    CatalogueRow(
        "G0631",
        Severity.NOTE,
        "codes with gaps",
        """\
An ordered dimension has the codes that occur as its members, so a shift skips the codes between
them.

To have a member for each number:
    dim year : ordered from 1990
""",
    ),
    CatalogueRow(
        "G0632",
        Severity.ERROR,
        "a point before the start of a random function",
        """\
A function with the kernel `Wiener` is 0 at 0 and wanders from there: it has no negative points.

Wrong:
    f ~ GP(kernel = Wiener(scale))             # a datum `t` is -3
    y[row] ~ Normal(f(t), sigma)
Right:
    y[row] ~ Normal(f(t - start), sigma)       # data start : real
""",
    ),
    CatalogueRow(
        "G0640",
        Severity.ERROR,
        "a file that can't be written",
        """\
The folder does not exist or may not be written, or the disk is full. Nothing is left half-written.

Wrong:
    gendsl simulate model.gen --data-out no-such-folder/data.json
Right:
    gendsl simulate model.gen --data-out data.json
""",
    ),
    CatalogueRow(
        "G0641",
        Severity.ERROR,
        "an object that is no data",
        """\
In Python, data are a dict of arrays, a DataFrame, an xarray Dataset, or a path; an array holds
numbers, text or bools.

Wrong:
    bind(program, {"y": {"a": 1}})
Right:
    bind(program, {"y": [1]})
""",
    ),
    CatalogueRow(
        "G0642",
        Severity.ERROR,
        "points outside of a box",
        """\
The waves of `approx = hilbert(m, L)` stand in a box around the points that are inferred or
observed, L times as wide as these. Outside of it they are mirrored and no approximation of the
function. A wider box needs more waves for the same detail; in several coordinates there are m of
them for each, multiplied.

Wrong:
    f ~ GP(kernel = RBF(len), approx = hilbert(m = 40, L = 1.2))
    y[year] ~ Normal(f(t), sigma)              # t from 1960 to 2000
    predict later = f(2010)
Right:
    f ~ GP(kernel = RBF(len), approx = hilbert(m = 60, L = 1.8))
    y[year] ~ Normal(f(t), sigma)
    predict later = f(2010)
""",
    ),
)
