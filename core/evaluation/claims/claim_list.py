"""The claims: those of the two papers, quoted, and the headlines of our own README."""

import pandas as pd

from core.evaluation.claims.claim import Claim, Finding, judge
from core.evaluation.claims.claim_figures import (
    accuracy_against_baseline,
    bytes_that_keep,
    classifier_accuracy,
    codecs_share,
    coded_against_original,
    rate_against,
    rate_against_baseline,
    reader_on_originals,
    units_against_stills,
)

COMPRESSION = "arXiv 2509.17262"
DEPRESSION = "arXiv 2407.13753"
ELSEWHERE = "published elsewhere"
OURS = "our README"
_ABSTRACT, _RESULTS, _AIMS = "abstract", "results", "aims"


def findings(rows: pd.DataFrame) -> list[Finding]:
    """Every claim with its verdict, from the rows of all tables (``read_results``)."""
    return [judge(claim, rows) for claim in CLAIMS]


_BD_PSNR = (
    "python -m core.evaluation bd --reference {} --method baseline --data {} --quality psnr --json"
)
_OTHER_FACES = "They measured on AffectNet with 8 classes, we on FER2013 with 7."
_BD = "python -m core.evaluation bd --reference baseline --method {} --json"
_DRIFT = (
    "python -m core.bridge drift checkpoints/gallery/sample.mp4 --side 128 --every 3 --brief --json "
    "checkpoints/gallery/drift.json"
)
_NO_RECORDINGS = "The recordings are not public."

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "codec-accuracy", COMPRESSION, _ABSTRACT,
        "fine-tuning the compression model alone improves classification accuracy by 0.71%",
        "+0.71 points", "points", (0.71, 0.71), 1, accuracy_against_baseline("codec"),
        ("baseline", "codec"), _BD.format("codec"), _OTHER_FACES,
    ),
    Claim(
        "codec-rate", COMPRESSION, _ABSTRACT,
        "… and compression efficiency by 49.32%",
        "−49.32 % rate at equal accuracy", "% rate", (-49.32, -49.32), -1,
        rate_against_baseline("codec"), ("baseline", "codec"), _BD.format("codec"), _OTHER_FACES,
    ),
    Claim(
        "joint-accuracy", COMPRESSION, _ABSTRACT,
        "joint optimization achieves significant gains of 4.04% in accuracy",
        "+4.04 points", "points", (4.04, 4.04), 1, accuracy_against_baseline("joint"),
        ("baseline", "joint", "control"), _BD.format("joint"), _OTHER_FACES,
    ),
    Claim(
        "joint-rate", COMPRESSION, _ABSTRACT,
        "… and 89.12% in efficiency",
        "−89.12 % rate at equal accuracy", "% rate", (-89.12, -89.12), -1,
        rate_against_baseline("joint"), ("baseline", "joint", "control"), _BD.format("joint"), _OTHER_FACES,
    ),
    Claim(
        "joint-originals", COMPRESSION, _ABSTRACT,
        "the jointly optimized classification model maintains high accuracy on both compressed and "
        "uncompressed data",
        "no loss on uncompressed faces", "points", (0.0, 0.0), 1, reader_on_originals,
        ("original", "joint"), "python -m core.evaluation summary",
        "Tested as: not worse than the classifier that only ever saw originals.",
    ),
    Claim(
        "joint-low-rate", COMPRESSION, _RESULTS,
        "At low rates the compressed picture is recognised slightly better than the original "
        "(in our words).",
        "a gain over the original", "points", (0.0, 0.0), 1, coded_against_original,
        ("original", "joint"), "python -m core.evaluation summary",
        strict=True,
    ),
    Claim(
        "joint-details", COMPRESSION, _ABSTRACT,
        "the compression model reliably preserves image details, even at high compression rates",
        "no figure given",
        why="There is no figure to compare with. Curves shows PSNR and SSIM at every rate, Compress "
        "the faces themselves.",
    ),
    Claim(
        "groups", DEPRESSION, _ABSTRACT,
        "significant differences in the intensities of AUs associated with sadness and happiness "
        "between the groups",
        "p = 0.0 and p = 5.6e-295, over time points",
        why=f"{_NO_RECORDINGS} Those p-values count 3,000 time points as if each were a person; one "
        "value a person gives p = 0.25 for the same question. Cohort shows both on any cohort.",
    ),
    Claim(
        "clusters", DEPRESSION, _RESULTS,
        "Silhouette scores of the clusterings (in our words).",
        "happiness 0.48, sadness 0.69 (K-means)",
        why=f"{_NO_RECORDINGS} A silhouette says nothing of the groups either; Cohort puts the "
        "agreement with the labels beside it.",
    ),
    Claim(
        "rocket", DEPRESSION, "notebooks",
        "Accuracy of ROCKET with logistic regression (in our words).",
        "0.70",
        why=f"{_NO_RECORDINGS} 0.70 is 14 of 20 people, the best of 20 settings chosen on those same "
        "people. Cohort repeats that protocol beside ours, with true and with shuffled labels.",
    ),
    Claim(
        "classifier", ELSEWHERE, "ResNet-18 on FER2013, public repositories",
        "Accuracy on FER2013's private test faces (in our words).",
        "72.97 to 73.70 %", "%", (72.97, 73.70), 1, classifier_accuracy, ("original",),
        "python -m core.evaluation summary",
    ),
    Claim(
        "ours-photographs-jpeg", OURS, _AIMS,
        "Photographs take at least 40 % fewer bytes than JPEG at equal PSNR, 0.1 to 1 bit/pixel.",
        "−40 % rate", "% rate", (-40.0, -40.0), -1, rate_against("jpeg", "photographs"),
        ("baseline", "jpeg"), _BD_PSNR.format("jpeg", "photographs"),
        "Test people of the studio that the codec was trained on.",
    ),
    Claim(
        "ours-photographs-webp", OURS, _AIMS,
        "Photographs take at least 15 % fewer bytes than WebP at equal PSNR, 0.1 to 1 bit/pixel.",
        "−15 % rate", "% rate", (-15.0, -15.0), -1, rate_against("webp", "photographs"),
        ("baseline", "webp"), _BD_PSNR.format("webp", "photographs"),
        "Test people of the studio that the codec was trained on.",
    ),
    Claim(
        "ours-faces-webp", OURS, _AIMS,
        "Faces of 64 x 64 pixels take at least 25 % fewer bytes than WebP at equal PSNR.",
        "−25 % rate", "% rate", (-25.0, -25.0), -1, rate_against("webp", "fer2013"),
        ("baseline", "webp"), _BD_PSNR.format("webp", "fer2013"),
        "WebP shares its headers among 64 faces, the learned codec does not.",
    ),
    Claim(
        "ours-bytes", OURS, _AIMS,
        "A face in fewer than 60 bytes keeps 95 % of the accuracy on originals.",
        "60 bytes", "bytes", (60.0, 60.0), -1, bytes_that_keep(0.95, "joint"),
        ("joint", "original"), "python -m core.evaluation summary",
    ),
    Claim(
        "ours-share", OURS, _AIMS,
        "At equal bytes the jointly trained codec is read better than the baseline's, by "
        "classifiers that were each tuned on their own codec.",
        "a gain over the control", "points", (0.0, 0.0), 1, codecs_share,
        ("joint", "control"), "python -m core.evaluation mcnemar --first joint --second control --json",
        strict=True,
    ),
    Claim(
        "ours-units", OURS, _AIMS,
        "A clip's validated action units survive in fewer bits than as JPEG, WebP or AVIF stills.",
        "fewer bits than the best still", "% rate", (0.0, 0.0), -1, units_against_stills,
        command=_DRIFT, why="Kept: r above 0.9 with the uncompressed series, on the sample clip alone.",
        strict=True,
    ),
)  # fmt: skip
"""The rows of the table of claims, in order."""
