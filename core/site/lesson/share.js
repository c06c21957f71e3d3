// Whose gain is it: two trainings are compared, and what differs between them is told first.

async function makeShare(place, part, step, solved) {
  const [head] = opened(new Uint8Array(await part.arrayBuffer()));
  const chosen = [0, 1], said = made("p", { role: "status" });
  let touched = false;
  const table = made("table", {}, made("thead", {}, made("tr", {}, ...["Training", "Codec", "Classifier"].map((name) => made("th", { scope: "col", textContent: name })))),
    made("tbody", {}, ...head.trainings.map((each) => made("tr", {}, made("th", { scope: "row", textContent: each.name }), made("td", { textContent: each.codec }), made("td", { textContent: each.classifier })))));
  const names = head.trainings.map((each) => each.name);
  const group = (label, which) => made("div", {}, made("span", { textContent: `${label} ` }), chips(label, names, (at) => { chosen[which] = at; touched = true; draw(); }, chosen[which]));
  place.append(made("div", { className: "narrow-scroll" }, table), group("From", 0), group("To", 1), said);

  function draw() {
    const [from, to] = chosen.map((at) => head.trainings[at]);
    const differ = ["codec", "classifier"].filter((part) => from[part] !== to[part]);
    const known = head.steps.find((each) => each.from === from.id && each.to === to.id);
    said.textContent = from === to ? "Choose two different trainings." :
      (differ.length === 1 ? `They differ in the ${differ[0]} alone. ` : "They differ in both, so the difference is nobody's. ") + (known ? known.text : "");
    if (touched && from.id === head.answer.from && to.id === head.answer.to) solved(head.answer.text);
  }
  draw();
}
