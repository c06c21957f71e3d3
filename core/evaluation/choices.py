"""What can be chosen on a command line or a page: data sets, labels, qualities, rates."""

DATA = {
    "fer2013": "FER2013",
    "photographs": "Photographs",
    "kodak": "Kodak",
    "foreign": "Elsewhere",
    "gallery": "Gallery",
}
"""Data sets as tables and command lines call them, and their names on screen."""

FACES = "fer2013"
"""The labelled faces, all of one size: classical codecs lay 64 of them on a sheet."""

LABELS = {"fer2013": "label", "ferplus": "ferplus"}
"""Whose label a prediction is compared with, and the column of the tables that holds it."""

QUALITIES = {
    "accuracy": "Accuracy",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "p_true": "Probability of the true class",
}
"""What a curve can show against the rate, and its title."""

RATES = {
    "file": "Bits per pixel (file)",
    "shared": "Bits per pixel (64 faces a file)",
    "payload": "Bits per pixel (payload)",
}
"""Which bytes count, and the title of their axis.

``file``: a learned codec writes a file a face, classical codecs lay 64 faces on a sheet; ``shared``:
every codec stores 64 faces in a file, a face bears its share; ``payload``: without any header.
"""

RESAMPLES, SEED = 1000, 0
"""Of every bootstrap: one number of resamples and one seed, so that a figure has one interval."""
