"""Compress offers an encoder that looks at the classifier, for one face."""

import time


def finished(page, job, seconds=120):
    end = time.monotonic() + seconds
    while job.running and time.monotonic() < end:
        time.sleep(0.1)
    assert not job.running
    return page.run()


def test_a_face_is_encoded_plainly_and_with_a_look_at_the_classifier(open_page):
    page = open_page("compress", face="two.png", quality="60")
    page.button(key="compress_aimed_start").click().run()
    _, job = page.session_state["kept_visit"].things["compress_aimed"]
    finished(page, job)
    assert job.error is None and not page.exception
    pair = job.result
    assert pair.plain.quality_index == pair.aimed.quality_index == 60
    assert pair.pictures[0].shape == pair.pictures[1].shape
    (table,) = [frame.value for frame in page.dataframe if "read by" in frame.value]
    assert list(table["read by"]) == ["our classifier"]
    assert table["looked at the classifier"].str.contains("✓|✗").all()
