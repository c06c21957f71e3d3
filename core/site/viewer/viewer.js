// One face on two sides, each at every quality: everything is here already, so nothing is asked of the
// server while one moves.  The data is one buffer: the length of the head (little-endian, 4 bytes), the
// head (JSON), the original (PNG), and for each coded side a buffer of the same kind.

const VIEWS = ["decoded", "error", "bits"];
const WAIT = 300; // milliseconds after the last change until the server is told

// `watch` is told of every picture that is drawn: both sides as they are, and where each stands.
function mount(root, watch = () => {}) {
  const find = (selector) => root.querySelector(selector);
  const state = { view: "decoded", zoom: 1, split: 0.5, x: 0.5, y: 0.5, equal: true };
  const index = { left: 0, right: 0 };
  const sides = { left: null, right: null };
  const sliders = { left: find(".side.left input"), right: find(".side.right input") };
  let face = null, original = null, report = () => {}, waiting = 0, turn = 0;

  const facts = makeFacts(root);
  const stage = makeStage(root, state, shown, changed);

  // Either side as it is now: its title, picture, point and what is read on it.
  function shown() {
    if (!face || !sides.right) return null;
    const right = at("right"), left = sides.left ? at("left") : {
      title: face.original?.[0] ?? "Original", bitmap: original, p: sides.right.before, before: sides.right.before,
      reader: sides.right.reader,
    };
    return { face, original, left, right, view: state.view };
  }
  function at(name) {
    const side = sides[name], point = side.points[index[name]];
    return { ...side, point, p: point.p, bitmap: side.bitmaps[index[name]], tooLarge: tooLarge(name) };
  }
  const other = (name) => (name === "left" ? "right" : "left");
  const file = (name) => sides[name].points[index[name]].file;
  const tooLarge = (name) => state.equal && Boolean(sides.left) && index.master !== name && file(name) > file(other(name));

  async function update(buffer, send) {
    report = send;
    const mine = ++turn, [head, parts] = opened(buffer);
    const fresh = face?.id !== head.id;
    const picture = fresh ? await createImageBitmap(parts[0]) : original;
    const wanted = { left: head.left ? parts[1] : null, right: parts.at(-1) };
    const read = {};
    for (const name of ["left", "right"]) read[name] = wanted[name] && (await side(wanted[name], sides[name]));
    if (mine !== turn) return; // a later one has come
    const told = !face || face.command !== head.command;
    const changedSides = ["left", "right"].some((name) => read[name]?.id !== sides[name]?.id);
    Object.assign(sides, read);
    original = picture;
    face = head;
    if (told) take(head.set);
    if (told || changedSides) settle(head.set);
    dress();
    draw();
  }

  async function side(blob, known) {
    const [made, pictures] = opened(await blob.arrayBuffer());
    if (made.id === known?.id) return known;
    made.bitmaps = await Promise.all(pictures.map((one) => createImageBitmap(one)));
    return made;
  }

  function take(set) {
    for (const name of ["view", "zoom", "split", "x", "y"]) state[name] = set[name];
    state.equal = set.equal_bytes;
  }

  function settle(set) {
    index.right = nearest("right", set.quality);
    index.master = "right";
    if (!sides.left) return;
    if (set.quality_left !== null && !state.equal) index.left = nearest("left", set.quality_left);
    else follow("right");
    if (set.quality_left !== null && set.quality_left !== sides.left.points[index.left].setting) changed();
  }

  function nearest(name, setting) {
    const distances = sides[name].points.map((one) => Math.abs(one.setting - setting));
    return distances.indexOf(Math.min(...distances));
  }

  // The other side's largest file that is not above the moved one's; its smallest where none is.
  function follow(moved) {
    const name = other(moved);
    index.master = moved;
    if (!sides.left) return;
    const files = sides[name].points.map((one) => one.file);
    const fitting = files.map((size, i) => [size, i]).filter(([size]) => size <= file(moved));
    index[name] = fitting.length
      ? fitting.reduce((best, one) => (one[0] >= best[0] ? one : best))[1]
      : files.indexOf(Math.min(...files));
  }

  // -- drawing ----------------------------------------------------------------------------------

  function dress() {
    root.style.setProperty("--after", sides.right.colour);
    root.style.setProperty("--before", sides.left ? sides.left.colour : "#777777");
    root.classList.toggle("alike", sides.left?.colour === sides.right.colour);
    root.classList.toggle("two", Boolean(sides.left));
    find(".stage").style.setProperty("--aspect", face.width / face.height);
    for (const name of ["left", "right"]) {
      facts.ribbon(name, sides[name] ?? {});
      find(`.side.${name}`).classList.toggle("single", sides[name]?.points.length === 1);
      if (!sides[name]) continue;
      sliders[name].min = 0;
      sliders[name].max = sides[name].points.length - 1;
    }
    find(".equal input").checked = state.equal;
  }

  function draw() {
    const now = shown();
    if (!now) return;
    for (const name of ["left", "right"]) if (sides[name]) sliders[name].value = index[name];
    for (const button of root.querySelectorAll("[data-view]")) {
      const chosen = button.dataset.view === state.view;
      button.setAttribute("aria-checked", chosen);
      button.tabIndex = chosen ? 0 : -1;
    }
    stage.paint();
    facts.show(now);
    watch(now, { ...index });
  }

  // All that a person set, as links and files of a view name it.
  function current() {
    const round = (value) => Math.round(1000 * value) / 1000;
    return {
      quality: sides.right.points[index.right].setting,
      quality_left: sides.left ? sides.left.points[index.left].setting : null,
      equal_bytes: state.equal, view: state.view,
      zoom: round(state.zoom), split: round(state.split), x: round(state.x), y: round(state.y),
    };
  }

  function changed() {
    clearTimeout(waiting);
    waiting = setTimeout(() => sides.right && report(current()), WAIT);
  }

  // -- the controls -----------------------------------------------------------------------------

  for (const name of ["left", "right"]) {
    const slider = sliders[name];
    slider.addEventListener("input", () => {
      index[name] = +slider.value;
      if (state.equal) follow(name);
      draw();
    });
    slider.addEventListener("change", () => {
      find(".spoken").textContent = slider.getAttribute("aria-valuetext");
      changed();
    });
  }
  find(".equal input").addEventListener("change", (event) => {
    state.equal = event.target.checked;
    if (state.equal) follow(index.master ?? "right");
    draw();
    changed();
  });

  function see(view) {
    state.view = view;
    draw();
    changed();
  }
  for (const button of root.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => see(button.dataset.view));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      see(VIEWS[(VIEWS.indexOf(state.view) + step + VIEWS.length) % VIEWS.length]);
      find(`[data-view=${state.view}]`).focus();
    });
  }
  return { update, current };
}

// A buffer's head and its parts: pictures, or buffers of the same kind.
function opened(buffer) {
  const bytes = buffer instanceof Uint8Array ? buffer : new Uint8Array(buffer);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let offset = 4 + length;
  const parts = head.lengths.map((size) => {
    offset += size;
    return new Blob([bytes.slice(offset - size, offset)]);
  });
  return [head, parts];
}
