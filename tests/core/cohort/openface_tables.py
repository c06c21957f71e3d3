"""Small tables in the form of OpenFace."""

HEAD = "frame,face_id,timestamp,confidence,success,AU06_r,AU12_r"


def openface(values=(1.0, 2.0, 3.0), step=0.04, **changed) -> bytes:
    """A small OpenFace table; ``changed`` maps a row number (``r1``) to a whole line."""
    lines = [f"{i + 1},0,{i * step:.3f},0.95,1,{v},{v + 0.5}" for i, v in enumerate(values)]
    for row, line in changed.items():
        lines[int(row[1:])] = line
    return "\n".join([HEAD, *lines, ""]).encode()
