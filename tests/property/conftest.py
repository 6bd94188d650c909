"""The shared generator on the path, and one profile: the same examples in every run."""

import sys
from pathlib import Path

from hypothesis import Phase, settings

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode does not, and it is shared

settings.register_profile(
    "programs",
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
