"""Maps the repository's folders onto the one import package, `gendsl`."""

from setuptools import find_packages, setup

ROOTS = {
    "gendsl": "dsl",
    "gendsl.grammar": "grammar",
    "gendsl.backends": "backends",
    "gendsl.inference": "inference",
    "gendsl.models": "models",
}

setup(
    packages=[
        package
        for name, folder in ROOTS.items()
        for package in (name, *(f"{name}.{sub}" for sub in find_packages(folder)))
    ],
    package_dir=ROOTS,
)
