// The address is the state: copied, written into a file, and opened again from one.
const APP = "ExpressRate";
const VISIT = "visit"; // what a browser brought is found by it; it is no setting
const PAGE = /^[a-z_]{0,40}$/;

const here = () => location.pathname.split("/").pop();

const link = () => {
  const address = new URL(location.href);
  address.searchParams.delete(VISIT);
  return address.href;
};

const asSettings = () => {
  const settings = {};
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name !== VISIT) (settings[name] ??= []).push(value);
  }
  return { app: APP, page: here(), settings };
};

const addressOf = (text) => {
  const file = JSON.parse(text);
  if (file.app !== APP || !PAGE.test(file.page) || typeof file.settings !== "object") {
    throw new Error("not a settings file");
  }
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(file.settings)) {
    for (const value of [values].flat()) query.append(name, String(value));
  }
  const folder = location.pathname.slice(0, location.pathname.lastIndexOf("/") + 1);
  return `${folder}${file.page}?${query}`;
};

const download = (name, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};

export default function ({ parentElement }) {
  const part = (name) => parentElement.querySelector(name);
  const say = (text) => {
    part(".said").textContent = text;
    setTimeout(() => (part(".said").textContent = ""), 4000);
  };
  part(".copy").onclick = async () => {
    try {
      await navigator.clipboard.writeText(link());
      say("Copied.");
    } catch {
      say(link());
    }
  };
  part(".save").onclick = () => {
    const made = asSettings();
    download(`expressrate-${made.page || "home"}.json`, JSON.stringify(made, null, 1) + "\n");
  };
  part("input").onchange = async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    try {
      location.assign(addressOf(await file.text()));
    } catch {
      say(`${file.name} is not a file of ExpressRate's settings.`);
    }
  };
}
