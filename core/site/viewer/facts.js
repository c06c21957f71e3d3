// What stands beside the picture: bytes, distortion, what is read on either side, where the bytes go.

const top = (values) => values.indexOf(Math.max(...values));
const percent = (value) => Math.round(100 * value);
const count = (value) => value.toLocaleString("en");
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function makeFacts(root) {
  const find = (selector) => root.querySelector(selector);

  function show({ face, left, right }) {
    const rate = (bytes) => ((8 * bytes) / (face.width * face.height)).toFixed(3);
    for (const [name, side] of [["left", left], ["right", right]]) card(name, side, face, rate);
    reads(face, left, right);
    where(right.point.z === undefined && left.point?.z !== undefined ? left : right, rate);
    root.querySelector("canvas").setAttribute(
      "aria-label", `${face.name}: ${told(face, left, rate)} on the left, ${told(face, right, rate)} on the right`);
    return (side) => told(face, side, rate);
  }

  function card(name, side, face, rate) {
    const box = find(`.side.${name}`), part = (selector) => box.querySelector(selector);
    box.classList.toggle("original", !side.point);
    part(".title").innerHTML = `<i class="dot ${name}"></i>${escaped(side.title)}`;
    if (!side.point) {
      part(".as-it-is").textContent = face.original?.[1] ?? `${face.width} × ${face.height} pixels, nothing lost`;
      return;
    }
    part("output").textContent = +side.point.setting.toFixed(2);
    part(".quality span").textContent = side.ours ? "Quality" : "Setting";
    if (name === "left") {
      part(".numbers").innerHTML = `<b>${count(side.point.file)}</b> <span class="unit">bytes</span> <span class="more">${rate(side.point.file)} bit/pixel, ${side.point.psnr.toFixed(1)} dB</span>`;
    } else {
      part(".file").textContent = count(side.point.file);
      part(".bpp").textContent = rate(side.point.file);
      part(".psnr").textContent = side.point.psnr.toFixed(1);
    }
    box.classList.toggle("too-large", side.tooLarge);
    part(".title").title = side.tooLarge ? "Its smallest file is larger than the other side's" : "";
    const slider = part("input");
    slider.setAttribute("aria-valuetext", told(face, side, rate));
  }

  function told(face, side, rate) {
    const read = face.classes[top(side.p)];
    if (!side.point) return `${side.title}, read as ${read}`;
    if (side.points?.length === 1) return `${side.title}, ${side.point.file} bytes, read as ${read}`;
    const scale = side.ours ? `quality ${side.point.setting} of 255` : `setting ${side.point.setting}`;
    return `${side.title}, ${scale}, ${side.point.file} bytes, ${rate(side.point.file)} bits per pixel, read as ${read}`;
  }

  function reads(face, left, right) {
    const [l, r] = [top(left.p), top(right.p)];
    const line = (name, side, best) =>
      `<span class="line"><i class="dot ${name}"></i><b>${face.classes[best]}</b> ${percent(side.p[best])}%${
        side.point && best !== top(side.before) ? ` (${face.classes[top(side.before)]} on the original)` : ""}, read by ${escaped(side.reader)}</span>`;
    find(".verdict").innerHTML = line("left", left, l) + line("right", right, r);
    find(".bars").innerHTML = face.classes.map((name, i) => `
      <div role="row" class="${i === r ? "winner" : ""}">
        <span role="rowheader">${name}</span>
        <span class="track" role="presentation"><i class="was" style="width:${100 * left.p[i]}%"></i><i class="is" style="width:${100 * right.p[i]}%"></i></span>
        <span class="value" role="cell">${percent(left.p[i])} → ${percent(right.p[i])}%</span>
      </div>`).join("");
  }

  function where(side, rate) {
    const now = side.point, details = find(".where");
    details.hidden = now.z === undefined;
    if (details.hidden) return;
    find(".where summary").textContent = `Where the bytes go: ${side.title}`;
    const parts = [["header", now.header], ["z", now.z], ["y", now.y]];
    const names = { header: "Header", z: "z, the outline of the statistics", y: "y, the face itself" };
    parts.forEach(([part, bytes]) => (find(`.stack .${part}`).style.width = `${(100 * bytes) / now.file}%`));
    const row = (name, bytes, kind = "") =>
      `<tr class="${kind}"><th scope="row">${name}</th><td>${bytes < 100 && bytes % 1 ? bytes.toFixed(1) : count(Math.round(bytes))} bytes</td><td>${rate(bytes)} bit/pixel</td></tr>`;
    find(".bytes tbody").innerHTML =
      parts.map(([part, bytes]) => row(`<i class="${part}"></i>${names[part]}`, bytes)).join("") +
      row("File", now.file, "total") + row("Payload, without the header", now.payload) +
      row("Payload by the model's estimate", now.estimate);
  }

  function ribbon(name, side) {
    const was = side.points ? top(side.before) : 0;
    find(`.side.${name} .ribbon`).innerHTML = (side.points ?? [])
      .map((one) => `<i class="${top(one.p) === was ? "same" : "other"}"></i>`).join("");
  }
  return { show, ribbon };
}
