"""`expressivity play` as a stranger uses it: an address, pages, wrong ports, and an end without remains."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from expressivity.cli import main
from expressivity.errors import ExperimentError
from expressivity.playground.app import server

pytest.importorskip("marimo", reason="the playground needs marimo")


@pytest.fixture(scope="module")
def playing() -> Iterator[tuple[str, dict[str, str], subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "expressivity.cli", "play", "--headless", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    yield told["url"], told["pages"], process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_address_is_this_machine_s_and_the_pages_are_there(
    playing: tuple[str, dict[str, str], subprocess.Popen[str]],
) -> None:
    url, pages, _ = playing
    assert url.startswith("http://127.0.0.1:")
    assert set(pages) == {path.stem for path in server.notebooks().values()} - {server.APP}
    for page in (url, *pages.values()):
        with urllib.request.urlopen(page, timeout=30) as answer:
            assert answer.status == 200
            assert b"<marimo" in answer.read()


def test_a_page_of_the_internet_cannot_reach_it_under_a_name_of_its_own(
    playing: tuple[str, dict[str, str], subprocess.Popen[str]],
) -> None:
    request = urllib.request.Request(playing[0], headers={"Host": "attacker.example"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 400
    caught.value.close()


def test_a_port_that_is_taken_is_named(
    playing: tuple[str, dict[str, str], subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    port = playing[0].rpartition(":")[2]
    assert main(["play", "--headless", "--port", port]) == 2
    said = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1, port {port}" in said
    assert "--port 0 for any free one" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--port", "70000"], "--port 70000 is no port; give a number from 0 to 65535"),
        (["--port", "-1"], "is no port"),
        (["--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid"),
    ],
)
def test_wrong_options_are_named(options: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "--headless", *options]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_frees_the_port(end: signal.Signals) -> None:
    command = [sys.executable, "-m", "expressivity.cli", "play", "--headless", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    urllib.request.urlopen(url, timeout=30).close()
    process.send_signal(end)
    _, complaints = process.communicate(timeout=30)
    assert "Traceback" not in complaints
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", int(url.rpartition(":")[2])))


def test_without_a_port_the_next_free_one_is_taken() -> None:
    first = server.bind("127.0.0.1", None)
    second = server.bind("127.0.0.1", None)
    with first, second:
        assert first.getsockname()[1] != second.getsockname()[1]
        assert server.url_of("0.0.0.0", first).startswith("http://127.0.0.1:")
        assert server.url_of("::1", second).startswith("http://[::1]:")


def test_missing_notebooks_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "content_folder", lambda *_, **__: tmp_path)
    with pytest.raises(ExperimentError, match=r"playground\.py is missing"):
        server.notebooks()


def test_missing_marimo_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", None)
    with pytest.raises(ExperimentError, match=r"expressivity\[playground\]"):
        server.need_marimo()


@pytest.mark.parametrize(("options", "screen", "opened"), [([], ":0", 1), (["--headless"], ":0", 0), ([], "", 0)])
def test_a_browser_is_opened_where_there_is_a_screen(
    options: list[str], screen: str, opened: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses: list[str] = []

    def serve(host: str, listening: socket.socket, *, ready: Callable[[], object]) -> None:
        with listening:
            ready()

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr("webbrowser.open", addresses.append)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main(["play", "--port", "0", *options]) == 0
    assert len(addresses) == opened
    assert f"the playground is at {addresses[0] if opened else 'http://127.0.0.1:'}" in capsys.readouterr().out
