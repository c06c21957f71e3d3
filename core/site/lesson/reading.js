// Can you read it: a few faces in few bytes; the visitor names what they show, then sees who was right.

async function makeReading(place, part, step, solved) {
  const [head, blobs] = opened(new Uint8Array(await part.arrayBuffer()));
  const urls = await Promise.all(blobs.map(asData)), answers = [];
  const sheet = made("div", { className: "faces-to-read" });
  place.append(sheet);

  function ask() {
    const number = answers.length, face = head.faces[number];
    const picture = made("img", { src: urls[number], alt: `Face ${number + 1} of ${head.faces.length}, ${face.bytes} bytes` });
    const buttons = head.classes.map((name, at) => made("button", { className: "chip", textContent: name, onclick: () => answer(at) }));
    sheet.replaceChildren(made("p", { textContent: `Face ${number + 1} of ${head.faces.length}, stored in ${face.bytes} bytes. What does it show?` }), picture,
      made("div", { role: "group", "aria-label": "What the face shows" }, ...buttons));
    if (number) buttons[0].focus();
  }
  function answer(at) {
    answers.push(at);
    if (answers.length < head.faces.length) return ask();
    const right = (list) => head.faces.filter((face, i) => list[i] === face.label).length;
    const rows = head.faces.map((face, i) => made("tr", {}, ...[`${face.bytes} bytes`, head.classes[face.label], head.classes[answers[i]], head.classes[face.read]].map((text) => made("td", { textContent: text }))));
    const machine = head.faces.map((face) => face.read);
    sheet.replaceChildren(made("div", { className: "narrow-scroll" }, made("table", {}, made("thead", {}, made("tr", {}, ...["Stored in", "It shows", "You", "Classifier"].map((name) => made("th", { scope: "col", textContent: name })))), made("tbody", {}, ...rows))));
    solved(`You read ${right(answers)} of ${head.faces.length}, the classifier ${right(machine)}. So few faces tell little: “Read it yourself” in the app measures your own curve.`);
  }
  ask();
}

// A picture as an address that an image shows without asking anybody.
function asData(blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.replace("application/octet-stream", "image/webp"));
    reader.readAsDataURL(blob.slice(0, blob.size, "image/webp"));
  });
}
