"""The app in a real browser: what a person does, what they see, and that nothing leaves the machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import expressivity as ex
from expressivity.cli import main
from expressivity.playground.app.server import APP, notebooks

pytest.importorskip("marimo", reason="the playground needs marimo")
sync_api = pytest.importorskip("playwright.sync_api", reason="driving a browser needs Playwright")

CHROMIUM = os.environ.get("CHROMIUM") or next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on PATH; set CHROMIUM to its path"),
]
PATIENCE = 60_000  # milliseconds


@dataclass
class Visit:
    """A page and everything it complained about."""

    page: Any
    url: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=PATIENCE)

    def listen(self) -> None:
        def heard(message: Any) -> None:
            if message.type == "error":
                self.errors.append(message.text)

        def asked(request: Any) -> None:
            address = request.url.replace("ws://", "http://")
            if not address.startswith((self.url, "data:", "blob:")):
                self.foreign.append(request.url)

        self.page.on("console", heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", asked)
        self.page.on("websocket", lambda socket: asked(socket))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "expressivity.cli", "play", "--headless", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["url"]
    process.terminate()
    process.wait(30)
    process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        # Containers run as root without the rights that Chromium's own sandbox needs.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def open_page(browser: Any, address: str, **options: Any) -> Visit:
    context = browser.new_context(accept_downloads=True, **({"viewport": {"width": 1280, "height": 900}} | options))
    visit = Visit(context.new_page(), address)
    visit.listen()
    visit.page.goto(address)
    visit.sees("EQUIVALENT for all lengths")
    visit.page.get_by_role("link", name="krohn rhodes").wait_for(timeout=PATIENCE)  # the last cell is there
    return visit


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    visit = open_page(browser, address)
    yield visit
    assert visit.errors == []
    assert visit.foreign == []
    visit.page.context.close()


def type_language(visit: Visit, text: str) -> None:
    visit.page.get_by_label("language", exact=True).select_option("type it")
    box = visit.page.get_by_label("regular expression")
    box.fill(text)
    box.press("Enter")


def test_a_regex_a_family_and_a_format_change_the_verdict(visit: Visit) -> None:
    type_language(visit, "(aaaaa)*")
    visit.page.get_by_label("family").select_option("deltaproduct")
    visit.sees("rotations by multiples of 2π/5")
    visit.page.get_by_label("number format").select_option("fp8_e4m3fn")
    visit.sees("by a shortest word, of length 11")
    visit.page.get_by_label("evaluation order").select_option("fused")
    visit.sees("EQUIVALENT for all lengths")
    visit.page.get_by_label("family").select_option("mamba")
    visit.sees("No network of mamba recognises this language")
    visit.page.get_by_text("try every network known for this arithmetic").click()
    visit.sees("IMPOSSIBLE in fp8_e4m3fn/fused arithmetic")


def test_downloads_are_what_the_command_line_verifies(
    visit: Visit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    type_language(visit, "(ab)*")
    visit.page.get_by_label("number format").select_option("bf16")
    visit.sees("in bf16 arithmetic")
    visit.sees("2 letters and decode onto the 3 states")
    visit.page.locator("a[download='ab--deltanet-signed--bf16-per-operation.json']").wait_for(timeout=PATIENCE)
    for label, name in (("download the weights", "w.safetensors"), ("download the certificate", "c.json")):
        with visit.page.expect_download(timeout=PATIENCE) as download:
            visit.page.get_by_text(label).click()
        assert download.value.suggested_filename.startswith("ab--deltanet-signed")
        download.value.save_as(tmp_path / name)
    weights, certificate = str(tmp_path / "w.safetensors"), str(tmp_path / "c.json")
    assert main(["verify", weights, "re:(ab)*", "--arithmetic", "bf16"]) == 0
    assert main(["verify", weights, "re:(ab)*", "--certificate", certificate]) == 0
    assert main(["verify", weights, "re:(ab)*a"]) == 1
    capsys.readouterr()


def test_a_malformed_regex_is_explained_and_mended(visit: Visit) -> None:
    type_language(visit, "(ab")
    visit.sees("position 1: '(' is never closed")
    type_language(visit, "(ab)*")
    visit.sees("EQUIVALENT for all lengths")


def test_a_file_is_read(visit: Visit, tmp_path: Path) -> None:
    ex.save_language(ex.language("mod3"), tmp_path / "three.jff")
    visit.page.get_by_label("language", exact=True).select_option("from a file")
    visit.page.locator("input[type=file]").set_input_files(tmp_path / "three.jff")
    visit.sees("decode onto the 3 states")


def run_shows(visit: Visit, *, accepts: int, rejects: int) -> None:
    """Wait until the table of the run has so many verdicts of each kind."""
    count = "document.body.innerText.match(/{}/g)?.length ?? 0"
    condition = f"({count.format('accepts')}) === {accepts} && ({count.format('rejects')}) === {rejects}"
    visit.page.wait_for_function(condition, timeout=PATIENCE)


def test_a_word_is_run_letter_by_letter(visit: Visit) -> None:
    run_shows(visit, accepts=3, rejects=2)
    visit.sees("this is the run on a short word")
    word = visit.page.get_by_label("word", exact=True)
    word.focus()
    for verdicts in ((1, 1), (2, 1), (2, 2)):
        visit.page.keyboard.press("1")
        run_shows(visit, accepts=verdicts[0], rejects=verdicts[1])
    visit.page.keyboard.press("Backspace")
    run_shows(visit, accepts=2, rejects=1)
    word.fill("12")
    visit.sees("'2' is no letter of this language")


@pytest.mark.parametrize("pause", [0, 40, 150, 240, 260, 400])
def test_no_letter_is_lost_at_any_pace(visit: Visit, pause: int) -> None:
    word = visit.page.get_by_label("word", exact=True)
    for number_format in ("bf16", "fp16", "exact"):
        visit.page.get_by_label("number format").select_option(number_format)
        word.fill("")
        word.press_sequentially("11111", delay=pause)
        run_shows(visit, accepts=3, rejects=3)
        assert word.input_value() == "11111"


def test_every_control_is_reached_by_the_keyboard(visit: Visit) -> None:
    wanted = {
        "language",
        "named language",
        "family",
        "number format",
        "evaluation order",
        "word",
        "download the weights",
    }
    reached: set[str] = set()
    name = """() => {
        let at = document.activeElement;
        while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
        if (!at) return "";
        const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
        return [label, at.innerText || at.value || "", at.getAttribute("aria-label") || ""].join("|");
    }"""
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        at = visit.page.evaluate(name)
        reached |= {control for control in wanted if control in at}
    assert reached == wanted


def test_the_keyboard_alone_asks_a_question(visit: Visit) -> None:
    keyboard = visit.page.keyboard
    visit.page.get_by_label("language", exact=True).focus()
    keyboard.press("t")  # for "type it"
    visit.page.get_by_label("regular expression").wait_for(timeout=PATIENCE)
    keyboard.press("Tab")
    keyboard.type("(ab)*")
    keyboard.press("Enter")
    visit.sees("decode onto the 3 states")
    keyboard.press("Tab")
    keyboard.type("mamba-s")
    visit.sees("mamba-signed: A(x) is")


LESSONS = {
    "arithmetic": "the states fade",
    "householder": "wrong first on",
    "krohn_rhodes": "chain of strongly connected components",
    "parity": "certified; 34 fail",
    "relational_templates": "cliques of 4",
}
"""For every lesson words of its last computed cell."""


@pytest.mark.parametrize("name", sorted(LESSONS))
def test_every_lesson_is_served_whole(browser: Any, address: str, name: str) -> None:
    if name == "relational_templates":
        pytest.importorskip("clingo", reason="grounding needs clingo")
    visit = Visit(browser.new_page(), address)
    visit.listen()
    visit.page.goto(f"{address}/{name}")
    visit.page.get_by_text(LESSONS[name]).last.wait_for(timeout=4 * PATIENCE)
    assert visit.page.get_by_text("Traceback").count() == 0
    assert visit.errors == []
    assert visit.foreign == []
    visit.page.close()


def test_no_lesson_is_forgotten() -> None:
    assert set(LESSONS) == set(notebooks()) - {APP}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_read_on_a_phone_and_a_desk_by_day_and_by_night(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    visit = open_page(browser, address, viewport={"width": width, "height": 900}, color_scheme=scheme)
    overflow = visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    colours = visit.page.evaluate(
        "() => { const style = getComputedStyle(document.querySelector('h1'));"
        " return [style.color, getComputedStyle(document.body).backgroundColor]; }"
    )
    ink, paper = (luminance(visit.page, colour) for colour in colours)
    assert (ink > paper) == (scheme == "dark")
    assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) > 4.5  # WCAG 2, level AA
    assert visit.errors == []
    assert visit.foreign == []
    visit.page.context.close()


def luminance(page: Any, colour: str) -> float:
    """Relative luminance of a CSS colour of any notation: the browser paints it and reads it back."""
    red, green, blue, *_ = page.evaluate(
        "colour => { const c = document.createElement('canvas').getContext('2d'); c.fillStyle = colour;"
        " c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; }",
        colour,
    )
    linear = [
        v / 12.92 if (v := value / 255) <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for value in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_listener_hears_errors_and_foreign_requests(browser: Any, address: str) -> None:
    visit = open_page(browser, address)
    visit.page.evaluate("console.error('planted'); fetch('http://127.0.0.1:9/planted').catch(() => 0);")
    visit.page.wait_for_timeout(500)
    assert "planted" in visit.errors
    assert "http://127.0.0.1:9/planted" in visit.foreign
    visit.page.context.close()
