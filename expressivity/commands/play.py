"""`expressivity play`: the playground and the lessons as pages in a browser on this machine."""

from __future__ import annotations

import argparse
import os
import sys

from expressivity.commands.common import HOLDS, AddCommand, print_json


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("play", _play, "open the playground in a browser: turn the knobs, watch a tracker live or die")
    sub.add_argument("--port", type=int, metavar="N", help="port (default: 2718 or the next free one; 0: any)")
    sub.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, this machine alone)"
    )
    sub.add_argument("--headless", action="store_true", help="print the address and open no browser")


def _play(options: argparse.Namespace) -> int:
    from expressivity.errors import ExperimentError
    from expressivity.playground.app.server import LOOPBACK, bind, need_marimo, notebooks, serve, url_of

    need_marimo()
    if options.port is not None and not 0 <= options.port <= 65535:
        raise ExperimentError(f"--port {options.port} is no port; give a number from 0 to 65535")
    pages = notebooks()
    listening = bind(options.host, options.port)
    url = url_of(options.host, listening)
    if options.host not in LOOPBACK:
        print(
            f"expressivity: --host {options.host} lets others reach this page, and there is no password",
            file=sys.stderr,
        )

    def ready() -> None:
        if options.json:
            print_json({"url": url, "pages": {name: f"{url}/{name}" for name in list(pages)[1:]}})
        else:
            print(f"the playground is at {url}")
            for name in list(pages)[1:]:
                print(f"  {url}/{name}")
            print("Ctrl-C ends it")
        sys.stdout.flush()
        if not options.headless and _has_screen():
            import webbrowser

            webbrowser.open(url)

    serve(options.host, listening, ready=ready)
    return HOLDS


def _has_screen() -> bool:
    """Whether there is a screen to open a browser on; without one, a browser for terminals would take this terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
