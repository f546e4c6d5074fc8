"""The browser, where there is one that shows a page beside the terminal and not in it."""

import os
import sys
import threading
import webbrowser
from contextlib import suppress


def open_page(url: str) -> bool:
    """Open a page and do not wait for it; False when there is nothing to open it with."""
    windows = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if windows:  # what is left without them would be a browser for the terminal
        threading.Thread(target=_open, args=(url,), name="browser", daemon=True).start()
    return windows


def _open(url: str) -> None:
    with suppress(webbrowser.Error, OSError):  # the address stands in the terminal
        webbrowser.open(url)
