"""Two workers share the work; one of them is killed, and everything is done all the same, once."""

import shutil

import pytest

from core.bridge.methods import methods
from core.bridge.passes import DriftSettings
from core.bridge.work import run
from tests.core.processes import killer_of


@pytest.mark.slow
def test_the_work_of_a_killed_worker_is_done_by_the_other(clip, store, tmp_path):
    from distributed import LocalCluster

    clips = [tmp_path / f"clip{number}.mp4" for number in range(3)]
    for path in clips:
        shutil.copy(clip, path)
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    chosen = methods(["original", "jpeg"], 2)

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        kill_one, killed = killer_of(cluster)
        found = run(
            [*clips, broken], chosen, DriftSettings(emotions=False, frames=4), store,
            scheduler=cluster.scheduler_address, progress=kill_one,
        )  # fmt: skip
    assert killed
    assert [failure.clip for failure in found.failures] == ["broken"]
    pieces = found.drift.groupby(["clip", "name"])["setting"].nunique()
    assert len(pieces) == 6
    assert len(list(store.folder.glob("*.parquet"))) == 9, (
        "three clips, each as it is and coded twice"
    )
