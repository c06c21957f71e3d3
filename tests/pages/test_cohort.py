"""The Cohort page from tables to report, alone and without a browser."""

import io
import json
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from core.cohort.__main__ import main
from core.cohort.synthesis import write_synthetic
from pages.parts.cohort import source
from tests.pages import risky
from tests.pages.tiny import kept
from tests.paths import ROOT

PAGE = ROOT / "pages" / "cohort.py"
PATIENCE = 240


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ten short recordings with labels and events, as files."""
    return write_synthetic(tmp_path_factory.mktemp("cohort"), 10, 1.5, 3, seconds=10, fps=10)


@pytest.fixture
def uploads(folder):
    """The tables as a zip, whose label file is handed over by itself."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.glob("synthetic_*.csv")):
            archive.write(path, path.name)
    return packed.getvalue(), (folder / "labels.csv").read_bytes()


def opened(tab="Compare", source=None, state=None, **query):
    page = AppTest.from_file(str(PAGE), default_timeout=PATIENCE)
    page.query_params["cohort_tab"] = tab
    page.query_params["cohort_people"] = "10"
    for name, value in query.items():
        page.query_params[name] = value
    if source:
        page.query_params["cohort_source"] = source
    for name, value in (state or {}).items():
        kept(page)[name] = value
    return page.run()


def given(uploads, tab="Compare", **query):
    tables, labels = uploads
    kept = {
        "cohort_kept_tables": [("cohort.zip", tables)],
        "cohort_kept_labels": [("labels.csv", labels)],
    }
    return opened(tab, source.DROPPED, kept, **query)


def said(page):
    boxes = [*page.markdown, *page.caption, *page.warning, *page.info, *page.error, *page.success]
    return "\n".join(box.value for box in boxes)


@pytest.mark.parametrize(
    "tab", ["Compare", "Within persons", "Over time", "Structure", "Classify", "Report"]
)
def test_every_tab_opens_by_its_link_and_says_what_it_must(tab):
    page = opened(tab)
    assert not page.exception
    assert not page.error
    assert "SYNTHETIC COHORT" in said(page)
    assert "nothing here is a diagnosis" in said(page)


def test_an_upload_is_read_and_its_import_report_comes_first(uploads):
    tables, labels = uploads
    page = opened(source=source.DROPPED)
    assert "Drop tables to begin" in said(page)
    page.file_uploader(key="cohort_upload_tables").set_value(
        [("cohort.zip", tables, "application/zip")]
    )
    page.file_uploader(key="cohort_upload_labels").set_value(("labels.csv", labels, "text/csv"))
    page.run()
    assert not page.exception
    cells = {metric.label: metric.value for metric in page.metric}
    assert cells["People"] == "10"
    assert cells["Tables used"] == "10 of 10"
    assert "measures differ after correction" in said(page)
    assert "SYNTHETIC COHORT" in said(page), "the label file says that these people are made up"


def test_a_table_that_ends_its_reader_costs_itself_alone(uploads, monkeypatch):
    tables, labels = uploads
    packed = io.BytesIO(tables)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("synthetic_003_deadly.csv", archive.read("synthetic_003.csv"))
    monkeypatch.setattr(source, "parse", risky.read_table)
    page = given((packed.getvalue(), labels))
    assert not page.exception
    cells = {metric.label: metric.value for metric in page.metric}
    assert cells["Tables used"] == "10 of 11"
    assert "SIGSEGV" in said(page)


def test_tables_without_labels_offer_a_template_and_a_table_to_type_them_in(uploads):
    kept = {"cohort_kept_tables": [("cohort.zip", uploads[0])]}
    page = opened("Over time", source=source.DROPPED, state=kept)
    assert not page.exception
    assert not page.error, "missing labels are no error"
    assert "nothing to compare between groups" in said(page)
    assert {metric.label for metric in page.metric} >= {"People", "Units"}
    assert page.button(key="cohort_use_typed").disabled
    assert any(b.proto.label == "Template as CSV" for b in page.get("download_button"))


def test_labels_that_were_typed_in_are_used(uploads):
    rows = "".join(f"synthetic_{i:03d},{i % 2},\n" for i in range(1, 11))
    kept = {
        "cohort_kept_tables": [("cohort.zip", uploads[0])],
        "cohort_kept_labels": [("labels.csv", f"participant,label,score\n{rows}".encode())],
    }
    page = opened(source=source.DROPPED, state=kept)
    assert not page.exception
    assert "measures differ after correction" in said(page)


def test_a_file_that_is_no_table_is_refused_word_for_word():
    kept = {"cohort_kept_tables": [("notes.csv", b"just,words\nand,more\n")]}
    page = opened(source=source.DROPPED, state=kept)
    assert not page.exception
    assert any(error.value.startswith("No table can be used") for error in page.error)
    assert any("Import report: 1 file" in box.label for box in page.expander), (
        "an error hides nothing"
    )


def test_a_pattern_without_a_group_is_explained(uploads):
    page = given(uploads, cohort_pattern="abc")
    assert not page.exception
    assert any("has no group" in error.value for error in page.error)


def test_what_the_video_page_made_can_be_taken(folder):
    made = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.csv"))]
    page = opened(source=source.EXTRACTED, state={"extracted_tables": made})
    assert not page.exception
    assert {m.label: m.value for m in page.metric}["People"] == "10"
    assert page.session_state["cohort_phase"] == "whole recording"
    page.selectbox(key="cohort_phase").select("coping").run()
    assert not page.exception
    assert not page.error


