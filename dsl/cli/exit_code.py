"""What the process's exit status says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Scripts read these: they are part of the interface."""

    DONE = 0
    WRONG_INPUT = 1
    WRONG_COMMAND = 2
    INFERENCE_FAILED = 3
    NOT_TO_BE_TRUSTED = 4
    INTERNAL_ERROR = 70
    INTERRUPTED = 130
