// The component that shows one face whose sides are chosen in the browser.

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".live");
  root.shown ??= makeLive(root, () => {}, (set) => setStateValue("set", set));
  root.shown.update(data);
}
