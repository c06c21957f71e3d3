// The lesson: six steps, each with a guess before the answer, a task that is solved by doing, and a
// teacher's note.  The data is a buffer whose head holds the steps and whose parts are the widgets'.

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".lesson");
  root.shown ??= makeLesson(root);
  root.shown.update(data, (progress) => setStateValue("progress", progress));
}

const WIDGETS = { live: makeLiveTask, coefficient: makeCoefficient, landscape: makeLandscape, share: makeShare, reading: makeReading };
const KEPT = "expressrate-lesson";

function makeLesson(root) {
  const find = (selector) => root.querySelector(selector);
  let head = null, parts = [], report = () => {}, progress = { step: 1, done: [], guesses: {} };

  function update(buffer, send) {
    report = send;
    if (head) return; // everything that follows is ours
    [head, parts] = opened(buffer);
    progress = { ...progress, ...(head.alone ? remembered() : head.progress) };
    progress.step = bounded(Math.round(progress.step) || 1, 1, head.steps.length);
    find(".way").replaceChildren(...head.steps.map((step, place) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.textContent = `${place + 1} ${step.title}`;
      button.onclick = () => go(place + 1);
      item.append(button);
      return item;
    }));
    show();
    if (head.alone) addEventListener("hashchange", () => fromAddress() !== progress.step && go(fromAddress()));
  }

  // -- where one is, kept in the address and for the session ---------------------------------------

  function fromAddress() {
    const text = new URLSearchParams(location.search).get("step") ?? location.hash.match(/^#step=(\d+)$/)?.[1];
    return bounded(parseInt(text ?? "0", 10) || 0, 0, head.steps.length);
  }
  function remembered() {
    let kept = {};
    try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"); } catch { /* a page that may keep nothing */ }
    return fromAddress() ? { ...kept, step: fromAddress() } : kept;
  }
  function keep() {
    if (head.alone) {
      try { sessionStorage.setItem(KEPT, JSON.stringify(progress)); } catch { /* as above */ }
      history.replaceState(null, "", `#step=${progress.step}`);
    }
    report(progress);
  }
  function go(number) {
    progress.step = bounded(number, 1, head.steps.length);
    show();
    find("#step-title").focus();
    keep();
  }

  // -- one step --------------------------------------------------------------------------------------

  function show() {
    const number = progress.step, step = head.steps[number - 1];
    way();
    find("#step-title").textContent = `${number} of ${head.steps.length}: ${step.title}`;
    find(".intro").textContent = step.intro;
    find(".guess legend").textContent = step.guess.question;
    find(".options").replaceChildren(...step.guess.options.map((text, place) => option(step, text, place)));
    find(".keep").onclick = () => {
      const chosen = find(".options input:checked");
      if (!chosen) return find(".options input").focus();
      progress.guesses[number] = +chosen.value;
      after(step, true);
      keep();
    };
    find(".teacher summary").textContent = `Teacher's note (${step.minutes} minutes)`;
    find(".teacher").open = false;
    find(".teacher p").textContent = step.teacher;
    find(".back").disabled = number === 1;
    find(".next").disabled = number === head.steps.length;
    find(".back").onclick = () => go(number - 1);
    find(".next").onclick = () => go(number + 1);
    find(".own").href = head.alone ? `#step=${number}` : `?step=${number}`;
    find(".widget").replaceChildren();
    after(step, false);
  }

  function option(step, text, place) {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "guess", value: place, checked: progress.guesses[progress.step] === place });
    label.append(input, text);
    return label;
  }

  function way() {
    [...find(".way").querySelectorAll("button")].forEach((button, place) => {
      button.classList.toggle("done", progress.done.includes(place + 1));
      button.setAttribute("aria-label", button.textContent + (progress.done.includes(place + 1) ? ", done" : ""));
      if (place + 1 === progress.step) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
  }

  // What follows a guess: what was measured, the figure, the task.
  function after(step, fresh) {
    const number = progress.step, guess = progress.guesses[number], kept = guess !== undefined;
    find(".after").hidden = !kept;
    find(".keep").hidden = kept;
    find(".solved").textContent = "";
    if (!kept) return;
    [...find(".options").children].forEach((label, place) => {
      label.classList.toggle("right", place === step.guess.answer);
      label.querySelector("input").disabled = true;
    });
    const judged = step.guess.answer === null ? "" : guess === step.guess.answer ? "As you guessed. " : "Not as guessed. ";
    find(".reveal").textContent = judged + step.reveal;
    find(".figure").innerHTML = step.figure;
    find(".task span").textContent = step.task;
    if (find(".widget").children.length) return;
    WIDGETS[step.widget](find(".widget"), parts[step.part], step, (text) => {
      if (progress.step !== number) return;
      find(".solved").textContent = `Solved. ${text}`;
      if (progress.done.includes(number)) return;
      progress.done = [...progress.done, number].sort();
      way();
      keep();
    });
    if (fresh) find(".reveal").scrollIntoView({ block: "nearest" });
  }
  return { update };
}

// An element with its attributes and children.
function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in element && !key.includes("-")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// The buttons of a group of which one is chosen; arrows move between them.
function chips(label, names, choose, first = 0) {
  const buttons = names.map((name, place) => {
    const button = made("button", { className: "chip", textContent: name, role: "radio" });
    button.onclick = () => pick(place);
    button.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (place + step + names.length) % names.length;
      buttons[next].focus();
      pick(next);
    };
    return button;
  });
  function mark(place) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", i === place);
      button.tabIndex = i === place || (place < 0 && i === 0) ? 0 : -1;
    });
  }
  function pick(place) {
    mark(place);
    choose(place);
  }
  mark(first);
  return made("div", { role: "radiogroup", "aria-label": label }, ...buttons);
}
