// One face whose sides are chosen in the browser: all of them are here already.
// The data is a buffer as the viewer's, whose head has no "left" and whose parts are the original and
// every side on offer.

// `watch` as the viewer's; `report(set)` a moment after a change, with the titles of both sides.
function makeLive(root, watch, report) {
  const ORIGINAL = "Original";
  const find = (selector) => root.querySelector(selector);
  const viewer = mount(find(".viewer"), watch);
  let head = null, parts = [], shown = null, chosen = { left: ORIGINAL, right: "" };

  function update(buffer) {
    const [fresh, pictures] = opened(buffer);
    if (head && head.id === fresh.id && head.command === fresh.command) return;
    [head, parts] = [fresh, pictures];
    chosen = { left: head.set.left ?? ORIGINAL, right: head.set.right ?? head.sides[0] };
    show(head.set);
  }

  async function show(set) {
    const mine = (shown = {}), left = head.sides.indexOf(chosen.left), right = head.sides.indexOf(chosen.right);
    const wanted = [parts[0], ...(left < 0 ? [] : [parts[1 + left]]), parts[1 + right]];
    const bytes = await Promise.all(wanted.map(async (part) => new Uint8Array(await part.arrayBuffer())));
    if (mine !== shown) return; // something else was chosen meanwhile
    choices();
    const { sides, ...rest } = head;
    await viewer.update(joined({ ...rest, left: left >= 0, set }, bytes), told);
  }

  const told = (set) => report({ ...set, ...chosen });

  function choices() {
    const offered = { left: [ORIGINAL, ...head.sides], right: head.sides };
    for (const name of ["left", "right"]) {
      const group = find(`.choice.${name} [role=radiogroup]`);
      if (group.children.length !== offered[name].length) {
        group.replaceChildren(...offered[name].map((title) => option(name, title)));
      }
      for (const button of group.children) {
        const here = button.textContent === chosen[name];
        button.setAttribute("aria-checked", here);
        button.tabIndex = here ? 0 : -1;
      }
    }
  }

  function option(name, title) {
    const button = document.createElement("button");
    button.setAttribute("role", "radio");
    button.textContent = title;
    button.onclick = () => choose(name, title);
    button.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = [...button.parentElement.children];
      const next = all[(all.indexOf(button) + step + all.length) % all.length];
      next.focus();
      choose(name, next.textContent);
    };
    return button;
  }

  function choose(name, title) {
    if (chosen[name] === title) return;
    const set = viewer.current();
    // A side that is new stands where the other is in bytes, unless each goes its own way.
    chosen = { ...chosen, [name]: title };
    show({ ...set, quality_left: null });
    told(set);
  }
  return { update, viewer };
}

// The buffer that `opened` opens.
function joined(head, parts) {
  const text = new TextEncoder().encode(JSON.stringify({ ...head, lengths: parts.map((part) => part.length) }));
  const whole = new Uint8Array(4 + text.length + parts.reduce((sum, part) => sum + part.length, 0));
  new DataView(whole.buffer).setUint32(0, text.length, true);
  whole.set(text, 4);
  let offset = 4 + text.length;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
