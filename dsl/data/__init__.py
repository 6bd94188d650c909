"""Reading data and checking it against a program's declarations."""

from gendsl.data.atomic import atomic_path
from gendsl.data.bind import bind
from gendsl.data.python_objects import raw_of
from gendsl.data.raw import RawData
from gendsl.data.reading import read_all, read_data
from gendsl.data.write import write_data

__all__ = ["RawData", "atomic_path", "bind", "raw_of", "read_all", "read_data", "write_data"]
