"""How much memory the server takes after every page was visited once, one after the other.

``python -m tests.benchmarks.memory`` serves the app, asks for each page as a browser does and reads from
the system what the server holds (PSS: shared pages count in part) and the most that it has held.  Pages
stay open.  The megabytes are merged under ``server memory`` into ``checkpoints/results/benchmarks.json``;
the last line is that of fifteen seconds later, when freed memory has gone back.  Linux.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.pages import PAGES
from tests.benchmarks.record import merge
from tests.benchmarks.visitors import Visitor
from tests.browser.conftest import serving
from tests.browser.test_privacy import server_process

_LATER = 15.0  # seconds


def main() -> None:
    """Measure after every page; print and keep the megabytes."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log.txt") as address:
        pid = server_process(address.rsplit(":", 1)[1])
        visitors = []
        for name in PAGES:
            visitors.append(Visitor(address, name))
            visitors[-1].ask("")
            found[name or "home"] = held(pid)
            print(f"{name or 'home'}: {found[name or 'home']}", file=sys.stderr)
        time.sleep(_LATER)
        found["later"] = held(pid)
        print(f"later: {found['later']}", file=sys.stderr)
        for visitor in visitors:
            visitor.close()
    merge("server memory", found)


def held(pid: int) -> dict[str, int]:
    """Megabytes of a process: its resident set, its share of it, and the most it has had."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text() + Path(f"/proc/{pid}/status").read_text()
    return {
        name: int(re.search(rf"^{key}:\s+(\d+) kB", lines, re.MULTILINE)[1]) // 1024
        for name, key in (("rss", "Rss"), ("pss", "Pss"), ("most", "VmHWM"))
    }


if __name__ == "__main__":
    main()
