"""What each command of ``python -m core.evaluation`` does; heavy imports wait until it is asked."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from core import cli
from core.errors import InputError
from core.methods import TUNED


def run(given: argparse.Namespace) -> None:
    """Measure and write tables."""
    from core.evaluation.measuring.cases import cases
    from core.evaluation.measuring.pictures import available
    from core.evaluation.measuring.run import run as measure
    from core.folders import data_folder
    from core.progress import TerminalProgress

    _check_device(given.device)
    chosen = cases(given.methods)
    pictures = available(data_folder(given.data), given.limit, given.val, given.sets)
    with TerminalProgress() as progress:
        paths = measure(
            chosen,
            pictures,
            points=given.points,
            workers=given.workers,
            scheduler=given.scheduler,
            device=given.device,
            folder=given.results,
            shipped=not given.not_shipped,
            fresh=given.fresh,
            command=given.command_line,
            progress=progress,
        )
    _say_written(paths)


def match(given: argparse.Namespace) -> None:
    """Measure operating points of equal rate."""
    from core.evaluation.measuring.cases import cases
    from core.evaluation.measuring.pictures import labelled_faces
    from core.evaluation.measuring.rate_matching import RATES
    from core.evaluation.measuring.rate_matching import match as measure
    from core.folders import data_folder
    from core.progress import TerminalProgress

    _check_device(given.device)
    chosen = [case for case in cases(given.methods) if case.codec is not None]
    if not chosen:
        raise InputError("Only learned codecs have qualities fine enough to be matched.")
    pictures = labelled_faces(data_folder(given.data), "test", given.limit)
    with TerminalProgress() as progress:
        paths = measure(
            chosen,
            pictures,
            given.bpp or RATES,
            workers=given.workers,
            scheduler=given.scheduler,
            device=given.device,
            folder=given.results,
            command=given.command_line,
            progress=progress,
        )
    _say_written(paths)


def votes(given: argparse.Namespace) -> None:
    """Write FER+ labels into tables."""
    from core.evaluation.measuring.votes import add_votes
    from core.folders import data_folder

    _check_tables(given)
    changed, same = add_votes(data_folder(given.data), given.results, given.command_line)
    _say_written(changed)
    print(
        f"{len(changed)} tables have FER+ labels now; {len(same)} had them, or hold no such face."
    )


def bd(given: argparse.Namespace) -> None:
    """Print Bjontegaard deltas."""
    from core.evaluation.measuring.table import read_results
    from core.evaluation.results.comparison import check_rate_range, compare

    rate_range = tuple(given.range) if given.range else None
    check_rate_range(rate_range)
    rows = read_results(given.results)
    if given.read_by is not None:
        from core.evaluation.results.read_by import read_by

        rows = read_by(rows, given.read_by, given.results)
    comparisons = compare(
        rows,
        given.reference,
        given.method,
        quality=given.quality,
        data=given.set,
        rate=given.rate,
        gamma=given.gamma,
        classifier=given.reference_classifier,
        labels=given.labels,
        rate_range=rate_range,
        resamples=given.resamples,
        seed=given.seed,
    )
    for each in comparisons:
        if each.warning:
            print(f"warning: {each.warning}", file=sys.stderr)
    cli.write_json([asdict(each) for each in comparisons], given.json)
    if _printed(given):
        return
    for each in comparisons:
        gamma = "" if each.gamma is None else f" gamma {each.gamma:g}"
        print(
            f"{each.method}{gamma} against {each.reference}: BD-rate {each.bd_rate} % "
            f"({each.low} to {each.high}), BD-quality {each.bd_quality} "
            f"{each.quality_unit} ({each.quality_low} to {each.quality_high}), "
            f"overlap {each.overlap:.0%}, {each.images} pictures"
        )


def mcnemar(given: argparse.Namespace) -> None:
    """Print pairs of operating points at equal rate."""
    from core.evaluation.measuring.table import labelled_by, read_results
    from core.evaluation.results.equal_rate import compare_at_equal_rate

    comparisons = compare_at_equal_rate(
        labelled_by(read_results(given.results), given.labels),
        given.first,
        given.second,
        gamma=given.gamma,
        bpp=given.bpp,
        quality_index=given.at_index,
        resamples=given.resamples,
        seed=given.seed,
    )
    cli.write_json([asdict(each) for each in comparisons], given.json)
    if _printed(given):
        return
    for each in comparisons:
        print(
            f"{each.first} {each.first_accuracy:.2%} at {each.first_bpp:.4f} bpp, "
            f"{each.second} {each.second_accuracy:.2%} at {each.second_bpp:.4f} bpp: "
            f"{each.difference:+.2f} points ({each.low:+.2f} to {each.high:+.2f}), only one "
            f"right {each.only_first} and {each.only_second}, p = {each.p_value:.3g}"
        )


def split(given: argparse.Namespace) -> None:
    """Print the steps from the first codec to joint training."""
    from core.evaluation.measuring.table import labelled_by, read_results
    from core.evaluation.results.gain_split import split_gain

    rows = labelled_by(read_results(given.results), given.labels)
    whole = split_gain(rows, resamples=given.resamples, seed=given.seed)
    cli.write_json(asdict(whole), given.json)
    if _printed(given):
        return
    for step in whole.steps:
        print(
            f"{step.start} to {step.end}, {step.what}: {_figure(step.rate, '%')} rate, "
            f"{_figure(step.share, '%')} of the whole way, {_figure(step.points, 'points')}"
        )
    print(
        f"{whole.steps[0].start} to {whole.steps[-1].end}: {_figure(whole.rate, '%')} rate at equal "
        f"accuracy, {_figure(whole.points, 'points')} at equal bytes, over {whole.images} faces"
    )


def choose_gamma(given: argparse.Namespace) -> None:
    """Choose gammas on validation rows and mark the cards."""
    from core.evaluation.measuring.table import labelled_by, read_results
    from core.evaluation.results.gamma_choice import choose_gamma, mark

    rows = labelled_by(read_results(given.results), given.labels)
    present = set(rows["method"].astype(str))
    methods = given.methods or [method for method in TUNED if method in present]
    if not methods:
        raise InputError(
            "The table holds no method with a gamma: train one (python -m core.training joint "
            "--gamma 0.1), then measure it (python -m core.evaluation run)."
        )
    choices = {method: choose_gamma(rows, method) for method in methods}
    if not given.dry_run:
        for candidates in choices.values():
            mark(candidates)
    plain = {method: list(map(asdict, candidates)) for method, candidates in choices.items()}
    cli.write_json(plain, given.json)
    if _printed(given):
        return
    for each in (each for candidates in choices.values() for each in candidates):
        print(
            f"{each.method} gamma {each.gamma:g}: BD-accuracy {each.bd_accuracy} "
            f"points, BD-rate {each.bd_rate} %, originals {each.originals}"
            f"{'' if each.allowed else ' (loses more than a point)'}"
            f"{'  <- chosen' if each.chosen else ''}"
        )


def summary(given: argparse.Namespace) -> None:
    """Print the headline figures."""
    from core.evaluation.results.estimates import Estimates
    from core.evaluation.results.summary import as_markdown, summarise

    figures = summarise(Estimates(given.results, given.labels))
    cli.write_json(figures, given.json)
    if not _printed(given):
        print(as_markdown(figures))


def verify(given: argparse.Namespace) -> int:
    """Check files, then rows; 1 where something is not what was described."""
    from core.evaluation.claims.verify import check_files
    from core.evaluation.measuring.table import table_paths

    _check_tables(given)
    checks = check_files(given.results)
    for check in checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.file}: {check.text}", file=_out(given))
    failed = [check for check in checks if not check.passed]
    points: list[dict] = []
    if not checks:
        print("There are no weights and no tables here to check.", file=sys.stderr)
    elif failed:
        print(f"{len(failed)} of {len(checks)} files are not what was described.", file=sys.stderr)
    elif not table_paths(given.results):
        print(
            "There is no table of results yet (python -m core.evaluation run writes it); "
            f"only the {len(checks)} files of weights were checked.",
            file=_out(given),
        )
    else:
        points = _recompute(given)
    readings = [] if failed or not checks else _read_again(given)
    cli.write_json(
        {
            "files": [asdict(check) for check in checks],
            "points": points,
            "readings": [asdict(each) for each in readings],
        },
        given.json,
    )
    differing = [each for each in readings if not each.passed]
    differing += [point for point in points if not point["passed"]]
    return 1 if failed or not checks or differing else 0


def _read_again(given: argparse.Namespace) -> list:
    """Let strangers look again at files made now, and say what came of it."""
    from core.evaluation.claims.second_readings import read_again
    from core.evaluation.measuring.pictures import labelled_faces
    from core.folders import data_folder

    if not given.data:
        return []  # nobody else read the gallery
    pictures = labelled_faces(data_folder(given.data), "test")
    outcomes = read_again(pictures, given.images, given.points, given.results)
    for each in outcomes:
        outcome = f"{each.pictures} pictures"
        if not each.passed:
            outcome += f", of which {len(each.different)} differ: {', '.join(each.different)}"
        print(
            f"{'ok  ' if each.passed else 'FAIL'} {each.table} read by {each.classifier}: {outcome}",
            file=_out(given),
        )
    return outcomes


def _recompute(given: argparse.Namespace) -> list[dict]:
    """Do points of the tables again, and say what came of each."""
    from core.evaluation.claims import recompute
    from core.evaluation.measuring.pictures import gallery, labelled_faces
    from core.evaluation.measuring.table import read_results
    from core.folders import data_folder

    pictures = labelled_faces(data_folder(given.data), "test") if given.data else gallery()
    if pictures is None:
        raise InputError("There is no gallery beside the checkpoints to do again.")
    rows = read_results(given.results)
    points = recompute.points(rows, pictures.data, given.methods)
    if not points:
        raise InputError(f"The table holds no rows of {pictures.data} that could be done again.")
    outcomes = []
    for point in recompute.spread(points, given.points):
        again = recompute.recompute(point, pictures, given.images, tolerance=given.tolerance)
        counts = {state: int(n) for state, n in again.rows["state"].value_counts().items()}
        states = ", ".join(f"{n} {state}" for state, n in counts.items())
        coded = point.quality_index == point.quality_index
        name = point.case.name + (f" at {point.quality_index:g}" if coded else ", uncoded")
        print(f"{'ok  ' if again.passed else 'FAIL'} {name}: {states}", file=_out(given))
        for row in again.rows[again.rows["state"] == recompute.DIFFERS].to_dict("records"):
            print(
                f"     {row['image']}: {row['bytes']:g} bytes, {row['prediction']}; the table says "
                f"{row['table_bytes']:g}, {row['table_prediction']}",
                file=_out(given),
            )
        outcomes.append(
            {
                "case": point.case.name,
                "quality_index": point.quality_index,
                "passed": again.passed,
                "pictures": counts,
            }
        )
    return outcomes


def _check_tables(given: argparse.Namespace) -> None:
    """Raise InputError where a folder was named that holds no result table."""
    from core.evaluation.measuring.table import table_paths

    if given.results is not None and not table_paths(given.results):
        raise InputError(
            f"There is no table of results in {given.results}: name the folder that holds them, or "
            "write them with python -m core.evaluation run."
        )


def _check_device(device: str) -> None:
    """Raise InputError unless torch can compute there."""
    import torch

    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"--device {device}: classifiers cannot run there ({reason}).") from None


def _figure(interval, unit: str) -> str:
    return f"{interval.value:+.1f} {unit} ({interval.low:+.1f} to {interval.high:+.1f})"


def _printed(given: argparse.Namespace) -> bool:
    """Whether standard output belongs to JSON."""
    return str(given.json) == "-"


def _out(given: argparse.Namespace):
    return sys.stderr if _printed(given) else sys.stdout


def _say_written(paths: list[Path]) -> None:
    for path in paths:
        print(f"wrote {path}", file=sys.stderr)
