"""``python -m core.synthetic``: make the faces, clips and cohorts of people who never lived."""

import argparse
import sys
from pathlib import Path

from core import cli
from core.progress import TerminalProgress

GALLERY = Path("checkpoints") / "gallery"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    return cli.run(given.work, given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.synthetic", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    averaged = cli.command(
        commands,
        "composites",
        "average faces of several people into faces of nobody, for the gallery",
        "python -m core.synthetic composites --data DATA",
    )
    cli.add_data(averaged, "data sets, with london/")
    averaged.add_argument(
        "--out", type=cli.folder_path, default=GALLERY, help="folder of the gallery"
    )
    averaged.set_defaults(work=_composites)
    drawn = cli.command(
        commands,
        "renders",
        "draw the gallery's rendered faces, seven expressions of each person",
        "python -m core.synthetic renders --data DATA",
    )
    drawn.add_argument("--out", type=cli.folder_path, default=GALLERY, help="folder of the gallery")
    drawn.set_defaults(work=_renders)
    acted = cli.command(
        commands,
        "sample",
        "render a clip whose action units are known",
        "python -m core.synthetic sample --out sample.mp4",
    )
    acted.add_argument(
        "--out",
        type=cli.output_path,
        required=True,
        metavar="FILE.mp4",
        help="the clip; FILE.csv will hold its known units",
    )
    acted.set_defaults(work=_sample)
    cohort = cli.command(
        commands,
        "cohort",
        "render a cohort of two groups whose action units are known",
        "python -m core.synthetic cohort people --people 24 --effect 3 --seed 1",
    )
    cohort.add_argument(
        "folder", type=cli.folder_path, metavar="DIR", help="folder for clips and labels.csv"
    )
    cohort.add_argument(
        "--people", type=cli.whole(4), default=20, help="how many, an even number (default: 20)"
    )
    cohort.add_argument(
        "--effect", type=cli.number(), default=1.5, help="Cohen's d, group 1 minus 0 (default: 1.5)"
    )
    cohort.add_argument(
        "--seconds", type=cli.number(1, 60), default=3.0, help="length of each clip (default: 3)"
    )
    cohort.add_argument(
        "--pixels", type=cli.whole(64, 1080), default=256, help="a side of each clip (default: 256)"
    )
    cli.add_seed(cohort, "people and their levels")
    cohort.set_defaults(work=_cohort)
    for command in (drawn, acted, cohort):
        cli.add_data(command, "data sets, with ict_facekit/")
    return parser


def _composites(given: argparse.Namespace) -> None:
    from core.folders import data_folder
    from core.synthetic import composites

    composites.write_gallery(data_folder(given.data), given.out, report=print)


def _renders(given: argparse.Namespace) -> None:
    from core.synthetic.morphable import load_morphable
    from core.synthetic.renders import write_renders

    write_renders(load_morphable(given.data), given.out, report=print)


def _sample(given: argparse.Namespace) -> None:
    from core.files import write_whole
    from core.synthetic.morphable import load_morphable
    from core.synthetic.sample import write_sample

    known = write_sample(load_morphable(given.data), given.out)
    write_whole(given.out.with_suffix(".csv"), known.to_csv(index=False).encode())
    print(f"{given.out}: {len(known)} frames; their known units are in {given.out.stem}.csv.")


def _cohort(given: argparse.Namespace) -> None:
    from core.synthetic.morphable import load_morphable
    from core.synthetic.rendered_people import write_people

    face = load_morphable(given.data)
    with TerminalProgress() as progress:
        write_people(
            face,
            given.folder,
            given.people,
            given.effect,
            given.seed,
            given.seconds,
            given.pixels,
            progress,
        )
    print(f"{given.people} synthetic people are in {given.folder}, with labels.csv.")


if __name__ == "__main__":
    sys.exit(main())
