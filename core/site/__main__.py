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
        "write the page of all measured figures from the files that hold them, and the glossary beside it",
        "python -m core.site results --readme README.md",
    )
    results.add_argument(
        "--out", type=cli.output_path, default=Path("docs/results.md"), metavar="FILE.md",
        help="the page (default: docs/results.md)",
    )  # fmt: skip
    results.add_argument(
        "--readme",
        type=cli.existing_file,
        metavar="FILE.md",
        help="a README whose figures are renewed",
    )
    results.add_argument(
        "--picture",
        type=cli.output_path,
        metavar="FILE.png",
        help="a face in fewer and fewer bytes, with what is read, for the README",
    )
    results.set_defaults(work=_results)
    build = cli.command(
        commands,
        "build",
        "write pages that open from a file or any static host, without server or network",
        "python -m core.site build site",
    )
    build.add_argument("folder", type=cli.folder_path, metavar="FOLDER", help="written into")
    build.add_argument(
        "--faces", type=cli.whole(1), default=None, metavar="N",
        help="faces of the gallery, a page each (default: as many as fit well)",
    )  # fmt: skip
    build.set_defaults(work=_build)
    return parser


def _results(given: argparse.Namespace) -> None:
    from core.evaluation.results.estimates import Estimates
    from core.files import write_whole
    from core.glossary import as_markdown
    from core.site.opening_figures import ship
    from core.site.readme_figures import update_readme
    from core.site.results_page import write_results_page

    estimates = Estimates()
    write_results_page(given.out, estimates)
    write_whole(given.out.with_name("glossary.md"), as_markdown().encode())
    if given.readme is not None:
        update_readme(given.readme, estimates)
        ship(estimates)
    if given.picture is not None:
        from core.site.picture import reading_strip

        write_whole(given.picture, reading_strip())
    print(f"{given.out} is in step with the tables.")


def _build(given: argparse.Namespace) -> None:
    from core.progress import TerminalProgress
    from core.site.build import FACES, build_site

    with TerminalProgress() as progress:
        written = build_site(given.folder, given.faces or FACES, progress)
    size = sum(path.stat().st_size for path in written)
    print(f"{len(written)} pages, {size / 1e6:.1f} MB: open {given.folder / 'index.html'}")


if __name__ == "__main__":
    sys.exit(main())
