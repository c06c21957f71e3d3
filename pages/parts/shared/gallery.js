// A row of faces to choose from, as a radio group: arrow keys move, the choice goes to the server.

export default function ({ data, parentElement, setStateValue }) {
  const row = parentElement.querySelector(".gallery");
  const choose = (file) => setStateValue("face", file);
  row.replaceChildren(...data.faces.map((face) => button(face, face.file === data.chosen)));

  function button({ file, title, label, picture }, chosen) {
    const made = document.createElement("button");
    made.setAttribute("role", "radio");
    made.setAttribute("aria-checked", chosen);
    made.setAttribute("aria-label", title);
    made.tabIndex = chosen ? 0 : -1;
    made.title = title;
    made.dataset.file = file;
    const image = document.createElement("img");
    image.src = picture;
    image.alt = "";
    const caption = document.createElement("span");
    caption.textContent = label;
    made.append(image, caption);
    made.onclick = () => mark(made);
    made.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = [...row.children];
      mark(all[(all.indexOf(made) + step + all.length) % all.length]);
    };
    return made;
  }

  function mark(chosen) {
    for (const one of row.children) {
      one.setAttribute("aria-checked", one === chosen);
      one.tabIndex = one === chosen ? 0 : -1;
    }
    chosen.focus();
    choose(chosen.dataset.file);
  }
}
