"""What can be chosen on a command line or a page: data sets, labels, qualities, rates."""

DATA = {
    "fer2013": "FER2013",
    "photographs": "Photographs",
    "kodak": "Kodak",
    "foreign": "Elsewhere",
    "gallery": "Gallery",
}
"""Data sets as tables and command lines call them, and their names on screen."""

LABELS = {"fer2013": "label", "ferplus": "ferplus"}
"""Whose label a prediction is compared with, and the column of the tables that holds it."""

QUALITIES = {
    "accuracy": "Accuracy",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "p_true": "Probability of the true class",
}
"""What a curve can show against the rate, and its title."""

RATES = {"file": "Bits per pixel (file)", "payload": "Bits per pixel (payload)"}
"""Which bytes count, and the title of their axis."""

RESAMPLES, SEED = 1000, 0
"""Of every bootstrap: one number of resamples and one seed, so that a figure has one interval."""
