"""``python -m core.site``: pages to hand round."""

import argparse
import sys
from pathlib import Path

from core import cli


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    return cli.run(given.work, given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.site", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    results = cli.command(
        commands,
        "results",
        "write the page of all measured figures from the files that hold them",
        "python -m core.site results --readme README.md",
    )
    results.add_argument(
        "--out", type=cli.output_path, default=Path("docs/results.md"), metavar="FILE.md",
        help="the page (default: docs/results.md)",
    )  # fmt: skip
    results.add_argument(
        "--readme",
        type=cli.existing_path,
        metavar="FILE.md",
        help="a README whose figures are renewed",
    )
    results.set_defaults(work=_results)
    return parser


def _results(given: argparse.Namespace) -> None:
    from core.evaluation.results.estimates import Estimates
    from core.site.opening_figures import ship
    from core.site.readme_figures import update_readme
    from core.site.results_page import write_results_page

    estimates = Estimates()
    write_results_page(given.out, estimates)
    if given.readme is not None:
        update_readme(given.readme, estimates)
        ship(estimates)
    print(f"{given.out} is in step with the tables.")


if __name__ == "__main__":
    sys.exit(main())
