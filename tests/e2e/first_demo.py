"""A newcomer's first command, as it stands in the README: `python3 tests/e2e/first_demo.py '<command>' SECONDS`.

The command runs in a shell. Its page must be there within so many seconds, and Ctrl-C must end it with exit code 0. Needs nothing
but Python, because at that moment nothing is installed.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request

_END_SECONDS = 20
_PAGE_SECONDS = 10


def main(command: str, seconds: float) -> int:
    """Run `command`, look at its page, press Ctrl-C; returns 0 when all went well."""
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S602 -- it is a line for a shell
        command, shell=True, executable="/bin/bash", stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    too_late = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    too_late.start()
    url, rest = "", ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="")
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                url = found[0]
                break
        too_late.cancel()
        if not url:
            print(f"no address within {seconds:g} s, exit code {process.wait()}")
            return 1
        print(f"the address was there after {time.monotonic() - began:.1f} s")
        with urllib.request.urlopen(url, timeout=_PAGE_SECONDS) as page:  # noqa: S310 -- it begins with http://127.0.0.1
            print(f"the page answers {page.status}: {len(page.read())} bytes after {time.monotonic() - began:.1f} s")
    finally:
        too_late.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=_END_SECONDS)
    print(f"{rest}Ctrl-C ended it with exit code {process.returncode}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
