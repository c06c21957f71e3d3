// The component that shows one face on two sides; the server chooses what they are.

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  root.shown ??= mount(root);
  root.shown.update(data, (set) => setStateValue("set", set));
}
