// Tasks on the live face: find where a reading changes; set two errors equal.

async function makeLiveTask(place, part, step, solved) {
  place.innerHTML = LIVE;
  let touched = false;
  place.addEventListener("input", () => (touched = true), true);
  place.addEventListener("click", () => (touched = true), true);
  const rules = { change: whereItChanges, "equal error": equallyFar };
  const watch = (now, index) => {
    const text = touched && rules[step.rule](now, index);
    if (text) solved(text);
  };
  const buffer = new Uint8Array(await part.arrayBuffer());
  const [head, blobs] = opened(buffer);
  const bytes = await Promise.all(blobs.map(async (blob) => new Uint8Array(await blob.arrayBuffer())));
  makeLive(place.querySelector(".live"), watch, () => {}).update(joined({ ...head, set: { ...head.set, ...step.set } }, bytes));
}

function whereItChanges({ face, right }, index) {
  const name = (p) => face.classes[top(p)], points = right.points, i = index.right;
  if (i + 1 >= points.length) return "";
  const [here, above, was] = [name(points[i].p), name(points[i + 1].p), name(right.before)];
  if (here === was || above !== was) return "";
  return `${right.title}: in ${points[i].file} bytes it is read as ${here}, one step up, in ${points[i + 1].file}, as ${was} again.`;
}

function equallyFar({ face, left, right, view }) {
  if (view !== "error" || !left.point || Math.abs(left.point.psnr - right.point.psnr) > 0.5) return "";
  const told = (side) => `${side.title} in ${side.point.file} bytes is read as ${face.classes[top(side.p)]} (${percent(side.p[top(side.p)])}%)`;
  return `Both are ${right.point.psnr.toFixed(1)} dB from the original, within half a decibel. ${told(left)}; ${told(right)}. The error map tells how far, not what was lost.`;
}
