"""``python -m core doctor``: what this machine lacks, with a remedy for each.

``python -m core glossary [WORD ...]``: what the words of pages, tables and options mean.
"""

import sys


def main() -> int:
    """Exit code of the command."""
    if sys.version_info < (3, 10):  # noqa: UP036 (it may be run by any)
        print("ExpressRate needs Python 3.11 or 3.12; this is", sys.version.split()[0])
        return 1
    if sys.argv[1:2] == ["glossary"]:
        from core import glossary

        return glossary.main(sys.argv[2:])
    from core import doctor

    return doctor.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
