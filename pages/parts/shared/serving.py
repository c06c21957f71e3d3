"""The server: who may reach it, and whom it asks: nobody."""

import argparse
import contextlib
import ctypes
import os
import sys

from pages.parts.shared import keeping, uploads

_PERTURB = -6  # M_PERTURB of malloc.h
LOCAL = ("localhost", "127.0.0.1", "::1")
_POLICY = "; ".join(
    f"{kind}-src 'self' data: blob:" for kind in ("img", "media", "font", "frame", "object")
)
"""What a window may load for the page, whatever stands in it: what this server sends, nothing else."""


def serve(script: str) -> None:
    """Serve ``script`` until it is stopped; options and environment say where."""
    from streamlit.web import bootstrap

    given = _parser().parse_args()
    if given.address not in LOCAL:
        print(
            f"  Open to others: whoever reaches {given.address}:{given.port} can use this app, bring "
            "faces and keep this machine busy. It has no passwords; see docs/deploy.md.",
            file=sys.stderr,
        )
    keeping.remove_leftovers()
    wipe_freed_memory()
    ask_nobody()
    uploads.keep_on_disk()
    load_from_here_alone()
    options = {"server_port": given.port, "server_address": given.address}
    bootstrap.load_config_options(flag_options=options)
    bootstrap.run(script, False, [], flag_options=options)


def wipe_freed_memory() -> None:
    """Let the C library overwrite what is freed, so that no face stays behind in a gap of memory.

    Only the GNU C library can; elsewhere freed memory is overwritten when it is used again.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_PERTURB, 1)


def ask_nobody() -> None:
    """Streamlit asks an outside host for this machine's address before it refuses a foreign page.

    It is refused all the same.
    """
    from streamlit import net_util

    net_util.get_external_ip = lambda: None
    net_util.get_internal_ip = lambda: None


def load_from_here_alone() -> None:
    """Forbid windows to load pictures, films, letters and frames from elsewhere.

    Pages show a stranger's words as words; should one be forgotten, no address in it is followed.
    """
    from starlette.middleware import Middleware
    from streamlit.web.server.starlette import starlette_app

    streamlits = starlette_app.create_streamlit_middleware
    starlette_app.create_streamlit_middleware = lambda: [*streamlits(), Middleware(_FromHereAlone)]


class _FromHereAlone:
    """Every answer of ``app`` with the policy in its head (ASGI)."""

    def __init__(self, app) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        async def send_with_policy(message) -> None:
            if message["type"] == "http.response.start":
                policy = (b"content-security-policy", _POLICY.encode())
                message = message | {"headers": [*message.get("headers", ()), policy]}
            await send(message)

        await self._app(scope, receive, send_with_policy if scope["type"] == "http" else send)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description="Serve the dashboard.")
    parser.add_argument("--port", type=int, default=8501, help="default: 8501")
    parser.add_argument(
        "--address",
        default=os.environ.get("EXPRESSRATE_ADDRESS") or "localhost",
        help="who may reach it; default: EXPRESSRATE_ADDRESS, or localhost: this machine alone. "
        "0.0.0.0: everybody who reaches this machine",
    )
    return parser
