// The picture of the viewer: two sides with a line between them, zoom, and the maps of errors and bits.

const CELL = 16;
const ERROR_FULL = 32;
const HEAT = [[13, 8, 60], [110, 20, 110], [200, 60, 75], [250, 150, 30], [252, 250, 160]];
const MOST_ZOOM = 64;

const bounded = (value, low, high) => Math.min(high, Math.max(low, value));

function heat(value) {
  const place = bounded(value, 0, 0.9999) * (HEAT.length - 1), i = Math.floor(place);
  return HEAT[i].map((from, c) => from + (place - i) * (HEAT[i + 1][c] - from));
}

// `shown()`: {face, left, right, view}, each side with its bitmap, and its point unless the original.
function makeStage(root, state, shown, changed) {
  const find = (selector) => root.querySelector(selector);
  const canvas = find("canvas"), handle = find(".handle");
  const levels = new WeakMap();

  function paint() {
    const now = shown();
    if (!now) return;
    const dense = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * dense), height = Math.round(canvas.clientHeight * dense);
    if (!width || !height) return;
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    const [left, top] = corner(now.face), scale = (width * state.zoom) / now.face.width;
    context.imageSmoothingEnabled = scale < 1;
    const middle = state.split * width;
    half(context, now, now.left, 0, middle, [scale, left, top], height);
    half(context, now, now.right, middle, width, [scale, left, top], height);
    dress(now);
  }

  // The picture's point at the stage's upper left corner.
  function corner(face) {
    return [["x", face.width], ["y", face.height]].map(([axis, side]) => {
      const seen = side / state.zoom;
      return seen >= side ? (side - seen) / 2 : bounded(state[axis] * side - seen / 2, 0, side - seen);
    });
  }

  function half(context, now, side, from, to, [scale, left, top], height) {
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height);
    context.clip();
    context.translate(-left * scale, -top * scale);
    context.scale(scale, scale);
    const coded = Boolean(side.point);
    context.drawImage(coded && now.view === "error" ? errorMap(now, side) : side.bitmap, 0, 0);
    if (coded && now.view === "bits" && side.point.cells) bitMap(context, side.point.cells, scale, most(now));
    context.restore();
  }

  function pixels(bitmap, face) {
    if (!levels.has(bitmap)) {
      const copy = new OffscreenCanvas(face.width, face.height).getContext("2d");
      copy.drawImage(bitmap, 0, 0);
      levels.set(bitmap, copy.getImageData(0, 0, face.width, face.height).data);
    }
    return levels.get(bitmap);
  }

  function errorMap({ face, original }, side) {
    const before = pixels(original, face), after = pixels(side.bitmap, face);
    const sheet = new OffscreenCanvas(face.width, face.height), context = sheet.getContext("2d");
    const map = context.createImageData(face.width, face.height);
    for (let i = 0; i < before.length; i += 4) {
      let error = 0;
      for (let c = 0; c < 3; c++) error += Math.abs(before[i + c] - after[i + c]) / 3;
      map.data.set([...heat(error / ERROR_FULL), 255], i);
    }
    context.putImageData(map, 0, 0);
    return sheet;
  }

  // Bits of the dearest square of either side: both maps share one scale.
  const most = (now) =>
    Math.max(1e-9, ...[now.left, now.right].flatMap((side) => side.point?.cells?.bits ?? []));

  function bitMap(context, { rows, columns, bits }, scale, full) {
    const dense = window.devicePixelRatio || 1, size = Math.min((15 * dense) / scale, CELL / 3);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${size}px sans-serif`;
    bits.forEach((value, i) => {
      const x = (i % columns) * CELL, y = Math.floor(i / columns) * CELL, colour = heat(value / full);
      context.fillStyle = `rgb(${colour.map(Math.round).join(" ")} / 0.72)`;
      context.fillRect(x, y, CELL, CELL);
      if (size * scale < 10 * dense) return;
      context.fillStyle = colour[0] + colour[1] > 330 ? "#111" : "#fff";
      context.fillText(value < 10 ? value.toFixed(1) : Math.round(value), x + CELL / 2, y + CELL / 2);
    });
  }

  function dress(now) {
    canvas.classList.toggle("movable", state.zoom > 1);
    handle.style.left = `${100 * state.split}%`;
    handle.setAttribute("aria-valuenow", Math.round(100 * state.split));
    for (const [name, side] of [["before", now.left], ["after", now.right]]) {
      const view = side.point && now.view !== "decoded" ? `, ${now.view}` : "";
      find(`.tag.${name}`).textContent = side.title + view;
    }
    find(".tag.before").hidden = state.split < 0.2;
    find(".tag.after").hidden = state.split > 0.8;
    find(".factor").textContent = `${Math.round(100 * state.zoom)}%`;
    find("[data-zoom=out]").disabled = state.zoom <= least(now.face);
    find("[data-zoom=in]").disabled = state.zoom >= MOST_ZOOM;
    find(".picture .legend").innerHTML = legend(now);
  }

  function legend(now) {
    const scale = `<i class="scale" style="background:linear-gradient(90deg,${HEAT.map((c) => `rgb(${c})`)})"></i>`;
    if (now.view === "error") return `0 ${scale} ${ERROR_FULL} levels of 255 or more`;
    if (now.view === "bits") return `0 ${scale} ${most(now).toFixed(1)} bits a square of ${CELL} × ${CELL} pixels, estimated`;
    return `${now.face.width} × ${now.face.height} pixels`;
  }

  // -- zoom and line ----------------------------------------------------------------------------

  const oneToOne = (face) => face.width / Math.max(1, canvas.clientWidth);
  const least = (face) => Math.min(1, oneToOne(face));

  // Keep the picture's point under (px, py), in 0..1 of the stage, where it is.
  function zoomTo(zoom, px = 0.5, py = 0.5) {
    const { face } = shown(), [left, top] = corner(face);
    const before = state.zoom;
    state.zoom = bounded(zoom, least(face), MOST_ZOOM);
    const kept = (start, side, p) => {
      const seen = side / state.zoom;
      return bounded((start + (p * side) / before - p * seen + seen / 2) / side, 0, 1);
    };
    state.x = kept(left, face.width, px);
    state.y = kept(top, face.height, py);
    paint();
    changed();
  }

  function move(dx, dy) {
    const margin = 0.5 / Math.max(1, state.zoom);
    state.x = bounded(state.x + dx / state.zoom, margin, 1 - margin);
    state.y = bounded(state.y + dy / state.zoom, margin, 1 - margin);
    paint();
    changed();
  }

  const zooms = { in: () => zoomTo(2 * state.zoom), out: () => zoomTo(state.zoom / 2),
    fit: () => zoomTo(1), one: () => zoomTo(oneToOne(shown().face)) };
  for (const button of root.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zooms[button.dataset.zoom]());
  }
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const kind = { "+": "in", "=": "in", "-": "out", 0: "fit", f: "fit", 1: "one" }[event.key];
    if (kind) zooms[kind]();
    else if (/^[2-9]$/.test(event.key)) zoomTo(+event.key);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
    if (!by || state.zoom <= 1) return;
    move(...by);
    event.preventDefault();
  });
  const within = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  find(".stage").addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomTo(state.zoom * Math.exp(-bounded(event.deltaY, -100, 100) / 250), ...within(event));
  }, { passive: false });

  const fingers = new Map();
  const apart = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, within(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const [wasX, wasY] = fingers.get(event.pointerId), [x, y] = within(event);
    if (fingers.size === 2) {
      const before = apart();
      fingers.set(event.pointerId, [x, y]);
      zoomTo((state.zoom * apart()) / Math.max(before, 0.01), x, y);
    } else {
      fingers.set(event.pointerId, [x, y]);
      if (state.zoom > 1) move(wasX - x, wasY - y);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }

  function split(value) {
    state.split = bounded(value, 0, 1);
    paint();
    changed();
  }
  handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) split(within(event)[0]);
  });
  handle.addEventListener("keydown", (event) => {
    const target = { ArrowLeft: state.split - 0.02, ArrowRight: state.split + 0.02, Home: 0, End: 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    split(target);
  });
  new ResizeObserver(paint).observe(canvas);
  return { paint };
}
