"""Composites that say nothing of their own are not offered."""

from core.facs import COMPOSITES, distinct


def test_whole_composites_are_all_kept():
    kept, reasons = distinct(COMPOSITES)
    assert kept == COMPOSITES and reasons == {}


def test_composites_that_collapse_into_each_other_go_with_the_reason():
    kept, reasons = distinct(
        {"happiness": ("AU12",), "contempt": ("AU12",), "anger": ("AU04", "AU07")}
    )
    assert kept == {"anger": ("AU04", "AU07")}
    assert reasons["contempt"] == "contempt is AU12 alone, as is happiness"
    same = distinct({"fear": ("AU01", "AU02"), "surprise": ("AU02", "AU01")})
    assert same[0] == {} and "the same as surprise" in same[1]["fear"]
    assert distinct({"disgust": ()})[1] == {"disgust": "disgust has no unit left"}
