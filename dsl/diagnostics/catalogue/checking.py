"""G09xx: fixed quantities and cross-validation."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0901",
        Severity.ERROR,
        "a quantity to fix that is not there",
        """\
`--set` and `--do`, `condition` and `do` name quantities and data of the model, those of submodels
in full: `beta.tau`. `gendsl info` lists them.
""",
    ),
    CatalogueRow(
        "G0902",
        Severity.ERROR,
        "a value that does not fit its quantity",
        """\
A value is a number for each entry, in the order of the quantity's dimensions, or one number for
all of them; members in brackets, `theta[school="A"]`, are labels of its dimensions, or positions
where a dimension has no labels. A value outside of the quantity's support is refused as it is for
data.
""",
    ),
    CatalogueRow(
        "G0903",
        Severity.ERROR,
        "fixed twice",
        """\
A quantity has one value. Conditioning and intervening are different questions: `--set x=1` asks
what is to be expected where `x` is found to be 1, and learns from it about the causes of `x`;
`--do x=1` asks what happens when it is made 1, which tells nothing of them.
""",
    ),
    CatalogueRow(
        "G0904",
        Severity.ERROR,
        "a quantity that cannot be fixed this way",
        """\
Only what is drawn can be conditioned on: a quantity that is computed has no density of its own,
and a prediction never conditions. An intervention takes any quantity; of data and of a recurrence
it takes the whole.
""",
    ),
    CatalogueRow(
        "G0905",
        Severity.ERROR,
        "a prior given a value that cannot be drawn",
        """\
`simulate` runs the model forward. Where a quantity that is conditioned on has causes that are
drawn, these have another distribution given its value than their prior, which takes inference to
find: `gendsl infer --set`. `simulate --do` sets the value and leaves the causes alone.
""",
    ),
    CatalogueRow(
        "G0906",
        Severity.ERROR,
        "a setting that cannot be read",
        """\
A setting is `NAME=VALUE` or `NAME[MEMBERS]=VALUE`. A value is a number, `true` or `false`, a
label, a JSON list, or the path of a `.json` file. In a shell, brackets and quotes need quotes
around them: `--set 'theta[school="A"]=2'`.
""",
    ),
    CatalogueRow(
        "G0911",
        Severity.ERROR,
        "observations of several kinds",
        """\
Cross-validation leaves out one observation at a time, so that it must be said what one is. Where a
model observes several arrays over the same dimensions, one observation is the entry of all of
them; where their dimensions differ, `--site` names the one to leave out.
""",
    ),
    CatalogueRow(
        "G0912",
        Severity.ERROR,
        "nothing to leave out",
        """\
Cross-validation needs at least two observations with a log likelihood: data on the left of `~`, or
an expression that `observe` scores. Factors are no observations. Where discrete latents are summed
out, all data that share one are one observation: of a single hidden Markov chain there is nothing
to leave out. Several chains are observations each, and how well the end of one is predicted shows a
fit of its beginning.
""",
    ),
    CatalogueRow(
        "G0913",
        Severity.WARNING,
        "importance sampling that fails",
        """\
The posterior without an observation is approximated by weighting the draws of the whole posterior.
Where the observation matters much, few draws carry all of the weight, and the estimate can't be
trusted: the shape k of the weights' tail tells, above 0.7 (or less with few draws). `--refit`
draws from the posterior without it instead. Vehtari, Simpson, Gelman, Yao and Gabry (2024),
"Pareto smoothed importance sampling".
""",
    ),
    CatalogueRow(
        "G0914",
        Severity.ERROR,
        "fits of different data",
        """\
Predictive accuracies are compared observation by observation, so that the fits must have the same
observations. A model of the logarithm of `y` and one of `y` itself are comparable once both have
densities of the same data.
""",
    ),
    CatalogueRow(
        "G0915",
        Severity.ERROR,
        "folds that cannot be made",
        """\
Each fold leaves out at least one observation, and keeps at least one: there are between 2 and as
many folds as observations (or groups). `--group` and `--stratify` name data, or a dimension, whose
dimensions are among those of the observations.
""",
    ),
    CatalogueRow(
        "G0916",
        Severity.WARNING,
        "a fold that did not converge",
        """\
The model is fitted again for each fold with the same settings. Where the chains of a fold disagree
or diverge, its part of the estimate is in doubt: more warm-up and draws, as for a fit.
""",
    ),
)
