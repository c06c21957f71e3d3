"""The figures of the README, between two marks: headline results, and what each page answers.

Written by ``python -m core.site results``, so that nothing there is typed.
"""

import json
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from core.bridge.advice_document import shipped_advice
from core.errors import InputError
from core.evaluation.claims.claim import NOT_YET, Finding, tally
from core.evaluation.claims.claim_list import findings
from core.evaluation.measuring.table import results_folder
from core.evaluation.results.estimates import Estimates
from core.face.units.validation import validated_units
from core.files import write_whole
from core.site.lesson.steps import MINUTES
from core.site.step import mark

BEGIN, END = "<!-- figures, by make docs -->", "<!-- end of figures -->"

_HEADLINES = (
    (
        "joint-rate",
        "Codec and classifier trained together: bits at equal accuracy, against the baseline",
    ),
    (
        "ours-share",
        "The codec's own share of that gain, at the fewest bytes where both can be compared",
    ),
    ("ours-bytes", "Fewest bytes a face that keep 95 % of the accuracy on originals"),
    ("ours-photographs-jpeg", "Photographs: bits at equal PSNR, against JPEG"),
    (
        "ours-aimed-stranger",
        "An encoder that looks at its classifier: bits at equal accuracy, by a classifier it never saw",
    ),
    ("ours-recordings", "A whole recording at 480 lines that keeps its validated action units"),
)
"""The claims whose figures stand in the README, in their order; a recording has no interval."""


def update_readme(path: Path, estimates: Estimates | None = None) -> None:
    """Write the figures into the README at ``path``; InputError where it has no marks."""
    text = path.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise InputError(
            f"{path} has no lines {BEGIN} and {END}, between which its figures would stand."
        )
    write_whole(path, pattern.sub(lambda _: f"{BEGIN}\n{figures(estimates)}\n{END}", text).encode())


def figures(estimates: Estimates | None = None) -> str:
    """The block as Markdown, with the fingerprint of the files behind it."""
    by_claim = {each.claim.id: each for each in findings(estimates or Estimates())}
    benchmarks = json.loads((results_folder() / "benchmarks.json").read_text())
    units, advice = validated_units(), shipped_advice()
    best = advice[0]["advice"] if advice else None
    pages = Environment(
        loader=PackageLoader("core.site"), undefined=StrictUndefined, autoescape=False
    )
    text = pages.get_template("readme.md").render(
        by_claim=by_claim,
        headlines=[(text, _figure(by_claim[id]), by_claim[id].verdict) for id, text in _HEADLINES],
        missed=[each.claim.quote for each in by_claim.values() if each.verdict == NOT_YET],
        tally=tally(list(by_claim.values())),
        claims=len(by_claim),
        steps=len(MINUTES),
        minutes=sum(MINUTES),
        validated=sum(units.values()),
        units=len(units),
        speed=round(benchmarks["video speed"]["frames a second"]["with units and emotions"]),
        false_alarms=f"{benchmarks['cohort']['calibration']['cohorts_with_corrected_hit']:.1%}",
        stored="–"
        if best is None
        else f"{best['megabytes_a_minute']:.2f} MB a minute for the sample",
    )
    return f"{text.strip()}\n\n{mark()}"


def _figure(finding: Finding) -> str:
    ours = finding.ours or "–"
    if finding.interval:
        ours += f" ({finding.interval})"
    control = finding.measured.control if finding.measured else None
    if control is not None and finding.claim.id == "joint-rate":
        ours += (
            f"; the classifier alone, on the unchanged codec (the control): {control.value:.1f}% "
            f"({control.low:.1f} to {control.high:.1f}%)"
        )
    return ours.replace("-", "−")