def test_the_frames_p_value_comes_with_the_reason_not_to_believe_it(uploads):
    page = given(uploads)
    assert "the same 10 faces over and over" in said(page)


def test_the_link_brings_back_effect_and_people():
    page = opened(cohort_effect="0", cohort_people="12")
    assert page.slider(key="cohort_effect").value == 0
    assert {m.label: m.value for m in page.metric}["People"] == "12"


def test_classifiers_run_beside_the_page_and_their_result_is_kept(uploads):
    page = given(uploads, "Classify", cohort_folds="2", cohort_permutations="0", cohort_repeats="1")
    page.button(key="cohort_start_classify").click().run()
    job = kept(page)["cohort_job_classify"][1]
    job.wait(PATIENCE)
    assert job.error is None
    page.run()
    assert not page.exception
    assert "Nested cross-validation over 10 people" in said(page)
    assert kept(page)["cohort_job_classify"][1] is job, "another run must not begin again"
    assert job.result[0].people["label"].value_counts().to_dict() == {"0": 5, "1": 5}


def test_a_running_classification_can_be_cancelled(uploads):
    page = given(uploads, "Classify", cohort_permutations="1000")
    page.button(key="cohort_start_classify").click().run()
    job = kept(page)["cohort_job_classify"][1]
    page.button(key="cohort_job_classify_cancel").click().run()
    job.wait(PATIENCE)
    assert job.cancelled
    page.run()
    assert "Cancelled" in said(page)


def test_the_report_holds_what_the_page_showed(uploads):
    page = given(uploads, "Report")
    page.text_input(key="cohort_title").set_value("Ten <people>").run()
    page.button(key="cohort_make_report").click().run()
    assert not page.exception
    html = kept(page)["cohort_report"][1].decode()
    assert "<h1>SYNTHETIC: Ten &lt;people&gt;</h1>" in html
    for part in ("Methods", "Comparison", "Over time", "Structure", "Settings and versions"):
        assert f"<h2>{part}</h2>" in html
    assert "tests.csv" in html


def test_the_numbers_are_those_of_the_command_line(uploads, folder, tmp_path):
    """One document for both, settings and hashes included; only how long it took may differ."""
    page = given(uploads, "Report", cohort_own_composites="smile = AU06 + 0.5 AU12")
    page.button(key="cohort_make_report").click().run()
    assert not page.exception
    ours = json.loads(kept(page)["cohort_report"][2])
    out = tmp_path / "out.json"
    tables = [str(path) for path in sorted(folder.glob("synthetic_*.csv"))]
    composites = ["happiness", "sadness", "smile = AU06 + 0.5 AU12"]
    command = ["compare", *tables, "--labels", str(folder / "labels.csv"), "--json", str(out)]
    command += ["--composites", *composites, "--curves", "happiness", "sadness", "smile"]
    assert main(command) == 0
    theirs = json.loads(out.read_text())
    assert ours == theirs
    assert ours["settings"]["formulas"]["smile"] == {"AU06": 1.0, "AU12": 0.5}
    assert len(ours["settings"]["inputs (sha256)"]) == 11


def test_every_control_explains_itself():
    for tab in ("Compare", "Within persons", "Over time", "Structure", "Classify", "Report"):
        page = opened(tab, cohort_paper="true", cohort_all_methods="true")
        kinds = ("slider", "selectbox", "multiselect", "toggle", "text_input", "number_input")
        for kind in (*kinds, "button", "download_button", "button_group"):
            for widget in page.get(kind):
                assert widget.proto.help, (tab, widget)


def test_groups_that_were_recorded_differently_are_red_before_any_result(folder):
    """Group 1 at half the frame rate: every second row is gone."""
    labels = (folder / "labels.csv").read_text()
    group = dict(line.split(",")[:2] for line in labels.splitlines()[1:])
    tables = []
    for path in sorted(folder.glob("synthetic_*.csv")):
        head, *rows = path.read_text().splitlines()
        rows = rows[::2] if group[path.stem] == "1" else rows
        tables.append((path.name, "\n".join([head, *rows, ""]).encode()))
    kept = {
        "cohort_kept_tables": tables,
        "cohort_kept_labels": [("labels.csv", labels.encode())],
    }
    page = opened(source=source.DROPPED, state=kept)
    assert not page.exception
    assert any("frames per second differs" in error.value for error in page.error)


def test_a_composite_of_ones_own_is_tested_and_stays_in_the_link(uploads):
    page = given(uploads, cohort_own_composites="smile = AU06 + 0.5 AU12")
    assert not page.exception
    assert "of 20 measures" in said(page)
    wrong = given(uploads, cohort_own_composites="smile")
    assert any("is no composite" in error.value for error in wrong.error)


def test_phases_are_compared_within_persons(folder):
    made = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.csv"))]
    page = opened("Within persons", source.EXTRACTED, {"extracted_tables": made})
    assert not page.exception and not page.error
    assert "comparisons of phases within persons" in said(page)


def test_a_published_report_holds_no_person_unless_it_is_asked_to(uploads):
    for with_people in ("false", "true"):
        page = given(uploads, "Report", cohort_with_people=with_people)
        page.button(key="cohort_make_report").click().run()
        html = kept(page)["cohort_report"][1].decode()
        assert ("synthetic_001" in html) is (with_people == "true")
