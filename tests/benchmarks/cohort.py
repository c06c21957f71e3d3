"""Time and memory of the cohort's analyses, and how often its tests are wrong and right.

``python -m tests.benchmarks.cohort`` writes 100 synthetic people x 10 minutes x 30 frames a second,
reads and compares them in a process of its own (so that its peak memory is known), counts false and
true findings over 200 small cohorts, and merges everything under ``cohort`` into
``checkpoints/results/benchmarks.json``.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.cohort.statistics.features import person_features
from core.cohort.statistics.frames import with_composites
from core.cohort.statistics.group_tests import compare_groups
from core.cohort.statistics.structure import CLUSTERINGS, cluster_people, principal_components
from core.cohort.synthesis import synthesize, write_synthetic
from core.cohort.tables.reading import read_cohort
from tests.benchmarks.cohort_calibration import (
    UNCLUSTERED,
    calibrate,
    called_clustered,
    expected_power,
)
from tests.benchmarks.record import merge


def analysed(folder: Path, classify: bool) -> dict:
    """Seconds of each step over a folder, and the peak memory of this process."""
    seconds = {}

    def timed(name: str, action):
        start = time.perf_counter()
        result = action()
        seconds[name] = round(time.perf_counter() - start, 2)
        return result

    cohort = timed("import", lambda: read_cohort(folder))
    cohort = timed("composites", lambda: with_composites(cohort, ["happiness", "sadness"]))
    timed("statistics", lambda: compare_groups(cohort))
    features = timed("features", lambda: person_features(cohort))
    components = timed("components", lambda: principal_components(features))
    for method in CLUSTERINGS:
        label = cohort.people["label"]
        timed(f"cluster {method}", lambda m=method, y=label: cluster_people(components, y, m))
    after = _peak_mb()
    if classify:
        from core.cohort.classify.classification import classify as classified

        for method in ("rocket", "forest"):
            timed(f"classify {method}", lambda m=method: classified(cohort, (m,)))
    return {
        "people": len(cohort.people),
        "frames": len(cohort.frames),
        "seconds": seconds,
        "peak_mb_without_classifiers": after,
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def calibration(cohorts: int) -> dict:
    """Without an effect: uniformity and false findings; with d = 0.8: power; 50 + 50 people."""
    null = calibrate(cohorts, people=100, effect=0.0)
    found = calibrate(cohorts, people=100, effect=0.8, seed=10_000)
    power = found.power()
    return {
        "cohorts": cohorts,
        "people": 100,
        "uniformity_ks_p": null.uniformity().round(4).to_dict(),
        "cohorts_with_corrected_hit": null.any_hit,
        "cohorts_with_frame_level_hit": null.any_frame_hit,
        "frame_level_tests_below_0.05": null.frame_hits,
        "power_expected": expected_power(0.8, 100),
        "power_raw": power["raw"].to_dict(),
        "power_corrected": power["corrected"].to_dict(),
    }


def paper_protocol_gap(shuffles: int) -> dict:
    """Accuracy that the careless protocol and ours claim on shuffled labels."""
    from core.cohort.classify.protocol_comparison import paper_protocol

    cohort = synthesize(100, 0.0, seed=0, seconds=30, fps=10)
    protocol = paper_protocol(cohort, shuffles)
    return {
        "accuracy": protocol.accuracy.to_dict("records"),
        "gap_on_shuffled_labels": protocol.gap,
    }


def main() -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--cohorts", type=int, default=200, help="0 leaves calibration out")
    parser.add_argument("--shuffles", type=int, default=20, help="0 leaves the paper out")
    parser.add_argument("--clusters", type=int, default=0, help="cohorts without clusters; prints")
    parser.add_argument("--no-classify", action="store_true")
    parser.add_argument("--folder", type=Path, help="analyse this cohort and print, nothing else")
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(analysed(options.folder, not options.no_classify)))
        return
    if options.clusters:
        for kind in UNCLUSTERED:
            for method in CLUSTERINGS:
                hits = called_clustered(method, kind, options.clusters)
                print(
                    f"{kind}, {method}: {hits} of {options.clusters} called clustered", flush=True
                )
        return
    with tempfile.TemporaryDirectory() as folder:
        write_synthetic(folder, options.people, 0.8, seed=0, seconds=60 * options.minutes)
        command = [sys.executable, "-m", "tests.benchmarks.cohort", "--folder", folder]
        command += ["--no-classify"] if options.no_classify else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout.splitlines()[-1]) | {"cores": os.cpu_count()}
    if options.cohorts:
        figures["calibration"] = calibration(options.cohorts)
    if options.shuffles:
        figures["paper_protocol"] = paper_protocol_gap(options.shuffles)
    merge("cohort", figures)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
