"""A recurrence, position after position."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def scan(step, carry, inputs, length=None):
    """The last carry and the outputs of all steps, these on the first axis.

    `step(carry, row)` returns the next carry and an output; `inputs` are a tensor, several with a
    row for each step, or None where there are `length` steps. Outputs are a tensor or several.
    """
    is_one = not isinstance(inputs, tuple)
    if inputs is None:
        rows = [None] * length
    else:
        rows = list(inputs) if is_one else list(zip(*inputs, strict=True))
    outputs = []
    for row in rows:
        carry, output = step(carry, row)
        outputs.append(output)
    if not outputs:  # the shapes are those of a step that is not taken
        empty = inputs
        if inputs is not None:
            parts = [
                torch.zeros(x.shape[1:], dtype=x.dtype) for x in ([inputs] if is_one else inputs)
            ]
            empty = parts[0] if is_one else tuple(parts)
        _, output = step(carry, empty)
        parts = output if isinstance(output, tuple) else (output,)
        none = tuple(torch.as_tensor(part)[None][:0] for part in parts)
        return carry, none if isinstance(output, tuple) else none[0]
    if isinstance(outputs[0], tuple):
        return carry, tuple(torch.stack(part) for part in zip(*outputs, strict=True))
    return carry, torch.stack(outputs)
