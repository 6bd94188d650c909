"""The precision and the device of numbers that a program writes itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch


@contextmanager
def defaults(dtype: torch.dtype, device: torch.device | None = None) -> Iterator[None]:
    """What is made within is of this type, on this device: without one, on torch's default."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with ExitStack() as stack:
            if device is not None and device != torch.get_default_device():
                stack.enter_context(device)
            yield
    finally:
        torch.set_default_dtype(before)
