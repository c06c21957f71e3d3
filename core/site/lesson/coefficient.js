// One coefficient: pixels -> y -> rounded -> probability -> bits -> picture.  Click a cell of y; every
// picture and number comes from the codec, which decoded the face once without each of them.

async function makeCoefficient(place, part, step, solved) {
  const [head, blobs] = opened(new Uint8Array(await part.arrayBuffer()));
  const pictures = await Promise.all(blobs.map((blob) => createImageBitmap(blob)));
  const size = head.rows * head.columns, decoded = 1;
  let channel = 0, cell = head.first, whole = true;

  const cells = made("div", { className: "cells", role: "group", "aria-label": "Cells of y, 16 by 16 pixels each" });
  cells.style.gridTemplateColumns = `repeat(${head.columns}, 1fr)`;
  const buttons = [...Array(size).keys()].map((i) => {
    const button = made("button");
    button.onclick = () => { cell = i; draw(); };
    button.onkeydown = (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: head.columns, ArrowUp: -head.columns }[event.key];
      if (!by) return;
      event.preventDefault();
      cell = bounded(i + by, 0, size - 1);
      buttons[cell].focus();
      draw();
    };
    return button;
  });
  cells.append(...buttons);
  const canvases = [made("canvas", { width: head.width, height: head.height }), made("canvas", { width: head.width, height: head.height })];
  const captions = [made("figcaption"), made("figcaption")];
  const chain = made("ul", { className: "chain" });
  const choice = made("select", { "aria-label": "Channel of y" }, ...head.channels.map((each, i) => made("option", { value: i, textContent: `channel ${each.channel} (${each.total.toFixed(0)} bits)` })));
  choice.onchange = () => { channel = +choice.value; whole = false; draw(); };
  const all = made("input", { type: "checkbox", checked: true });
  all.onchange = () => { whole = all.checked; draw(); };
  place.append(made("div", { className: "coefficient" },
    made("div", { className: "choose" }, made("label", {}, all, " Zero every channel of the cell"), made("label", {}, "One channel: ", choice)),
    made("figure", {}, made("div", { className: "cut" }, canvases[0], cells), captions[0]),
    made("figure", {}, made("div", { className: "cut" }, canvases[1]), captions[1]), chain));

  const reading = (p) => `${head.classes[top(p)]} ${percent(p[top(p)])}%`;
  function draw() {
    const each = head.channels[channel], at = whole ? head.places[cell].without : each.without[cell];
    const now = at === null ? decoded : at, result = head.read[now];
    canvases[0].getContext("2d").drawImage(pictures[decoded], 0, 0);
    canvases[1].getContext("2d").drawImage(pictures[now], 0, 0);
    all.checked = whole;
    choice.value = channel;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", i === cell);
      button.tabIndex = i === cell ? 0 : -1;
      const row = Math.floor(i / head.columns) + 1, column = (i % head.columns) + 1;
      button.textContent = whole ? `${head.places[i].bits.toFixed(0)}` : each.symbol[i];
      button.setAttribute("aria-label", `Row ${row}, column ${column}: ${whole ? `${head.places[i].bits.toFixed(1)} bits` : `symbol ${each.symbol[i]}`}`);
    });
    captions[0].textContent = `Decoded from ${head.file} bytes: read as ${reading(head.read[decoded].p)}. In the cells: ${whole ? "bits of all channels" : "the symbol"}.`;
    captions[1].textContent = `Without ${whole ? "this cell" : "this coefficient"}: read as ${reading(result.p)}, ${head.classes[top(head.read[decoded].p)]} ${percent(head.read[decoded].p[top(head.read[decoded].p)])} → ${percent(result.p[top(head.read[decoded].p)])}%; PSNR ${head.read[decoded].psnr.toFixed(1)} → ${result.psnr.toFixed(1)} dB.`;
    chain.replaceChildren(...(whole ? cellSteps(head.places[cell]) : steps(each)).map(([name, value]) => made("li", {}, `${name} `, made("b", { textContent: value }))));
    if (whole && cell === head.answer) solved(`Without this cell the probability of ${head.classes[top(head.read[decoded].p)]} falls the most, from ${percent(head.read[decoded].p[top(head.read[decoded].p)])} to ${percent(result.p[top(head.read[decoded].p)])}%; it costs ${head.places[cell].bits.toFixed(1)} bits.`);
  }
  function steps(each) {
    const p = each.probability[cell];
    return [["pixels", "16 × 16"], ["y", each.y[cell].toFixed(2)], ["minus mean, times gain", each.scaled[cell].toFixed(2)],
      ["rounded", each.symbol[cell]], ["probability", p < 0.001 ? p.toExponential(1) : p.toFixed(3)], ["cost", `${each.bits[cell].toFixed(2)} bits`],
      ["picture", each.without[cell] === null ? "unchanged without it" : "changed without it"]];
  }
  function cellSteps(each) {
    return [["pixels", "16 × 16"], ["y", `${head.all} numbers`], ["rounded", `${each.nonzero} are not 0`], ["cost", `${each.bits.toFixed(1)} of ${head.bits.toFixed(0)} bits`]];
  }
  draw();
}
