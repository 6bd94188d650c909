"""The weights of a trained network, from its file."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import functools

import safetensors


@functools.cache
def network_file(path, digest):
    """Read the weights of the trained network whose digest begins so, by their names."""
    with safetensors.safe_open(path, framework="pt") as file:
        if not file.metadata()["digest"].startswith(digest):
            raise ValueError(f"{path} is not the network that this program was written for")
        parts = "['reference'].", "['state'].average."
        return {
            name.removeprefix(part): file.get_tensor(name)
            for part in parts
            for name in file.keys()  # noqa: SIM118
            if name.startswith(part)
        }
