// Shows one face at every quality: everything is here already, so nothing is asked of the server.
// The data is one buffer of little-endian integers of 4 bytes (the stop to go to, the count of such
// commands, the length of the manifest), the manifest (JSON) and the pictures (PNG).

const CELL = 16;
const ERROR_FULL = 32;
const HEAT = [[13, 8, 60], [110, 20, 110], [200, 60, 75], [250, 150, 30], [252, 250, 160]];
const VIEWS = { decoded: "Decoded", error: "Error", bits: "Bits" };

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  root.shown ??= mount(root);
  root.shown.update(data, (index) => setStateValue("quality", index));
}

function mount(root) {
  const find = (selector) => root.querySelector(selector);
  const canvas = find("canvas"), handle = find(".handle"), slider = find(".quality input");
  const state = { index: 0, split: 0.5, view: "decoded", zoom: 1, x: 0.5, y: 0.5 };
  let face = null, report = () => {}, waiting = 0;

  const point = () => face.points[state.index];
  const bounded = (value, low, high) => Math.min(high, Math.max(low, value));

  async function update(buffer, send) {
    report = send;
    const next = read(buffer);
    const fresh = !face || face.id !== next.id;
    const told = fresh || face.command !== next.command;
    if (fresh) {
      next.bitmaps = await Promise.all(next.pictures.map((blob) => createImageBitmap(blob)));
      next.levels = new Map();
      next.original = next.bitmaps[0];
    } else {
      for (const kept of ["bitmaps", "levels", "original"]) next[kept] = face[kept];
    }
    face = next;
    root.style.setProperty("--after", face.colour);
    slider.min = 0;
    slider.max = face.points.length - 1;
    find(".stage").style.aspectRatio = `${face.width} / ${face.height}`;
    if (told) {
      state.index = nearest(face.quality_index);
      slider.value = state.index;
    }
    ribbon();
    draw();
  }

  function nearest(index) {
    const distances = face.points.map((one) => Math.abs(one.quality_index - index));
    return distances.indexOf(Math.min(...distances));
  }

  // -- the picture ------------------------------------------------------------------------------

  function draw() {
    if (!face) return;
    paint();
    facts();
  }

  function paint() {
    if (!face) return;
    const scale = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale), height = Math.round(canvas.clientHeight * scale);
    if (!width || !height) return;
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = width < face.width * state.zoom;
    const w = face.width / state.zoom, h = face.height / state.zoom;
    const left = bounded(state.x * face.width - w / 2, 0, face.width - w);
    const top = bounded(state.y * face.height - h / 2, 0, face.height - h);
    const show = (image) => context.drawImage(image, left, top, w, h, 0, 0, width, height);
    show(face.original);
    context.save();
    context.beginPath();
    context.rect(state.split * width, 0, width, height);
    context.clip();
    if (state.view === "error") show(errorMap());
    else show(face.bitmaps[1 + state.index]);
    if (state.view === "bits") bitMap(context, width / w, left, top);
    context.restore();

    canvas.classList.toggle("movable", state.zoom > 1);
    handle.style.left = `${100 * state.split}%`;
    handle.setAttribute("aria-valuenow", Math.round(100 * state.split));
    find(".tag.after").textContent = VIEWS[state.view];
    find(".tag.before").hidden = state.split < 0.2;
    find(".tag.after").hidden = state.split > 0.8;
    find(".factor").textContent = `${state.zoom}×`;
    find("[data-zoom=out]").disabled = state.zoom === 1;
    find("[data-zoom=in]").disabled = state.zoom === 8;
    for (const button of root.querySelectorAll("[data-view]")) {
      const chosen = button.dataset.view === state.view;
      button.setAttribute("aria-checked", chosen);
      button.tabIndex = chosen ? 0 : -1;
    }
  }

  function pixels(index) {
    if (!face.levels.has(index)) {
      const copy = new OffscreenCanvas(face.width, face.height).getContext("2d");
      copy.drawImage(face.bitmaps[index], 0, 0);
      face.levels.set(index, copy.getImageData(0, 0, face.width, face.height).data);
    }
    return face.levels.get(index);
  }

  function errorMap() {
    const before = pixels(0), after = pixels(1 + state.index);
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

  function bitMap(context, scale, left, top) {
    const { rows, columns, bits } = point().cells;
    const most = Math.max(...bits, 1e-9), side = CELL * scale;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${Math.min(15 * (window.devicePixelRatio || 1), side / 3)}px sans-serif`;
    bits.forEach((value, i) => {
      const x = ((i % columns) * CELL - left) * scale, y = (Math.floor(i / columns) * CELL - top) * scale;
      const colour = heat(value / most);
      context.fillStyle = `rgb(${colour.map(Math.round).join(" ")} / 0.72)`;
      context.fillRect(x, y, side + 0.5, side + 0.5);
      if (side < 34 * (window.devicePixelRatio || 1)) return;
      context.fillStyle = colour[0] + colour[1] > 330 ? "#222" : "#fff";
      context.fillText(value < 10 ? value.toFixed(1) : Math.round(value), x + side / 2, y + side / 2);
    });
  }

  // -- the facts --------------------------------------------------------------------------------

  function facts() {
    const now = point(), before = face.probabilities;
    find(".file").textContent = count(now.file);
    find(".bpp").textContent = rate(now.file);
    find(".psnr").textContent = now.psnr.toFixed(1);
    find(".quality output").textContent = now.quality_index;

    const was = top(before), is = top(now.p);
    find(".verdict").innerHTML = was === is
      ? `<b>${face.classes[is]}</b>, as on the original`
      : `<b>${face.classes[was]}</b> on the original, <b>${face.classes[is]}</b> after decoding`;
    find(".bars").innerHTML = face.classes.map((name, i) => `
      <div role="row" class="${i === is ? "winner" : ""}">
        <span role="rowheader">${name}</span>
        <span class="track" role="presentation"><i class="was" style="width:${100 * before[i]}%"></i><i class="is" style="width:${100 * now.p[i]}%"></i></span>
        <span class="value" role="cell">${percent(before[i])} → ${percent(now.p[i])} %</span>
      </div>`).join("");

    const parts = [["header", now.header], ["z", now.z], ["y", now.y]];
    const names = { header: "Header", z: "z, the outline of the statistics", y: "y, the face itself" };
    parts.forEach(([part, bytes]) => (find(`.stack .${part}`).style.width = `${(100 * bytes) / now.file}%`));
    const row = (name, bytes, kind = "") =>
      `<tr class="${kind}"><td>${name}</td><td>${bytes < 100 && bytes % 1 ? bytes.toFixed(1) : count(Math.round(bytes))} B</td><td>${rate(bytes)} bpp</td></tr>`;
    find(".bytes tbody").innerHTML =
      parts.map(([part, bytes]) => row(`<i class="${part}"></i>${names[part]}`, bytes)).join("") +
      row("File", now.file, "total") + row("Payload, without the header", now.payload) +
      row("Payload by the model's estimate", now.estimate);

    const text = `Quality ${now.quality_index} of 255, ${now.file} bytes, ${rate(now.file)} bits per pixel, read as ${face.classes[is]}`;
    slider.setAttribute("aria-valuetext", text);
    canvas.setAttribute("aria-label", `${face.name}, original on the left, ${VIEWS[state.view].toLowerCase()} on the right. ${text}`);
    find(".picture .legend").innerHTML = legend();
  }

  function legend() {
    const scale = `<i class="scale" style="background:linear-gradient(90deg,${HEAT.map((c) => `rgb(${c})`)})"></i>`;
    if (state.view === "error") return `0 ${scale} ${ERROR_FULL} levels of 255 or more`;
    if (state.view === "bits") return `0 ${scale} ${Math.max(...point().cells.bits).toFixed(1)} bits a square of ${CELL} × ${CELL} pixels, estimated`;
    return `${face.width} × ${face.height} pixels. Drag the line; the picture follows the slider at once.`;
  }

  function ribbon() {
    const was = top(face.probabilities);
    find(".ribbon").innerHTML = face.points.map((one) => `<i class="${top(one.p) === was ? "same" : "other"}"></i>`).join("");
  }

  const top = (values) => values.indexOf(Math.max(...values));
  const percent = (value) => Math.round(100 * value);
  const count = (value) => value.toLocaleString("en");
  const rate = (bytes) => ((8 * bytes) / (face.width * face.height)).toFixed(3);

  // -- the controls -----------------------------------------------------------------------------

  slider.addEventListener("input", () => {
    state.index = +slider.value;
    draw();
  });
  slider.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      find(".spoken").textContent = slider.getAttribute("aria-valuetext");
      report(point().quality_index);
    }, 250);
  });

  for (const button of root.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => {
      state.view = button.dataset.view;
      draw();
    });
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const names = Object.keys(VIEWS);
      state.view = names[(names.indexOf(state.view) + step + names.length) % names.length];
      draw();
      find(`[data-view=${state.view}]`).focus();
    });
  }

  function zoom(factor) {
    state.zoom = bounded(state.zoom * factor, 1, 8);
    move(0, 0);
  }
  function move(dx, dy) {
    const margin = 0.5 / state.zoom;
    state.x = bounded(state.x + dx / state.zoom, margin, 1 - margin);
    state.y = bounded(state.y + dy / state.zoom, margin, 1 - margin);
    paint();
  }
  find("[data-zoom=in]").addEventListener("click", () => zoom(2));
  find("[data-zoom=out]").addEventListener("click", () => zoom(0.5));
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
    if (event.key === "+" || event.key === "=") zoom(2);
    else if (event.key === "-") zoom(0.5);
    else if (state.zoom > 1 && moves[event.key]) move(...moves[event.key]);
    else return;
    event.preventDefault();
  });
  dragged(canvas, (event) => {
    if (state.zoom > 1) move(-event.movementX / canvas.clientWidth, -event.movementY / canvas.clientHeight);
  });

  function split(value) {
    state.split = bounded(value, 0, 1);
    paint();
  }
  dragged(handle, (event) => {
    const box = canvas.getBoundingClientRect();
    split((event.clientX - box.left) / box.width);
  });
  handle.addEventListener("keydown", (event) => {
    const target = { ArrowLeft: state.split - 0.02, ArrowRight: state.split + 0.02, Home: 0, End: 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    split(target);
  });

  new ResizeObserver(paint).observe(canvas);
  return { update };
}

function dragged(element, moved) {
  element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId));
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) moved(event);
  });
}

function heat(value) {
  const place = Math.min(0.9999, Math.max(0, value)) * (HEAT.length - 1), i = Math.floor(place);
  return HEAT[i].map((from, c) => from + (place - i) * (HEAT[i + 1][c] - from));
}

function read(buffer) {
  const bytes = buffer instanceof Uint8Array ? buffer : new Uint8Array(buffer);
  const numbers = new DataView(bytes.buffer, bytes.byteOffset);
  const [quality_index, command, length] = [0, 4, 8].map((at) => numbers.getUint32(at, true));
  const manifest = JSON.parse(new TextDecoder().decode(bytes.subarray(12, 12 + length)));
  Object.assign(manifest, { quality_index, command });
  let offset = 12 + length;
  manifest.pictures = manifest.lengths.map((size) => {
    offset += size;
    return new Blob([bytes.slice(offset - size, offset)], { type: "image/png" });
  });
  return manifest;
}
