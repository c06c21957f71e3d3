"""The claims: those of the two papers, quoted, and the aims of this project."""

from core.evaluation.claims.claim import Claim, Finding, Origin, judge_claim
from core.evaluation.claims.claim_figures import (
    accuracy_against_baseline,
    bytes_that_keep,
    classifier_accuracy,
    classifier_on_originals,
    codecs_share,
    coded_against_original,
    rate_against,
    rate_against_baseline,
    recording_size,
    units_against_stills,
    whole_way,
)
from core.evaluation.claims.survival_figures import rate_by_own, rate_by_strangers
from core.evaluation.results.estimates import Estimates

COMPRESSION = Origin(
    "arXiv 2509.17262",
    "Optimized Learned Image Compression for Facial Expression Recognition",
    "https://arxiv.org/abs/2509.17262",
)
DEPRESSION = Origin(
    "arXiv 2407.13753",
    "Exploring Facial Biomarkers for Depression through Temporal Analysis of Action Units",
    "https://arxiv.org/abs/2407.13753",
)
ELSEWHERE = Origin("Published elsewhere", "ResNet-18 on FER2013, public repositories")
OURS = Origin("Our own aims", "What this project set out to reach", own=True)


def findings(estimates: Estimates) -> list[Finding]:
    """Every claim with its verdict."""
    return [judge_claim(claim, estimates) for claim in CLAIMS]


_BD_PSNR = (
    "python -m core.evaluation bd --reference {} --method baseline --set {} --quality psnr --json -"
)
_BD = "python -m core.evaluation bd --reference baseline --method {} --json -"
_SUMMARY = "python -m core.evaluation summary"
_OTHER_FACES = "They measured on AffectNet with 8 classes, we on FER2013 with 7."
_STUDIO = "Test people of the studio that the codec was trained on."
_DRIFT = (
    "python -m core.bridge drift checkpoints/gallery/sample.mp4 --side 128 --every 3 --brief --json "
    "checkpoints/gallery/drift.json"
)
_ADVISE = (
    "python -m core.bridge advise checkpoints/gallery/sample.mp4 --heights own 360 240 --rates 1 3 "
    "--json checkpoints/gallery/advice.json"
)
_NO_RECORDINGS = "The recordings are not public."

CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="codec-accuracy",
        origin=COMPRESSION,
        where="abstract",
        quote="fine-tuning the compression model alone improves classification accuracy by 0.71%",
        theirs="+0.71 points",
        unit="points",
        at_least=0.71,
        measure=accuracy_against_baseline("codec"),
        methods=("baseline", "codec"),
        command=_BD.format("codec"),
        why=_OTHER_FACES,
    ),
    Claim(
        id="codec-rate",
        origin=COMPRESSION,
        where="abstract",
        quote="… and compression efficiency by 49.32%",
        theirs="−49.32% rate at equal accuracy",
        unit="% rate",
        at_least=-49.32,
        sign=-1,
        measure=rate_against_baseline("codec"),
        methods=("baseline", "codec"),
        command=_BD.format("codec"),
        why=_OTHER_FACES,
    ),
    Claim(
        id="joint-accuracy",
        origin=COMPRESSION,
        where="abstract",
        quote="joint optimization achieves significant gains of 4.04% in accuracy",
        theirs="+4.04 points",
        unit="points",
        at_least=4.04,
        measure=accuracy_against_baseline("joint"),
        methods=("baseline", "joint", "control"),
        command=_BD.format("joint"),
        why=_OTHER_FACES,
    ),
    Claim(
        id="joint-rate",
        origin=COMPRESSION,
        where="abstract",
        quote="… and 89.12% in efficiency",
        theirs="−89.12% rate at equal accuracy",
        unit="% rate",
        at_least=-89.12,
        sign=-1,
        measure=rate_against_baseline("joint"),
        methods=("baseline", "joint", "control"),
        command=_BD.format("joint"),
        why=_OTHER_FACES,
    ),
    Claim(
        id="whole-way",
        origin=COMPRESSION,
        where="experiments",
        quote="Those 89.12 % are measured against a codec that was trained on natural pictures.",
        in_our_words=True,
        theirs="−89.12% rate at equal accuracy",
        unit="% rate",
        at_least=-89.12,
        sign=-1,
        measure=whole_way,
        methods=("generic", "baseline", "control", "joint"),
        command="python -m core.evaluation split --json -",
        why="Split by one change at a time: the codec meets faces, the classifier meets coded faces, "
        "both learn together.",
    ),
    Claim(
        id="joint-originals",
        origin=COMPRESSION,
        where="abstract",
        quote="the jointly optimized classification model maintains high accuracy on both compressed "
        "and uncompressed data",
        theirs="no loss on uncompressed faces",
        unit="points",
        at_least=0.0,
        measure=classifier_on_originals,
        methods=("original", "joint"),
        command=_SUMMARY,
        why="Tested as: not worse than the classifier that only ever saw originals.",
    ),
    Claim(
        id="joint-low-rate",
        origin=COMPRESSION,
        where="results",
        quote="At low rates the compressed picture is recognised slightly better than the original.",
        in_our_words=True,
        theirs="a gain over the original",
        unit="points",
        at_least=0.0,
        beyond_chance=True,
        measure=coded_against_original,
        methods=("original", "joint"),
        command=_SUMMARY,
    ),
    Claim(
        id="joint-details",
        origin=COMPRESSION,
        where="abstract",
        quote="the compression model reliably preserves image details, even at high compression rates",
        theirs="no figure given",
        why="There is no figure to compare with. Curves shows PSNR and SSIM at every rate, Compress "
        "the faces themselves.",
    ),
    Claim(
        id="groups",
        origin=DEPRESSION,
        where="abstract",
        quote="significant differences in the intensities of AUs associated with sadness and happiness "
        "between the groups",
        theirs="p = 0.0 and p = 5.6e-295, over time points",
        why=f"{_NO_RECORDINGS} Those p-values count 3,000 time points as if each were a person; one "
        "value a person gives p = 0.25 for the same question. Cohort shows both on any cohort.",
    ),
    Claim(
        id="clusters",
        origin=DEPRESSION,
        where="results",
        quote="Silhouette scores of the clusterings.",
        in_our_words=True,
        theirs="happiness 0.48, sadness 0.69 (K-means)",
        why=f"{_NO_RECORDINGS} A silhouette says nothing of the groups either; Cohort puts the "
        "agreement with the labels beside it.",
    ),
    Claim(
        id="rocket",
        origin=DEPRESSION,
        where="notebooks",
        quote="Accuracy of ROCKET with logistic regression.",
        in_our_words=True,
        theirs="0.70",
        why=f"{_NO_RECORDINGS} 0.70 is 14 of 20 people, the best of 20 settings chosen on those same "
        "people. Cohort repeats that protocol beside ours, with true and with shuffled labels.",
    ),
    Claim(
        id="classifier",
        origin=ELSEWHERE,
        where="two repositories",
        quote="Accuracy on FER2013's private test faces.",
        in_our_words=True,
        theirs="72.97 to 73.70%",
        unit="%",
        at_least=72.97,
        measure=classifier_accuracy,
        methods=("original",),
        command=_SUMMARY,
    ),
    Claim(
        id="ours-photographs-jpeg",
        origin=OURS,
        where="photographs",
        quote="Photographs take at least 40 % fewer bytes than JPEG at equal PSNR, 0.1 to 1 bit/pixel.",
        theirs="−40% rate",
        unit="% rate",
        at_least=-40.0,
        sign=-1,
        measure=rate_against("jpeg", "photographs"),
        methods=("baseline", "jpeg"),
        command=_BD_PSNR.format("jpeg", "photographs"),
        why=_STUDIO,
    ),
    Claim(
        id="ours-photographs-webp",
        origin=OURS,
        where="photographs",
        quote="Photographs take at least 15 % fewer bytes than WebP at equal PSNR, 0.1 to 1 bit/pixel.",
        theirs="−15% rate",
        unit="% rate",
        at_least=-15.0,
        sign=-1,
        measure=rate_against("webp", "photographs"),
        methods=("baseline", "webp"),
        command=_BD_PSNR.format("webp", "photographs"),
        why=_STUDIO,
    ),
    Claim(
        id="ours-faces-webp",
        origin=OURS,
        where="faces",
        quote="Faces of 64 x 64 pixels take at least 25 % fewer bytes than WebP at equal PSNR.",
        theirs="−25% rate",
        unit="% rate",
        at_least=-25.0,
        sign=-1,
        measure=rate_against("webp", "fer2013"),
        methods=("baseline", "webp"),
        command=_BD_PSNR.format("webp", "fer2013"),
        why="WebP shares its headers among 64 faces, the learned codec does not.",
    ),
    Claim(
        id="ours-bytes",
        origin=OURS,
        where="faces",
        quote="A face in fewer than 60 bytes, 64 in a file, keeps 95 % of the accuracy on originals.",
        theirs="60 bytes",
        unit="bytes",
        at_least=60.0,
        sign=-1,
        measure=bytes_that_keep(0.95, "joint"),
        methods=("joint", "original"),
        command=_SUMMARY,
    ),
    Claim(
        id="ours-share",
        origin=OURS,
        where="faces",
        quote="At equal bytes the jointly trained codec is read better than the baseline's, by "
        "classifiers that were each tuned on their own codec.",
        theirs="a gain over the control",
        unit="points",
        at_least=0.0,
        beyond_chance=True,
        measure=codecs_share,
        methods=("joint", "control"),
        command="python -m core.evaluation mcnemar --first joint --second control --json -",
    ),
    Claim(
        id="ours-stranger",
        origin=OURS,
        where="faces",
        quote="Training both gains something that survives a stranger: a classifier that took no part "
        "needs fewer bits, too.",
        theirs="a lower rate by every stranger",
        unit="% rate",
        at_least=0.0,
        sign=-1,
        beyond_chance=True,
        measure=rate_by_strangers("joint"),
        methods=("baseline", "joint"),
        command=_BD.format("joint --classifier fer"),
    ),
    Claim(
        id="ours-aimed",
        origin=OURS,
        where="faces",
        quote="An encoder that looks at the classifier takes at most a fifth of the baseline's bits "
        "for the same accuracy.",
        theirs="−80% rate",
        unit="% rate",
        at_least=-80.0,
        sign=-1,
        measure=rate_by_own("aimed"),
        methods=("baseline", "aimed"),
        command=_BD.format("aimed"),
        why="The encoder works until this classifier reads what it read on the original: that is "
        "accuracy, not expression.",
    ),
    Claim(
        id="ours-aimed-stranger",
        origin=OURS,
        where="faces",
        quote="A stranger at whom that encoder never looked needs fewer bits as well.",
        theirs="a lower rate by every stranger",
        unit="% rate",
        at_least=0.0,
        sign=-1,
        beyond_chance=True,
        measure=rate_by_strangers("aimed"),
        methods=("baseline", "aimed"),
        command=_BD.format("aimed --classifier fer"),
        why="What strangers see of it is expression kept; the rest is a reader flattered.",
    ),
    Claim(
        id="ours-units",
        origin=OURS,
        where="clips",
        quote="A clip's validated action units survive in fewer bits than as JPEG, WebP or AVIF stills.",
        theirs="fewer bits than the best still",
        unit="% rate",
        at_least=0.0,
        sign=-1,
        beyond_chance=True,
        measure=units_against_stills,
        command=_DRIFT,
        why="Kept: r above 0.9 with the uncompressed series, on the sample clip alone.",
    ),
    Claim(
        id="ours-recordings",
        origin=OURS,
        where="recordings",
        quote="A face at 480 lines takes at most half a megabyte a minute and keeps its action units.",
        theirs="at most 0.5 MB a minute",
        unit="MB a minute",
        at_least=0.5,
        sign=-1,
        measure=recording_size,
        command=_ADVISE,
        why="Kept: validated units with r of 0.9 and a mean change of 0.25, on the sample clip alone.",
    ),
)
"""The rows of the table of claims, in order."""
