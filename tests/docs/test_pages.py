"""Every block of the README and of the docs does what its page says.

A new page needs nothing here: it is found, its links are followed and its blocks are run.
"""

import re
from pathlib import Path

import pytest
from pages import REPOSITORY, all_pages, blocks_of
from running import run_page

PAGES = all_pages()
OWN = [page for page in PAGES if REPOSITORY / "examples" not in page.parents]
LONG = {"docs/inference-core.md", "docs/model-checking.md", "docs/pfn.md"}
"""Pages whose blocks take more than a minute."""
LARGEST_IMAGE = 100_000
LARGEST_OF_GALLERY = 40_000
IMAGES = sorted(path for path in (REPOSITORY / "docs" / "images").rglob("*") if path.is_file())

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


@pytest.fixture(scope="module", autouse=True)
def compiled_programs(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENDSL_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("NO_COLOR", "1")
        yield


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=(pytest.mark.slow,) if name_of(page) in LONG else ())
        for page in OWN
    ],
    ids=name_of,
)
def test_blocks_run(page: Path, tmp_path: Path) -> None:
    run_page(page, tmp_path)


def without_blocks(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^(`{3,}).*?^\1[ \t]*$", "", text, flags=re.MULTILINE | re.DOTALL)


def links_of(page: Path) -> list[str]:
    return _LINK.findall(re.sub(r"`[^`]*`", "", without_blocks(page)))


def anchor_of(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links_of(page):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} leads nowhere"
        if anchor:
            anchors = {anchor_of(h) for h in _HEADING.findall(without_blocks(file))}
            assert anchor in anchors, f"{target}: no such heading"


@pytest.mark.parametrize("image", IMAGES, ids=name_of)
def test_images_are_small_and_shown(image: Path) -> None:
    is_of_gallery = image.parent.name == "gallery"
    assert image.stat().st_size < (LARGEST_OF_GALLERY if is_of_gallery else LARGEST_IMAGE)
    assert any(image.name in page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_can_be_read_anywhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in (Path(__file__).parents[2], Path.home()):
        assert f"{path}/" not in text
    assert text.endswith("\n") and "\t" not in text
    assert all(block.language for block in blocks_of(page)), "a fence without a language"
