"""``python -m tests.benchmarks``: every benchmark, each in a process of its own; about 30 minutes."""

import argparse
import subprocess
import sys

BENCHMARKS = ("codec", "cohort", "video", "pages", "memory", "visitors", "training")


def main() -> None:
    """Run all of them; stop at the first that fails."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for name in BENCHMARKS:
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
