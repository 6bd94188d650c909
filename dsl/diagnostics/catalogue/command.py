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
    CatalogueRow(
        "G0813",
        Severity.ERROR,
        "a setting that the inference program has not",
        """\
`--chains`, `--warmup`, `--draws` and `--target-accept` take precedence over the same settings of
the inference program; a program that has no such setting can't take it: an approximation has no
chains.
""",
    ),
    CatalogueRow(
        "G0820",
        Severity.ERROR,
        "a folder that is not a run's",
        """\
`--resume` takes the folder of a run that was stopped, or one that is not there yet, in which a run
then begins. A folder with anything else in it is left as it is.
""",
    ),
    CatalogueRow(
        "G0821",
        Severity.ERROR,
        "the folder of another run",
        """\
A run goes on only as what it began as: the same program, data, seed, chains, warm-up and settings,
in the same precision, on the same kind of device, with the same versions of gendsl and JAX. Only so
are its draws those of a run that was never stopped. The notes say what is different. The number of
draws may change: with more, a finished run goes on.
""",
    ),
    CatalogueRow(
        "G0822",
        Severity.ERROR,
        "a damaged run",
        """\
The checkpoint, or draws before it, are not what the run wrote: a file was changed, cut short or
removed. They carry digests, so that this is seen, and nothing of them is used. A kill or a full
disk does not do that, since files take their place when they are whole; a fault of the disk does.
""",
    ),
    CatalogueRow(
        "G0823",
        Severity.ERROR,
        "a run that is still going",
        """\
Another process writes to the folder. Two would spoil each other's draws.
""",
    ),
    CatalogueRow(
        "G0824",
        Severity.ERROR,
        "nothing that could go on",
        """\
`--resume` streams the draws of chains, which depend on nothing but where the chains stand. An
approximation or a population is made as a whole.
""",
    ),
    CatalogueRow(
        "G0825",
        Severity.NOTE,
        "devices that stay idle",
        """\
Chains are spread over devices in equal shares, so that their number has to be a multiple of that of
the devices in use. `--chains` with a multiple of all of them leaves none idle.
""",
    ),
    CatalogueRow(
        "G0826",
        Severity.WARNING,
        "an inference program with errors",
        """\
An `infer` line of the file has errors. They stop the runs that choose it, by `--with NAME` or as
the file's first, and nothing else: other inference programs, `simulate` and `info` go on. `gendsl
check` shows the errors with their places.
""",
    ),
    CatalogueRow(
        "G0830",
        Severity.ERROR,
        "superchains that the chains do not make",
        """\
`--superchains K` starts the chains from K points, each the same number of them, for nested R-hat:
the number of chains has to be a multiple of K.
""",
    ),
    CatalogueRow(
        "G0831",
        Severity.ERROR,
        "a model with a factor, to be simulated",
        """\
`gendsl sbc` and `gendsl geweke` draw parameters and data from the model, whose true values are then
known. A `factor` multiplies the density by a number and says nothing of how to draw. Where it
stands for a distribution, write that (`y ~ ...`); where it stands for a prior up to a constant,
write one that can be drawn from.

Wrong:
    mu ~ Normal(0, 1)
    factor -0.5 * square(y - mu)
Right:
    mu ~ Normal(0, 1)
    y ~ Normal(mu, 1)
""",
    ),
    CatalogueRow(
        "G0832",
        Severity.ERROR,
        "more draws than a fit makes",
        """\
`gendsl sbc` ranks each true value among `--draws` draws of a fit. Chains go on until they have that
many; an approximation or a population makes as many as its settings say.
""",
    ),
    CatalogueRow(
        "G0833",
        Severity.ERROR,
        "a joint test of what is no kernel",
        """\
Geweke's joint test lets a kernel and the simulation of data take turns. An approximation or a
population has no kernel; `gendsl sbc` checks any program that gives draws.
""",
    ),
    CatalogueRow(
        "G0834",
        Severity.ERROR,
        "nothing for a kernel to alternate with",
        """\
Geweke's joint test draws new data at each turn. In a model that observes nothing there are none:
its posterior is its prior, from which `gendsl simulate` draws; `gendsl sbc` compares the two.
""",
    ),
    CatalogueRow(
        "G0835",
        Severity.ERROR,
        "a prior that depends on what is observed",
        """\
Geweke's joint test draws new data given the parameters at each turn. Where the prior of a parameter
depends on data that are observed themselves, these come before the parameter, and would have to be
drawn given it. `gendsl sbc` simulates everything in order, and has no such limit.
""",
    ),
    CatalogueRow(
        "G0836",
        Severity.ERROR,
        "no curve to draw",
        """\
`gendsl plot --curve` draws a quantity that varies over one dimension, along real data of that
dimension, one number for each point. Where several data are numbers along it, `--along` says which,
and `--at` those of the data shown with it. A logarithmic axis takes positive numbers alone.

Wrong:
    predict curve[grid, region] = f[region](x_new)
Right:
    predict curve[grid] = f[region = first](x_new)
""",
    ),
    CatalogueRow(
        "G0837",
        Severity.ERROR,
        "a coverage without observations",
        """\
Coverage is the share of observations that lie in intervals of their predictions: each observation
needs draws of its own. `--observed` names the data that a quantity predicts, entry by entry.
""",
    ),
    CatalogueRow(
        "G0838",
        Severity.ERROR,
        "replicates of a new function",
        """\
Where a random function is integrated out of `y`, a replicate of `y` has a function of its own,
drawn from the prior: held against the data it says nothing of the fit. Predictions by name are of
the function that was inferred.

Wrong:
    gendsl plot fit.nc --coverage y
Right:
    predict y_new[row] ~ Normal(f(x), sigma)   # gendsl plot fit.nc --coverage y_new --observed y
""",
    ),
    CatalogueRow(
        "G0839",
        Severity.ERROR,
        "too many points for the exact solver",
        """\
The exact solver holds covariances of all points of a random function, n^2 numbers, and takes time
in proportion to n^3. Where one covariance is beyond 8 GiB, from 32,769 points on, it is refused
before the work starts. Other solvers take more: `state_space` for a Markovian kernel on a line,
`inducing` and `vecchia` for any kernel, `hilbert` for a smooth one.

Wrong:
    f ~ GP(kernel = Matern32(len))
    y[row] ~ Normal(f(x), sigma)               # 100,000 rows
Right:
    f ~ GP(kernel = Matern32(len), approx = state_space)
    y[row] ~ Normal(f(x), sigma)
""",
    ),
    CatalogueRow(
        "G0848",
        Severity.ERROR,
        "a score without observations",
        """\
The score of a prediction is the log of its density at what was observed, so that it takes
observations: data of the new rows, or the values of what a `predict` statement draws.

Wrong:
    fit.score({"z": z}, "y_new")
Right:
    fit.score({"z": z}, "y_new", observed)     # predict y_new[grid] ~ Normal(f(z), sigma)
""",
    ),
    CatalogueRow(
        "G0849",
        Severity.WARNING,
        "a name among the data that is probably a slip",
        """\
The data hold a name that the model does not declare, and that is nearly the name of data which are
not given; or new data hold one that is nearly that of a dimension. What is not given is as in the
fit, and members without labels are new ones, so that a slip gives other predictions.

Wrong:
    fit.predict({"temprature": [21, 24], "wind": [3, 5]})       # data temperature[row] : real
Right:
    fit.predict({"temperature": [21, 24], "wind": [3, 5]})
""",
    ),
    CatalogueRow(
        "G0850",
        Severity.WARNING,
        "observations that the fit rules out",
        """\
Observations have the predictive density 0 in every draw, such as a value beyond the bounds of its
distribution. The sum of the log densities is then -inf, and has no standard error. Either they are
errors in the data, or the model allows too little.

Wrong:
    share[row] ~ Beta(a, b)                     # and a new row where `share` is 1
Right:
    share[row] ~ Censored(Normal(mu, s), lower = 0, upper = 1)
""",
    ),
    CatalogueRow(
        "G0851",
        Severity.WARNING,
        "a step to new positions that is unlike the fit's",
        """\
What runs along an ordered dimension goes from one position to the next, whatever their labels. New
positions come right after the last one of the fit: day 15 after day 10 is one step, as day 11 would
be, and is predicted as day 11 is. Distances of labels that are numbers or dates are held against
those among the fit's labels.

Wrong:
    fit.predict({"day": [15, 16]})                      # the fit ended at day 10
Right:
    fit.predict({"day": [11, 12, 13, 14, 15, 16]})      # of which the last two are looked at
""",
    ),
    CatalogueRow(
        "G0852",
        Severity.WARNING,
        "a score of observations that were fitted",
        """\
Among the observations that are scored are some that the fit has seen. It predicts these better than
new ones, so that the sum says too much for the model. A series needs none of its past among the new
data: it goes on from the last position of the fit.

Wrong:
    fit.score({"day": [*days, 11, 12], "y": [*y, 1.2, 0.8]})
Right:
    fit.score({"day": [11, 12], "y": [1.2, 0.8]})
""",
    ),
    CatalogueRow(
        "G0853",
        Severity.ERROR,
        "a score given observations that are not there",
        """\
The density of a quantity is given what it is computed from. Observed data among that, such as the
value before of a series, must be known on the new rows: a density given draws in their place, or
given nothing, would be that of another forecast.

Wrong:
    fit.score({"day": [11, 12]}, "y_next", next)        # y_next[day] ~ Normal(phi * y, s)
Right:
    fit.score({"day": [11, 12], "y": y}, "y_next", next)
""",
    ),
    CatalogueRow(
        "G0854",
        Severity.ERROR,
        "new data of which nothing is used",
        """\
The model declares no name that the new data hold. What is not given is as in the fit, so that the
predictions would be of the rows that were fitted. For these give no data at all.

Wrong:
    gendsl predict fit.nc --data other.csv
Right:
    gendsl predict fit.nc --data new.csv
""",
    ),
    CatalogueRow(
        "G0855",
        Severity.ERROR,
        "a comparison with what a model rules out",
        """\
A model gives some of the observations the density 0, so that the sum of its log densities is -inf,
and has no distance to that of other models. A model that rules out what was observed is wrong about
it, unless the observation is.

Wrong:
    share[row] ~ Beta(a, b)                     # and a row where `share` is 1
Right:
    share[row] ~ Censored(Normal(mu, s), lower = 0, upper = 1)
""",
    ),
    CatalogueRow(
        "G0856",
        Severity.WARNING,
        "counted members that the data do not list",
        """\
`dim year : ordered from 1990` counts its members: 1990, 1991, 1992. Where the data list the labels,
in a column or in an entry of the dimension's name, the members are those that are listed, and a
shift goes from one to the next, across the numbers that are left out.

Wrong:
    dim year : ordered from 1990
    data y[year] : real          # a table with rows for 1990, 1991 and 1994
Right:
    dim year : ordered from 1990
    data y[year] : real?         # with empty rows for 1992 and 1993
""",
    ),
)
