"""Words that have a meaning in one place, and are names everywhere else."""

SOFT_WORDS = frozenset(
    [
        *("FACTOR", "LIKE", "FROM", "ORDERED", "BY", "ODE", "KERNEL", "NET", "MATCH", "TO", "ON"),
        *("PFN", "GIVEN", "REQUIRE"),
    ]
)
"""Their terminals, each the word in capitals: beside `NAME` they are the grammar's rule `name`."""
