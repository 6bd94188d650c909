"""The generated parts of the docs are those that the code would write now."""

import importlib

import pytest
from pages import REPOSITORY


@pytest.fixture(scope="module")
def write_docs():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(REPOSITORY / "tools")
        return importlib.import_module("write_docs")


def test_no_page_is_stale(write_docs):
    stale = [page.name for page in write_docs.stale_pages()]
    assert not stale, f"run `python tools/write_docs.py`: {', '.join(stale)}"


def test_every_part_is_used(write_docs):
    text = "".join(page.read_text("utf-8") for page in (REPOSITORY / "docs").glob("*.md"))
    assert all(f"<!-- generated: {name} -->" in text for name in write_docs.PARTS)


def test_a_stale_part_is_noticed(write_docs, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- generated: constants -->\nold\n<!-- end -->\nafter\n", "utf-8")
    rendered = write_docs.rendered(page)
    assert "old" not in rendered and "`pi`" in rendered
    page.write_text(rendered, "utf-8")
    assert write_docs.rendered(page) == rendered
