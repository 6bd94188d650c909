"""The compiler setting is added once and leaves a user's own alone."""

from gendsl.inference.compiler_flags import inline_small_loops


def test_the_flag_is_added_to_what_is_there() -> None:
    environ: dict[str, str] = {}
    assert inline_small_loops(environ)
    assert environ["XLA_FLAGS"].startswith("--xla_backend_extra_options=")
    assert not inline_small_loops(environ)
    environ = {"XLA_FLAGS": "--xla_dump_to=/nowhere"}
    assert inline_small_loops(environ)
    assert environ["XLA_FLAGS"].startswith("--xla_dump_to=/nowhere --xla_backend")


def test_a_users_own_options_stay() -> None:
    environ = {"XLA_FLAGS": "--xla_backend_extra_options=a=b"}
    assert not inline_small_loops(environ)
    assert environ == {"XLA_FLAGS": "--xla_backend_extra_options=a=b"}
