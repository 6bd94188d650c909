"""The shared generators and cases on the path, and one profile: the same examples in every run."""

import sys
from pathlib import Path

from hypothesis import Phase, settings

HERE = Path(__file__).parent
for folder in (HERE.parent / "backends", HERE):  # importlib mode does not, and they are shared
    sys.path.insert(0, str(folder))

settings.register_profile(
    "programs",
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
