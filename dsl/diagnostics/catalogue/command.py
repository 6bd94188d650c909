"""G08xx: files and the command line."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0801",
        Severity.ERROR,
        "a file that cannot be read",
        """\
There is no such file, or it is a directory, or you may not read it. Paths in an `import` are
relative to the file that imports.
""",
    ),
    CatalogueRow(
        "G0802",
        Severity.ERROR,
        "a file that is not text",
        """\
Programs are UTF-8 text without NUL characters. An editor can save a file of another encoding
as UTF-8; `iconv -f latin1 -t utf-8 old.gen > new.gen` converts one.
""",
    ),
    CatalogueRow(
        "G0803",
        Severity.ERROR,
        "a file that is too large",
        """\
A program of many megabytes is nearly always data in a wrong place: numbers belong in a data file,
which is read by name.
""",
    ),
    CatalogueRow(
        "G0804",
        Severity.ERROR,
        "an output of an unknown kind",
        """\
The end of the path says how results are written: `.nc` for NetCDF, one file that ArviZ and xarray
read; `.zarr` for a folder in chunks, better for very large results. Synthetic data are written as
`.json`, pictures as `.png`, `.pdf` or `.svg`.
""",
    ),
    CatalogueRow(
        "G0805",
        Severity.ERROR,
        "not a fit",
        """\
`predict`, `summary` and `plot` read files that `gendsl infer --out` wrote. A file of another
program has draws, but neither the model's text nor the data that are needed here.
""",
    ),
    CatalogueRow(
        "G0806",
        Severity.ERROR,
        "a name that the file does not have",
        """\
`--with` names an inference program of the file (`infer NAME = ...`), `--var` a quantity of the
fit.
""",
    ),
    CatalogueRow(
        "G0807",
        Severity.ERROR,
        "a device that is not there",
        """\
`--device gpu` needs JAX's CUDA plugin, which `pip install "gendsl[cuda]"` brings, and a driver.
""",
    ),
    CatalogueRow(
        "G0808",
        Severity.ERROR,
        "an unknown code",
        """\
Codes are a `G` and four digits, as in `error[G0203]`. `gendsl explain` without a code lists them.
""",
    ),
    CatalogueRow(
        "G0809",
        Severity.NOTE,
        "data that were made up",
        """\
Data that nothing in the model draws, and that were not given, were made up from their declaration:
numbers of ordinary size inside their bounds, members of their dimension at random. Give them with
`--data` for a simulation of your own study.
""",
    ),
    CatalogueRow(
        "G0810",
        Severity.NOTE,
        "rows taken as new",
        """\
The new data cover a dimension without labels, so that nothing says which of its members are those
of the fit: all are taken as new ones. Labels (a column of names, or an index) make them the same.
""",
    ),
    CatalogueRow(
        "G0811",
        Severity.NOTE,
        "nothing to predict",
        """\
The model has no `predict` statement, and scores only expressions (`observe log(y) ~ ...`), which
can't be turned round into data. `predict` statements say which quantities of new data are wanted.
""",
    ),
    CatalogueRow(
        "G0812",
        Severity.NOTE,
        "rows that stay those of the fit",
        """\
The new data tell of some dimensions only: a table of counties, say, of a model whose rows are
houses.
The predictions are then for the fit's own rows, with the new values of their counties. Give data
over the rows too to predict others.
""",
    ),
)
