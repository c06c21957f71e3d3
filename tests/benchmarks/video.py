"""Speed and memory of measuring videos of 640x480.

``python -m tests.benchmarks.video [--parts speed memory]`` reads the shipped sample clip, in a row
again and again, and merges frames a second and peak memory under ``video speed`` and ``video memory``
into ``checkpoints/results/benchmarks.json``.  ``--hours 1`` is the length of the clip whose memory is
compared with that of a minute; of both every ``--every``-th frame is measured and all are decoded.
"""

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

import av
import pytest
import torch

from core import checkpoints
from core.face.series import measure_video, weights_used
from tests.benchmarks.record import merge

PARTS = ["speed", "memory"]
SAMPLE = checkpoints.folder() / "gallery" / "sample.mp4"


def lengthen(clip: Path, target: Path, seconds: float) -> None:
    """Write the packets of ``clip`` to ``target`` in a row until it lasts ``seconds``."""
    with av.open(os.fspath(clip)) as source:
        stream = source.streams.video[0]
        span = stream.frames * round(1 / stream.average_rate / stream.time_base)
        repeats = max(1, round(seconds / float(span * stream.time_base)))
        with av.open(os.fspath(target), "w") as container:
            copied = container.add_stream_from_template(stream)
            for turn in range(repeats):
                source.seek(0)
                for packet in source.demux(stream):
                    if packet.dts is None:
                        continue
                    packet.pts += turn * span
                    packet.dts += turn * span
                    packet.stream = copied
                    container.mux(packet)


def frames_a_second(clip: Path, threads: int) -> dict[str, float]:
    """Frames a second, decoding included, by what is measured."""
    torch.set_num_threads(threads)

    def rate(emotions: bool) -> float:
        started = time.perf_counter()
        frames = measure_video(clip, emotions=emotions, threads=threads).ledger.measured
        return round(frames / (time.perf_counter() - started), 1)

    rate(True)  # loads and compiles
    with tempfile.TemporaryDirectory() as empty, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPRESSRATE_CHECKPOINTS", empty)  # no weights, no units
        found = {"landmarks and blendshapes": rate(False)}
    return found | {"with units": rate(False), "with units and emotions": rate(True)}


def peak_megabytes(clip: Path, every: int) -> dict[str, float]:
    """Peak memory of a process of its own that measures ``clip``, and what it read."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measure, (clip, every))


def _measure(clip: Path, every: int) -> dict[str, float]:
    started = time.perf_counter()
    ledger = measure_video(clip, every=every, threads=os.cpu_count() or 1).ledger
    return {
        "seconds of video": round(ledger.duration, 1),
        "frames decoded": ledger.decoded,
        "frames measured": ledger.measured,
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="default: both")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--every", type=int, default=25)
    options = parser.parse_args()
    threads = os.cpu_count() or 1
    figures = {"weights": weights_used(), "threads": threads}
    with tempfile.TemporaryDirectory() as folder:
        minute, long = Path(folder) / "minute.mp4", Path(folder) / "long.mp4"
        lengthen(SAMPLE, minute, 60)
        if "speed" in options.parts:
            figures["frames a second"] = frames_a_second(minute, threads)
            merge("video speed", figures)
            print(json.dumps(figures, indent=1))
        if "memory" in options.parts:
            lengthen(SAMPLE, long, 3600 * options.hours)
            figures = {name: figures[name] for name in ("weights", "threads")}
            figures["clips"] = [peak_megabytes(clip, options.every) for clip in (minute, long)]
            merge("video memory", figures)
            print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
