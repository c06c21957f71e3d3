"""How to cite: the two papers, ExpressRate itself, and what a view was made with."""

from core import checkpoints, provenance

PAPERS = """@inproceedings{li2025optimized,
  title     = {Optimized Learned Image Compression for Facial Expression Recognition},
  author    = {Li, Xiumei and Windsheimer, Marc and Sadeghi, Misha and Eskofier, Bj{\\"o}rn and Kaup, Andr{\\'e}},
  booktitle = {IEEE International Conference on Image Processing (ICIP)},
  year      = {2025},
  eprint    = {2509.17262},
  archivePrefix = {arXiv},
}

@misc{parikh2024exploring,
  title  = {Exploring Facial Biomarkers for Depression through Temporal Analysis of Action Units},
  author = {Parikh, Aditya and Sadeghi, Misha and Eskofier, Bj{\\"o}rn},
  year   = {2024},
  eprint = {2407.13753},
  archivePrefix = {arXiv},
}
"""  # noqa: E501
"""BibTeX of the two papers that ExpressRate joins."""

_PACKAGES = ("torch", "compressai", "numpy", "pillow", "streamlit")


def bibtex() -> str:
    """The two papers, and ExpressRate in the version that runs."""
    return PAPERS + (
        "\n@software{expressrate,\n"
        "  title   = {{ExpressRate}: how few bits a face needs for its expression to be read},\n"
        "  author  = {{The ExpressRate contributors}},\n"
        f"  version = {{{provenance.code_version()}}},\n"
        "  license = {Apache-2.0},\n}\n"
    )


def made_with(ids: set[str]) -> dict[str, str]:
    """What a view was made with: ExpressRate, packages, and fingerprints of checkpoints by their id."""
    marks = {card.id: card.fingerprint for card in checkpoints.cards()}
    return {
        "ExpressRate": provenance.code_version(),
        **provenance.package_versions(_PACKAGES),
        **{f"checkpoint {id}": marks[id] for id in sorted(ids) if id in marks},
    }
