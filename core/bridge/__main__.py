"""``python -m core.bridge``: how recordings may be stored, and what codecs do to action units."""

import argparse
import json
import sys
from pathlib import Path

from core import cli
from core.bridge.encoders import ENCODERS, FILM_METHODS, PIXEL_FORMATS, PLAIN
from core.errors import InputError
from core.progress import TerminalProgress


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 1 if a clip failed, 2 on input that cannot be used."""
    given = _parser().parse_args(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    given.words = cli.recorded_command("core.bridge", words)
    return cli.run(given.work_of, given)


def _parser() -> argparse.ArgumentParser:
    parser = cli.parser("core.bridge", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_advise(commands)
    _add_drift(commands)
    _add_instruments(commands)
    return parser


_ADVISE = {
    "units": {
        "nargs": "+", "metavar": "AU", "help": "units that must be kept (default: validated ones)",
    },
    "keep": {
        "type": cli.number(0.01, 0.999), "default": 0.9, "metavar": "R",
        "help": "least correlation with the original (default: 0.9)",
    },
    "change": {
        "type": cli.number(0.01, 5), "default": 0.25, "metavar": "I",
        "help": "most mean change, in intensities of 0 to 5 (default: 0.25)",
    },
    "lost": {
        "type": cli.number(0, 0.99), "default": 0.01, "metavar": "SHARE",
        "help": "most faces that may be lost (default: 0.01)",
    },
    "codecs": {
        "nargs": "+", "default": list(FILM_METHODS), "choices": sorted(ENCODERS),
        "help": f"codecs to try (default: {' '.join(FILM_METHODS)})",
    },
    "heights": {
        "nargs": "+", "default": ["own", "480", "360"], "metavar": "LINES",
        "help": "heights to scale to; own: as it is; none: widths of the face alone (default: own "
        "480 360)",
    },
    "face-widths": {
        "nargs": "+", "type": cli.whole(16, 2000), "default": [], "metavar": "PIXELS",
        "help": "sizes by the width of the face instead, as 240 120 60",
    },
    "rates": {
        "nargs": "+", "type": cli.whole(1, 60), "default": [1, 2, 3], "metavar": "N",
        "help": "keep one frame of N (default: 1 2 3)",
    },
    "preset": {
        "nargs": "+", "default": [], "metavar": "CODEC=NAME",
        "help": "presets other than medium (x264, x265) and 8 (SVT-AV1), as h264=slow av1=6",
    },
    "pixels": {
        "default": PLAIN, "metavar": "FORMAT",
        "help": f"pixel format: {', '.join(PIXEL_FORMATS)} (default: {PLAIN})",
    },
    "gop": {
        "type": cli.whole(1, 1000), "metavar": "N",
        "help": "a key frame at least each N frames (default: as the encoder likes)",
    },
    "before": {
        "metavar": "CODEC:Q",
        "help": "the recordings are first stored like that, as h264:23 by a phone",
    },
    "labels": {
        "type": cli.existing_path, "metavar": "FILE",
        "help": "participant,label: do the groups still differ as advised?",
    },
    "work": {
        "type": cli.folder_path, "metavar": "DIR",
        "help": "finished work (default: the state folder)",
    },
    "html": {"type": cli.output_path, "metavar": "OUT.html", "help": "a report in one file"},
}  # fmt: skip
"""Options of ``advise``."""


def _add_advise(commands) -> None:
    advise = cli.command(
        commands,
        "advise",
        "how may these recordings be stored and still give the same action units",
        "python -m core.bridge advise clips/ --units AU12 AU04 --html advice.html",
        words=("action unit", "drift"),
    )
    add = advise.add_argument
    add(
        "clips",
        nargs="+",
        type=cli.existing_path,
        metavar="CLIP",
        help="videos, or folders of them",
    )
    for name, options in _ADVISE.items():
        add(f"--{name}", **options)
    cli.add_json(advise, "the advice")
    cli.add_scheduler(advise)
    advise.set_defaults(work_of=_advise)


def _add_drift(commands) -> None:
    drift = cli.command(
        commands,
        "drift",
        "how far codecs move the action units of clips",
        "python -m core.bridge drift clip.mp4 --side 128 --every 3 --json drift.json",
        words=("drift", "setting", "composite"),
    )
    add = drift.add_argument
    add("clips", nargs="+", type=Path, metavar="CLIP", help="videos, or folders of them")
    add("--labels", type=Path, help="participant,label: does the groups' difference survive?")
    cli.add_methods(drift, "all but JPEG XL")
    add("--steps", type=cli.whole(2, 64), default=6, help="settings of each codec (default: 6)")
    add(
        "--side",
        type=cli.whole(16, 1024),
        help="pixels a side of the coded face (default: its own)",
    )
    add("--every", type=cli.whole(1), default=1, metavar="N", help="look at each n-th frame only")
    add("--frames", type=cli.whole(1), metavar="N", help="at most so many frames of a clip")
    add("--neutral", metavar="START-END", help="seconds of a neutral segment (for --labels)")
    add(
        "--emotions",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ask the classifier",
    )
    add("--work", type=cli.folder_path, help="folder for finished work (default: the state folder)")
    add("--brief", action="store_true", help="write no rows of single clips")
    cli.add_json(drift, "the document")
    cli.add_scheduler(drift)
    drift.set_defaults(work_of=_drift)


def _add_instruments(commands) -> None:
    instruments = cli.command(
        commands,
        "instruments",
        "how far two programs' tables of one clip agree, unit by unit",
        "python -m core.bridge instruments ours.csv openface.csv",
    )
    for place in ("first", "second"):
        instruments.add_argument(
            place, type=cli.existing_path, metavar=place.upper(), help="table of action units"
        )
    cli.add_json(instruments, "the agreement")
    instruments.set_defaults(work_of=_instruments)


def _instruments(given: argparse.Namespace) -> int:
    """Agreement of two tables."""
    from core.bridge.instruments import compare_files, sentence

    rows = compare_files(given.first, given.second)
    document = {
        "command": given.words,
        "first": given.first.name,
        "second": given.second.name,
        "sentence": sentence(rows),
        "units": json.loads(rows.to_json(orient="records")),
    }
    cli.write_json(document, given.json)
    if str(given.json) != "-":
        print(rows.round(3).to_string(index=False))
        print(sentence(rows))
    return 0


def _advise(given: argparse.Namespace) -> int:
    """The cheapest way to store clips that keeps their units."""
    from core.bridge.advice import Criteria
    from core.bridge.advice_document import as_document, as_html
    from core.bridge.advice_text import (
        command_lines,
        meter_sentence,
        sentence,
        size_in_words,
        table,
    )
    from core.bridge.conclusion import people_of
    from core.bridge.recording_study import study_of
    from core.bridge.recording_work import advise_clips
    from core.bridge.store import Store, default_folder
    from core.bridge.work import clip_names
    from core.face.units.validation import trusted_units
    from core.face.video_files import find_videos
    from core.files import write_whole

    criteria = Criteria(tuple(given.units or trusted_units()), given.keep, given.change, given.lost)
    plan = _plan(given)
    clips = find_videos(given.clips)
    if given.labels:
        people_of(list(clip_names(clips)), given.labels, given.labels.name)  # before the long work
    store = Store((given.work or default_folder()).resolve())
    print(
        f"{len(clips)} clips, {len(plan.searches())} searches: at most "
        f"{plan.most_measurements(len(clips)):,} clips to store and measure.",
        file=sys.stderr,
    )
    with TerminalProgress() as progress:
        advice = advise_clips(
            clips, plan, criteria, store, scheduler=given.scheduler, progress=progress
        )
    study = None
    if given.labels and advice.best is not None:
        study = study_of(clips, given.labels, advice.best.recording, store, given.labels.name)
    document = as_document(advice, clips, given.words, study)
    cli.write_json(document, given.json)
    if given.html:
        write_whole(given.html, as_html(advice, clips, given.words, study).encode())
    if str(given.json) != "-":
        print(sentence(advice))
        if advice.best is not None:
            print(command_lines(advice.best.recording, advice.sizes))
        print(meter_sentence(advice))
        rows = table(advice)
        rows.insert(2, "size", [size_in_words(row) for _, row in rows.iterrows()])
        shown = [
            "codec",
            "quality",
            "size",
            "every",
            "megabytes_a_minute",
            "passed",
            "unit",
            "value",
        ]
        print(rows[shown].to_string(index=False))
        if study is not None:
            print(study.sentence)
    return 0


def _plan(given: argparse.Namespace):
    """What ``advise`` is to try."""
    from core.bridge.plan import Plan
    from core.bridge.recordings import read_recording

    return Plan(
        tuple(given.codecs),
        tuple(_height(text) for text in given.heights if text != "none"),
        tuple(given.rates),
        None if given.before is None else read_recording(given.before),
        tuple(given.face_widths),
        tuple(map(_preset, given.preset)),
        given.pixels,
        given.gop,
    )


def _height(text: str) -> int | None:
    """``own`` or a number of lines."""
    if text == "own":
        return None
    if not text.isdecimal():
        raise InputError(f"--heights {text}: give a number of lines, own, or none.")
    return int(text)


def _preset(text: str) -> tuple[str, str]:
    """``CODEC=NAME``."""
    codec, _, name = text.partition("=")
    if codec not in ENCODERS or not name:
        raise InputError(
            f"--preset {text}: give CODEC=NAME, as h264=slow; codecs are {', '.join(ENCODERS)}."
        )
    return codec, name


def _drift(given: argparse.Namespace) -> int:
    """Drift of clips through codecs, and with labels the conclusion."""
    from core.bridge.conclusion import conclusions, people_of
    from core.bridge.document import as_document
    from core.bridge.headline import lowest_rates
    from core.bridge.methods import methods
    from core.bridge.passes import DriftSettings
    from core.bridge.store import Store, default_folder
    from core.bridge.work import clip_names, run
    from core.face.units.validation import trusted_units
    from core.face.video_files import find_videos

    chosen = methods(given.methods, given.steps)
    settings = DriftSettings(given.side, given.every, given.frames, emotions=given.emotions)
    neutral = _segment(given.neutral)
    clips = find_videos(given.clips)
    if given.labels:
        people_of(list(clip_names(clips)), given.labels, given.labels.name)  # before the long work
    store = Store((given.work or default_folder()).resolve())
    with TerminalProgress() as progress:
        drifts = run(clips, chosen, settings, store, scheduler=given.scheduler, progress=progress)
    table = None
    if given.labels and drifts.clips:
        people = people_of(list(drifts.clips), given.labels, given.labels.name)
        table = conclusions(drifts.clips, people, chosen, settings, store, neutral)
    rates = lowest_rates(drifts.drift, trusted_units())
    document = as_document(
        drifts, rates, table, settings, chosen, neutral, given.words, given.brief
    )  # fmt: skip
    cli.write_json(document, given.json)
    out = sys.stderr if str(given.json) == "-" else sys.stdout
    for rate in rates:
        if rate.setting is None:
            print(f"{rate.name}: no rate keeps the validated units ({rate.why})", file=out)
        else:
            print(
                f"{rate.name}: {rate.bits_per_face:,.0f} bits a face, {rate.bits_per_second:,.0f} a "
                f"second (setting {rate.setting:g}, least r {rate.least_r:.2f})",
                file=out,
            )
    print(f"{len(drifts.clips)} of {len(clips)} clips were measured.", file=out)
    for failure in drifts.failures:
        print(f"failed: {failure.clip} {failure.name}: {failure.why}", file=sys.stderr)
    return 1 if drifts.failures else 0


def _segment(text: str | None) -> tuple[float, float] | None:
    """``START-END`` in seconds."""
    if text is None:
        return None
    try:
        start, end = map(float, text.split("-"))
        if not 0 <= start < end:
            raise ValueError
    except ValueError:
        raise InputError(f"--neutral is {text!r}; give START-END in seconds, as 0-2.5.") from None
    return start, end


if __name__ == "__main__":
    sys.exit(main())
