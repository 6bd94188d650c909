"""Prior-data fitted networks: posterior prediction learnt from draws of a prior.

They know nothing of the language. Hand a :data:`Sampler`, which draws tasks, and a :class:`Design`
to :func:`begin`, what it returns to :func:`train`, and what that returns to :class:`Predictor` or,
in a :class:`Checkpoint`, to :func:`save`.

Source: Müller, Hollmann, Pineda Arango, Grabocka & Hutter (2022), "Transformers can do Bayesian
inference".
"""

from gendsl.inference.amortised.checkpoint import Checkpoint, digest_of, load, save
from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.heads import HEADS, Bars, Categorical, Head, Joint, Mixture
from gendsl.inference.amortised.network import Network
from gendsl.inference.amortised.predicted import Predicted
from gendsl.inference.amortised.predictor import Predictor
from gendsl.inference.amortised.prequential import context_sizes, prequential
from gendsl.inference.amortised.reference import Reference
from gendsl.inference.amortised.settings import Settings
from gendsl.inference.amortised.tasks import Sampler, Tasks, compiled
from gendsl.inference.amortised.training import Entry, Trained, begin, train
from gendsl.network_file import About, DamagedNetwork

__all__ = [
    "HEADS",
    "About",
    "Bars",
    "Categorical",
    "Checkpoint",
    "DamagedNetwork",
    "Design",
    "Entry",
    "Head",
    "Joint",
    "Mixture",
    "Network",
    "Predicted",
    "Predictor",
    "Reference",
    "Sampler",
    "Settings",
    "Tasks",
    "Trained",
    "begin",
    "compiled",
    "context_sizes",
    "digest_of",
    "load",
    "prequential",
    "save",
    "train",
]
