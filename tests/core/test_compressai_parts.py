"""The codec is the same where CompressAI's compiled parts are missing."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.paths import ROOT

CODE = """
import hashlib, sys, torch
from core.codec.network import VariableRateCodec
torch.manual_seed(0)
codec = VariableRateCodec(16, 24).eval()
with torch.no_grad():
    y, z = codec.analyse(torch.rand(1, 3, 64, 64))
print(type(sys.modules["compressai.ans"]).__name__, sys.modules["compressai.ans"].__spec__ is None)
print(hashlib.sha256(y.numpy().tobytes() + z.numpy().tobytes()).hexdigest())
"""


def said(*first: Path) -> list[str]:
    path = os.pathsep.join(str(each) for each in (*first, ROOT))
    ran = subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, "PYTHONPATH": path}, text=True,
        capture_output=True, cwd=ROOT,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split("\n")


@pytest.mark.slow
def test_a_package_without_its_compiled_parts_codes_alike(tmp_path):
    package = Path(find_spec("compressai").origin).parent
    shutil.copytree(
        package, tmp_path / "compressai", ignore=shutil.ignore_patterns("*.so", "__pycache__")
    )
    whole, stripped = said(), said(tmp_path)
    assert whole[0] == "module False" and stripped[0] == "module True"
    assert whole[1] == stripped[1]
