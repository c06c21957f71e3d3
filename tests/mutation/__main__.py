"""Would the tests notice?  Small faults are put into the sources, one at a time, and the tests must fail.

    python -m tests.mutation                       # a sample of the codec, the statistics and the ledger
    python -m tests.mutation --sample 200 --seed 3 core/face/ledger.py
    python -m tests.mutation --again               # what survived, with the tests of today

The faults are Cosmic Ray's (another operator, comparison, number, constant; a loop that does not run; a
``not`` more).  Each is written into a copy of the tree, where the tests of its module run until the first
fails, in a process forked from one that has imported the packages.  Left out are faults in annotations,
which mean nothing at run time.  What survives is printed as a diff: a test is missing, or the fault
changes nothing that anybody could see.  Those are listed, each with its reason, in ``equivalent.json``
and count neither way.  Exit 1 under 85 % noticed.  ``measured.json`` keeps the figures of each part: what
was noticed at first, and what is after tests were written for what had survived.
"""

import argparse
import contextlib
import difflib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from tests.paths import ROOT, copy_tree

LEAST = 0.85
PARTS = {"core/codec": "tests/core/codec", "core/cohort/statistics": "tests/core/cohort"}
PARTS |= {"core/face/ledger.py": "tests/core/face"}
"""What is mutated -> where its tests are."""

KINDS = (
    "ReplaceBinaryOperator", "ReplaceComparisonOperator", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceContinueWithBreak", "ReplaceBreakWithContinue",
    "AddNot", "NumberReplacer", "ZeroIterationForLoop", "ReplaceUnaryOperator",
)  # fmt: skip
_PATIENCE = 600  # seconds for the tests of one fault; what hangs is noticed
_HERE = Path(__file__).parent
_EQUIVALENT, _MEASURED = _HERE / "equivalent.json", _HERE / "measured.json"
NOTICED, SURVIVED, SAME = "noticed", "survived", "equivalent"
"""What can become of a fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One small fault in a source file: an operator of Cosmic Ray at its n-th place."""

    file: str
    kind: str
    place: int

    def text(self) -> str | None:
        """The source with the fault; None where it means nothing at run time."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        source = (ROOT / self.file).read_text()
        with contextlib.suppress(SyntaxError):
            text = mutate_code(source, get_operator(self.kind)(), self.place)
            return text if _meaning(text) != _meaning(source) else None
        return None


def faults(file: str) -> list[Fault]:
    """Every fault that can be put into a source file."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast((ROOT / file).read_text())))
    kinds = [name for name in operator_names() if name.split("/")[1].startswith(KINDS)]
    return [
        Fault(file, name, place)
        for name in kinds
        for operator in [get_operator(name)()]
        for place in range(sum(len(list(operator.mutation_positions(node))) for node in nodes))
    ]


def _meaning(source: str) -> str:
    """A source without its annotations and docstrings."""
    import ast

    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def part_of(file: str) -> str:
    """The part that a file belongs to."""
    return next(part for part in PARTS if file.startswith(part))


def tests_of(file: str) -> list[str]:
    """The test files of a module: those named after it first, then those that mention it."""
    folder = PARTS[part_of(file)]
    stem, module = Path(file).stem, file.removesuffix(".py").replace("/", ".")
    package, _, name = module.rpartition(".")
    chosen = []
    for path in sorted((ROOT / folder).rglob("test_*.py")):
        text = path.read_text()
        imports = module in text or (f"from {package} import" in text and name in text)
        if imports or stem in path.stem:
            chosen.append((stem not in path.stem, str(path.relative_to(ROOT))))
    return [path for _, path in sorted(chosen)] or [folder]


def is_noticed(tree: Path, file: str, text: str) -> bool:
    """Whether a test of a file fails, or hangs, with this text of it in the copy of the tree."""
    (tree / file).write_text(text)
    try:
        return _fail(tree, tests_of(file), _PATIENCE)
    finally:
        shutil.copy(ROOT / file, tree / file)


def _fail(tree: Path, tests: list[str], patience: float) -> bool:
    """Whether one of the tests fails in the copy of the tree, or they are not done in time."""
    child = os.fork()
    if child == 0:
        _run(tree, tests)
    end = time.monotonic() + patience
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.1)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _run(tree: Path, tests: list[str]) -> None:
    """In the child: the tests, as if this were the tree."""
    import pytest

    os.setpgid(0, 0)
    os.chdir(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if path not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.split(".")[0] in ("core", "pages", "tests")]:
        del sys.modules[name]
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    os._exit(int(pytest.main(["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", *tests])))


def _warm_up() -> None:
    """Import what every test needs; nothing of it may start a thread before the fork."""
    import av  # noqa: F401
    import numba  # noqa: F401
    import pandas  # noqa: F401
    import PIL.Image  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.cluster  # noqa: F401
    import torch  # noqa: F401


def _difference(file: str, text: str) -> list[str]:
    """The lines taken out of a file (-) and put in (+)."""
    lines = difflib.unified_diff(
        (ROOT / file).read_text().splitlines(), text.splitlines(), n=0, lineterm=""
    )
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def is_equivalent(file: str, difference: list[str], listed: list[dict]) -> bool:
    """Whether a fault is one of those that change nothing that anybody could see."""
    return any(each["file"] == file and each["difference"] == difference for each in listed)


