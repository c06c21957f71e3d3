"""Networks come without the packages that nobody here uses, which can be loaded afterwards."""

import subprocess
import sys

from tests.paths import ROOT

CODE = """
import sys
from core.codec.network import VariableRateCodec
from core.recognition.classifier import ExpressionClassifier
VariableRateCodec(16, 24), ExpressionClassifier()
print(sorted({"sympy", "torch._dynamo", "torch_geometric"} & set(sys.modules)))
import torch._dynamo
import torch_geometric.data
print(torch._dynamo.utils.is_compile_supported("cpu"), torch_geometric.data.Data.__module__)
"""


def test_networks_load_neither_a_compiler_nor_point_clouds_and_leave_both_to_whoever_wants_them():
    ran = subprocess.run([sys.executable, "-c", CODE], text=True, capture_output=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    before, after = ran.stdout.splitlines()[-2:]
    assert before == "[]"
    assert after == "True torch_geometric.data.data"
