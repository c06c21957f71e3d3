"""Do long jobs slow other people's pages?  Twenty visitors on Compress, alone and while three clips are
measured.

``python -m tests.benchmarks.visitors`` serves the app and speaks Streamlit's protocol to it, as browsers
do: every visitor asks for another face of the gallery, again and again, with a pause, and waits for the
page.  Then three further visitors let the sample clip be measured meanwhile.  The seconds of an answer are
merged under ``visitors`` into ``checkpoints/results/benchmarks.json``, with the ratio of their medians and
the machine's load before.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from core import gallery
from tests.benchmarks.record import merge
from tests.browser.conftest import serving

PAUSE = (2.0, 6.0)  # seconds between an answer and the next wish of one visitor
_ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Visitor:
    """A browser without a screen: it asks for a page and waits until it is complete."""

    def __init__(self, address: str, page: str) -> None:
        self._page = page
        self._socket = connect(
            address.replace("http", "ws") + "/_stcore/stream",
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],
            origin=address,
            max_size=None,
        )
        self.buttons: dict[str, str] = {}

    def ask(self, query: str, press: str | None = None) -> float:
        """Seconds until the page is complete; ``press``: the id of a button."""
        begun = time.monotonic()
        wish = BackMsg()
        wish.rerun_script.query_string = query
        wish.rerun_script.page_name = self._page
        if press is not None:
            wish.rerun_script.widget_states.widgets.append(
                WidgetState(id=press, trigger_value=True)
            )
        self._socket.send(wish.SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._socket.recv())
            element = message.delta.new_element
            if element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished in _ENDED:
                    return time.monotonic() - begun
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    raise RuntimeError(f"{self._page}: {message.script_finished}")

    def close(self) -> None:
        """Go away."""
        self._socket.close()


def visits(address: str, visitors: int, seconds: float) -> list[float]:
    """Seconds of every answer that so many visitors of Compress got in a while."""
    faces = [entry.file for entry in gallery.faces()]
    end = time.monotonic() + seconds

    def visit(number: int) -> list[float]:
        chance, answers = random.Random(number), []
        visitor = Visitor(address, "compress")
        visitor.ask("")
        while time.monotonic() < end:
            time.sleep(chance.uniform(*PAUSE))
            answers.append(visitor.ask(f"face={quote(chance.choice(faces))}"))
        visitor.close()
        return answers

    with ThreadPoolExecutor(visitors) as pool:
        return [answer for answers in pool.map(visit, range(visitors)) for answer in answers]


def measuring(address: str, over: threading.Event) -> None:
    """One visitor whose clip is measured again and again, until it is over."""
    number = 0
    while not over.is_set():
        visitor, number = Visitor(address, "video"), number + 1
        visitor.ask("")
        button = next(id for label, id in visitor.buttons.items() if label.startswith("Measure"))
        visitor.ask("", press=button)
        while not over.is_set() and not _is_measured(visitor):
            time.sleep(1)
        visitor.close()


def _is_measured(visitor: Visitor) -> bool:
    visitor.buttons.clear()
    visitor.ask("")
    return not any(label == "Cancel" for label in visitor.buttons)


def main() -> None:
    """Measure both, print and keep the seconds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--clips", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log.txt") as address:
        visits(address, 1, 1)  # the nets are loaded, and every face is coded once
        alone = visits(address, given.visitors, given.seconds)
        over = threading.Event()
        others = [
            threading.Thread(target=measuring, args=(address, over)) for _ in range(given.clips)
        ]
        for other in others:
            other.start()
        beside = visits(address, given.visitors, given.seconds)
        over.set()
        for other in others:
            other.join()
    found = {
        "visitors": given.visitors, "clips": given.clips, "load_before": round(load, 1),
        "alone": _summary(alone), "beside": _summary(beside),
        "ratio": round(statistics.median(beside) / statistics.median(alone), 2),
    }  # fmt: skip
    print(found, file=sys.stderr)
    merge("visitors", found)


def _summary(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "answers": len(ordered),
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 3),
    }


if __name__ == "__main__":
    main()
