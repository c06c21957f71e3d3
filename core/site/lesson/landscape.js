// The loss as a landscape: alpha, beta and gamma weigh bits, squared error and cross-entropy; the point
// of least loss among all that were measured runs along the front as they move.

async function makeLandscape(place, part, step, solved) {
  const [head] = opened(new Uint8Array(await part.arrayBuffer()));
  const H = 330, LEFT = 48, RIGHT = 20, TOP = 12, FLOOR = H - 40;
  let W = 760; // as wide as its place, so that its words keep their size
  const logs = head.points.map((point) => Math.log10(point.bytes)), [x0, x1] = [Math.min(...logs), Math.max(...logs)];
  const levels = head.points.map((point) => point.accuracy), [y0, y1] = [Math.min(...levels), Math.max(...levels)];
  const across = (point) => LEFT + ((W - LEFT - RIGHT) * (Math.log10(point.bytes) - x0)) / (x1 - x0);
  const up = (point) => FLOOR - ((FLOOR - TOP) * (point.accuracy - y0)) / (y1 - y0 || 1);
  const weights = { alpha: 1, beta: head.start.beta, gamma: head.start.gamma };
  let trail = [], touched = false;

  const drawing = made("div", { role: "img" }), told = made("p", { role: "status" });
  const sliders = made("div", { className: "weights" }, ...[["alpha", "α, of bits"], ["beta", "β, of squared error"], ["gamma", "γ, of cross-entropy"]].map(([name, label]) => {
    const [low, high] = head.range[name], output = made("output");
    const toSlider = (value) => (value <= 0 ? 0 : 1 + (199 * Math.log(value / low)) / Math.log(high / low));
    const fromSlider = (at) => (name === "gamma" && at === 0 ? 0 : low * (high / low) ** ((at - 1) / 199));
    const input = made("input", { type: "range", min: name === "gamma" ? 0 : 1, max: 200, step: 1, "aria-label": label });
    input.value = toSlider(weights[name]);
    const say = () => { output.textContent = +weights[name].toPrecision(2); input.setAttribute("aria-valuetext", output.textContent); };
    input.oninput = () => { weights[name] = fromSlider(+input.value); touched = true; say(); draw(); };
    say();
    return made("label", {}, `${label}: `, output, input);
  }));
  place.append(made("div", { className: "landscape" }, sliders, drawing, told));

  const loss = (point) => weights.alpha * point.rate + weights.beta * point.mse + weights.gamma * point.cross_entropy;
  function draw() {
    W = bounded(drawing.clientWidth || W, 300, 860);
    const losses = head.points.map(loss), least = Math.min(...losses), chosen = head.points[losses.indexOf(least)];
    const spread = [...losses].sort((a, b) => a - b)[Math.floor(losses.length / 2)] - least || 1;
    if (trail.at(-1) !== chosen) trail = [...trail.slice(-11), chosen];
    const ticks = [20, 50, 100, 200, 500, 1000, 2000].filter((tick) => Math.log10(tick) >= x0 && Math.log10(tick) <= x1);
    const rows = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8].filter((row) => row >= y0 && row <= y1);
    drawing.innerHTML = `<svg viewBox="0 0 ${W} ${H}" aria-hidden="true">
      ${ticks.map((tick) => `<line class="grid" x1="${across({ bytes: tick })}" x2="${across({ bytes: tick })}" y1="${TOP}" y2="${FLOOR}"/><text x="${across({ bytes: tick })}" y="${FLOOR + 16}" text-anchor="middle">${tick}</text>`).join("")}
      ${rows.map((row) => `<line class="grid" x1="${LEFT}" x2="${W - RIGHT}" y1="${up({ accuracy: row })}" y2="${up({ accuracy: row })}"/><text x="${LEFT - 6}" y="${up({ accuracy: row }) + 4}" text-anchor="end">${Math.round(100 * row)}%</text>`).join("")}
      <text x="${W / 2}" y="${H - 6}" text-anchor="middle">Bytes a face (filled: on the front; darker: less loss)</text>
      ${trail.length > 1 ? `<polyline fill="none" stroke="currentColor" opacity="0.5" points="${trail.map((point) => `${across(point)},${up(point)}`).join(" ")}"/>` : ""}
      ${head.points.map((point, i) => { const shade = bounded(1 - (losses[i] - least) / (3 * spread), 0.12, 1).toFixed(2); return `<circle cx="${across(point)}" cy="${up(point)}" r="${point.front ? 6 : 4.5}" stroke="${point.colour}" stroke-width="1.6" fill="${point.front ? point.colour : "none"}" opacity="${shade}"><title>${point.name}, quality ${point.quality}</title></circle>`; }).join("")}
      <circle cx="${across(chosen)}" cy="${up(chosen)}" r="12" fill="none" stroke="currentColor" stroke-width="3"/></svg>`;
    const text = `Least loss: ${chosen.name}, quality ${chosen.quality}: ${Math.round(chosen.bytes)} bytes, read at ${(100 * chosen.accuracy).toFixed(1)}%, ${chosen.psnr.toFixed(1)} dB.`;
    told.textContent = text;
    drawing.setAttribute("aria-label", text);
    if (touched && chosen.bytes <= head.wanted.bytes && chosen.accuracy >= head.wanted.accuracy) solved(text);
  }
  draw();
  new ResizeObserver(() => { if (bounded(drawing.clientWidth || W, 300, 860) !== W) draw(); }).observe(drawing);
}
