import pytest

from core.errors import InputError
from core.face.cluster import extract_on_cluster
from core.face.extract import ExtractSettings
from core.face.video_files import place_videos
from tests.core.face.film import film


@pytest.mark.usefixtures("landmarker")
def test_a_cluster_measures_each_file_once_and_reports_the_bad_one(tmp_path, small):
    from distributed import LocalCluster

    film(tmp_path / "good.mp4", [small[0]] * 2)
    (tmp_path / "bad.mp4").write_text("no video")
    settings = ExtractSettings(emotions=False)
    here = dict(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None)
    with LocalCluster(**here) as cluster:
        address, videos = cluster.scheduler_address, place_videos([tmp_path])
        for expected in ("done", "skipped"):
            outcomes = extract_on_cluster(address, videos, tmp_path / "out", settings)
            states = {outcome.video.name: outcome.state for outcome in outcomes}
            assert states == {"good.mp4": expected, "bad.mp4": "failed"}
    assert (tmp_path / "out" / "good.csv").read_text().count("\n") == 3


def test_an_address_where_nobody_answers_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("core.cluster._PATIENCE", "1s")
    with pytest.raises(InputError, match="No Dask scheduler answers"):
        list(extract_on_cluster("tcp://127.0.0.1:9", [], tmp_path, ExtractSettings()))
