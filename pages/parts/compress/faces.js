// A picture with its faces numbered; a click, or Enter, chooses one.

export default function ({ data, parentElement, setStateValue }) {
  const sheet = parentElement.querySelector(".faces");
  const image = document.createElement("img");
  image.src = data.picture;
  image.alt = data.name;
  sheet.replaceChildren(image, ...data.faces.map(button));

  function button({ name, x, y, width, height }, place) {
    const made = document.createElement("button");
    made.setAttribute("role", "radio");
    made.setAttribute("aria-checked", name === data.chosen);
    made.setAttribute("aria-label", name);
    made.tabIndex = name === data.chosen || (!data.chosen && place === 0) ? 0 : -1;
    made.textContent = place + 1;
    Object.assign(made.style, { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` });
    made.onclick = () => setStateValue("pick", name);
    made.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = [...sheet.querySelectorAll("button")];
      all[(all.indexOf(made) + step + all.length) % all.length].focus();
    };
    return made;
  }
}
