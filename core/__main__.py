"""``python -m core doctor``: what this machine lacks, with a remedy for each."""

import sys


def main() -> int:
    """Exit code of the command."""
    if sys.version_info < (3, 10):  # noqa: UP036 (it may be run by any)
        print("ExpressRate needs Python 3.11 or 3.12; this is", sys.version.split()[0])
        return 1
    from core import doctor

    return doctor.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
