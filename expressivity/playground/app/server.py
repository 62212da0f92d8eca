"""The notebooks as pages of a local server; nothing is fetched from anywhere else."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from expressivity.errors import ExperimentError
from expressivity.files import content_folder

APP = "playground"
"""Name of the notebook that is the first page."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that only this machine reaches."""

_DEFAULT_PORT = 2718
_TRIED_PORTS = 20


def notebooks() -> dict[str, Path]:
    """Name and path of every notebook, the app first.

    Raises:
        ExperimentError: when they are missing from the installation.
    """
    folder = content_folder("notebooks", "notebooks", error=ExperimentError)
    found = {path.stem: path for path in sorted(folder.glob("*.py"))}
    if APP not in found:
        raise ExperimentError(f"the notebook {APP}.py is missing from {folder}; install the package again")
    return {APP: found.pop(APP)} | found


def need_marimo() -> None:
    """Say how to get marimo where it is missing.

    Raises:
        ExperimentError: when it is not installed.
    """
    try:
        import marimo  # noqa: F401 (asks only whether it is there)
        import uvicorn  # noqa: F401
    except ImportError:
        raise ExperimentError("the playground needs marimo; run pip install 'expressivity[playground]'") from None


def build_application(host: str = LOOPBACK[0]) -> Any:
    """The ASGI application: the app at /, every other notebook at /its-name.

    Arguments:
        host: where it will be served. On a loopback address, requests that name another host are refused, so that a
            page of the internet cannot reach it through a name of its own.

    Raises:
        ExperimentError: when marimo or the notebooks are missing.
    """
    need_marimo()
    import marimo
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.routing import Mount

    pages = notebooks()
    builder = marimo.create_asgi_app(quiet=True, include_code=True)
    for name, path in reversed(pages.items()):
        builder = builder.with_app(path="/" if name == APP else f"/{name}", root=str(path))
    allowed = ["127.0.0.1", "localhost", "[::1]"] if host in LOOPBACK else ["*"]
    return Starlette(
        routes=[Mount("/", app=builder.build())],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=allowed)],
    )


def bind(host: str, port: int | None) -> socket.socket:
    """A listening socket.

    Arguments:
        host: name or address.
        port: its number; 0 for any free one; None for 2718 or the next free one.

    Raises:
        ExperimentError: when the port is taken or not allowed, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wanted = [port] if port is not None else list(range(_DEFAULT_PORT, _DEFAULT_PORT + _TRIED_PORTS))
    problem: OSError | None = None
    for number in wanted:
        listening = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
            listening.listen(128)
        except OSError as error:
            listening.close()
            problem = error
            continue
        return listening
    assert problem is not None
    tried = str(wanted[0]) if len(wanted) == 1 else f"{wanted[0]} to {wanted[-1]}"
    raise ExperimentError(
        f"cannot listen on {host}, port {tried}: {problem.strerror or problem}; give another --port, or --port 0 for "
        "any free one"
    )


def url_of(host: str, listening: socket.socket) -> str:
    """The address that a browser on this machine opens."""
    port = listening.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def serve(host: str, listening: socket.socket, *, ready: Callable[[], object]) -> None:
    """Serve until Ctrl-C or SIGTERM; open pages are told to close.

    Arguments:
        host: where the socket listens.
        listening: the socket; it is closed at the end.
        ready: called once pages can be opened.

    Raises:
        ExperimentError: when marimo or the notebooks are missing.
    """
    application = build_application(host)
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    settings = uvicorn.Config(application, log_level="error", access_log=False, timeout_graceful_shutdown=1, ws="auto")
    try:
        Server(settings).run(sockets=[listening])
    finally:
        listening.close()
