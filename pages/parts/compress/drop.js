// Takes a picture that is pasted or dropped anywhere on the page.

const MOST = 48 * 2 ** 20; // bytes
const FIELDS = "input, textarea, [contenteditable], [data-testid=stFileUploader], [data-testid=stChatInput]";

export default function ({ parentElement, setTriggerValue }) {
  const note = parentElement.querySelector(".drop");
  const ours = (event) => !event.composedPath().some((one) => one.matches?.(FIELDS));
  const picture = (files) => [...(files ?? [])].find((file) => file.type.startsWith("image/"));

  async function give(file) {
    if (file.size > MOST) return say(`${file.name} is larger than 48 MB.`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    setTriggerValue("brought", { name: file.name || "pasted.png", content: btoa(text) });
  }
  function say(text) {
    note.textContent = text;
    note.hidden = !text;
  }
  function pasted(event) {
    const file = picture(event.clipboardData?.files);
    if (!file || !ours(event)) return;
    event.preventDefault();
    give(file);
  }
  function over(event) {
    if (!event.dataTransfer?.types.includes("Files") || !ours(event)) return;
    event.preventDefault();
    say("Drop the picture anywhere.");
  }
  function dropped(event) {
    say("");
    const file = picture(event.dataTransfer?.files);
    if (!file || !ours(event)) return;
    event.preventDefault();
    give(file);
  }
  const leave = (event) => event.relatedTarget || say("");
  const heard = { paste: pasted, dragover: over, drop: dropped, dragleave: leave };
  for (const [name, hear] of Object.entries(heard)) document.addEventListener(name, hear);
  return () => {
    for (const [name, hear] of Object.entries(heard)) document.removeEventListener(name, hear);
  };
}
