"""The checks on opening the Verify page: is every file the one that was described?"""

import pandas as pd
import streamlit as st

from core import checkpoints
from core.evaluation.claims import verify
from core.evaluation.measuring import label_codec
from core.evaluation.measuring.readings import readings_folder
from core.evaluation.measuring.table import results_folder
from core.recognition import strangers


def show_checks() -> None:
    """One line, and the files behind it."""
    checks = _checks(_stamps())
    failed = [check for check in checks if not check.passed]
    if failed:
        lines = "\n".join(f"- `{check.file}`: {check.text}" for check in failed)
        st.error(
            f"{len(failed)} of {len(checks)} files are not what was described:\n{lines}",
            icon=":material/gpp_bad:",
        )
    elif checks:
        st.success(
            f"All {len(checks)} files of weights and tables are what their cards and sidecars say.",
            icon=":material/verified:",
        )
    else:
        st.info("There are no weights and no tables here to check.", icon=":material/info:")
        return
    with st.expander("Files that were checked", icon=":material/fingerprint:"):
        st.dataframe(
            pd.DataFrame(
                {
                    "file": [check.file for check in checks],
                    "as described": [check.passed for check in checks],
                    "found": [check.text for check in checks],
                }
            ),
            hide_index=True,
            column_config={"found": st.column_config.TextColumn(width="large")},
        )
        st.caption(
            "SHA-256 of every file, computed when it has changed since the last look. In a terminal: "
            "`python -m core.evaluation verify`"
        )


def _stamps() -> tuple:
    """What was there to check; it changes when a file does."""
    results = results_folder()
    folders = (checkpoints.folder(), results, readings_folder(), strangers.folder())
    files = [file for folder in (*folders, label_codec.folder()) for file in folder.glob("*.*")]
    return str(checkpoints.folder()), *(
        (file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(files)
    )


@st.cache_data(max_entries=2, show_spinner=False)
def _checks(stamps: tuple) -> list[verify.Check]:
    return verify.check_files()
