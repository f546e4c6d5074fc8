"""Opens a page in a graphical browser, if there is one."""

import os
import sys
import threading
import webbrowser
from contextlib import suppress


def open_page(url: str) -> bool:
    """Open a page without waiting for it. Return False if there is no graphical browser."""
    graphical = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    )
    if graphical:  # otherwise `webbrowser` might start a text browser in the terminal
        threading.Thread(target=_open, args=(url,), name="browser", daemon=True).start()
    return graphical


def _open(url: str) -> None:
    with suppress(webbrowser.Error, OSError):  # the terminal shows the address in any case
        webbrowser.open(url)
