"""`python -m gendsl.cli` is `gendsl`."""

from gendsl.cli.main import main

main()
