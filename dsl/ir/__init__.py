"""The typed intermediate representation of a program."""
