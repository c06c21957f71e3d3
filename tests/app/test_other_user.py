"""The app works for a user without rights and without a home, on a source tree that cannot be written."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.paths import ROOT

AS_NOBODY = [
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
]  # fmt: skip
"""Another user, who may read everything (Python may lie in root's home) and write nothing of ours."""

CODE = """
import os, sys
assert not os.access("core", os.W_OK), "the tree can be written"
from streamlit.testing.v1 import AppTest
for name in sys.argv[1:]:
    page = AppTest.from_file(f"pages/{name}.py", default_timeout=300).run()
    assert not page.exception, (name, page.exception[0].value)
    assert not page.error, (name, page.error[0].value)
    print(name, "opened")
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0 or not shutil.which("setpriv"),
    reason="only root may be another",
)
def test_pages_open_for_nobody():
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*AS_NOBODY, sys.executable, "-c", CODE, "bridge", "compress", "video"]
    ran = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=900)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.split() == ["bridge", "opened", "compress", "opened", "video", "opened"]