def main(arguments: list[str]) -> int:
    """Put faults in, one after the other; print what nobody noticed, keep the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__.split("\n")[0]
    )
    parser.add_argument("files", nargs="*", default=list(PARTS), help="files or folders of core")
    parser.add_argument("--sample", type=int, default=60, help="faults tried (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--again", action="store_true", help="try what survived, not a new sample")
    given = parser.parse_args(arguments)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    _warm_up()
    with tempfile.TemporaryDirectory() as place:
        tree = copy_tree(Path(place) / "tree")
        if given.again:
            return _try_again(tree)
        return _try_sample(tree, given.files, given.sample, given.seed)


def _try_sample(tree: Path, names: list[str], size: int, seed: int) -> int:
    """Try faults drawn at random; 0 if enough of them were noticed."""
    paths = [path for name in names for path in _files(name)]
    sample = _sample(paths, size, seed)
    print(f"{len(sample)} faults in {len(paths)} files, seed {seed}", flush=True)
    if not _tests_pass(tree, [fault.file for fault, _ in sample]):
        return 2
    tried = []
    for number, (fault, text) in enumerate(sample, 1):
        tried.append((fault, _try(tree, number, fault, text)))
        if set(names) <= set(PARTS):  # whole parts
            _keep(tried, seed)
    became = [each for _, each in tried]
    print(f"{became.count(NOTICED)} noticed, {became.count(SURVIVED)} survived")
    share = became.count(NOTICED) / max(1, len(became) - became.count(SAME))
    return 0 if share >= LEAST else 1


def _try_again(tree: Path) -> int:
    """Try what survived earlier with the tests of today; 0 if now enough is noticed in every part."""
    measured = _measured()
    for figures in measured.values():
        for number, each in enumerate(list(figures["survivors"]), 1):
            fault = Fault(each["file"], each["kind"], each["place"])
            text = fault.text()
            if text is None or _difference(fault.file, text) != each["difference"]:
                print(f"{each['file']} has changed since: draw a new sample", file=sys.stderr)
                return 2
            became = _try(tree, number, fault, text)
            if became != SURVIVED:
                figures[became] += 1
                figures["survivors"].remove(each)
                _write(measured)
    shares = [
        figures[NOTICED] / (figures[NOTICED] + len(figures["survivors"]))
        for figures in measured.values()
    ]
    print({part: f"{share:.0%}" for part, share in zip(measured, shares, strict=True)})
    return 0 if min(shares) >= LEAST else 1


def _tests_pass(tree: Path, files: list[str]) -> bool:
    """Whether the tests of all these files pass without any fault."""
    tests = sorted({test for file in files for test in tests_of(file)})
    if _fail(tree, tests, _PATIENCE * len(tests)):
        print(f"one of these fails without any fault: {' '.join(tests)}", file=sys.stderr)
        return False
    return True


def _sample(paths: list[str], size: int, seed: int) -> list[tuple[Fault, str]]:
    """Faults drawn at random, each with the text of its file."""
    every = [fault for file in paths for fault in faults(file)]
    random.Random(seed).shuffle(every)
    drawn = ((fault, fault.text()) for fault in every)
    return list(islice(((fault, text) for fault, text in drawn if text), size))


def _try(tree: Path, number: int, fault: Fault, text: str) -> str:
    """What becomes of a fault; what nobody notices is printed."""
    difference = _difference(fault.file, text)
    if is_equivalent(fault.file, difference, json.loads(_EQUIVALENT.read_text())):
        became = SAME
    else:
        became = NOTICED if is_noticed(tree, fault.file, text) else SURVIVED
    print(f"{number:4} {became:10} {fault.file} {fault.kind.split('/')[1]}", flush=True)
    if became == SURVIVED:
        print("\n".join(difference), flush=True)
    return became


def _keep(tried: list[tuple[Fault, str]], seed: int) -> None:
    """Put the figures of the parts that were tried into the file of all parts."""
    measured = _measured()
    for part in {part_of(fault.file) for fault, _ in tried}:
        these = [(fault, became) for fault, became in tried if part_of(fault.file) == part]
        became = [each for _, each in these]
        survivors = [
            {**asdict(fault), "difference": _difference(fault.file, fault.text() or "")}
            for fault, each in these
            if each == SURVIVED
        ]
        figures = {"seed": seed, "faults": len(these), "noticed at first": became.count(NOTICED)}
        figures |= {NOTICED: became.count(NOTICED), SAME: became.count(SAME)}
        measured[part] = figures | {"survivors": survivors}
    _write(measured)


def _measured() -> dict[str, dict]:
    return json.loads(_MEASURED.read_text()) if _MEASURED.is_file() else {}


def _write(measured: dict[str, dict]) -> None:
    _MEASURED.write_text(json.dumps(measured, indent=1) + "\n")


def _files(name: str) -> list[str]:
    path = ROOT / name
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [
        str(file.relative_to(ROOT)) for file in found if file.stem not in ("__main__", "__init__")
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
