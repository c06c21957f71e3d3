// A clip recorded from the camera, at most a minute, kept in this browser until it is handed over.

const FORMS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(`[data-part=${name}]`);
  const view = find("view");
  const toggle = find("toggle");
  const told = find("told");
  const seconds = data.seconds;
  let stream = null;
  let recorder = null;
  let timer = null;

  const say = (text) => { told.textContent = text; };

  async function begin() {
    if (!navigator.mediaDevices || !window.MediaRecorder) {
      say("This browser gives no page a camera here. Open the app at localhost or by https.");
      return;
    }
    toggle.disabled = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } },
        audio: false,
      });
    } catch (error) {
      say(`No camera: ${error.message || error.name}. Allow it in the browser, or close what uses it.`);
      toggle.disabled = false;
      return;
    }
    view.srcObject = stream;
    view.hidden = false;
    await view.play().catch(() => {});
    const form = FORMS.find((each) => MediaRecorder.isTypeSupported(each));
    recorder = new MediaRecorder(stream, { mimeType: form, videoBitsPerSecond: 2_000_000 });
    const pieces = [];
    recorder.ondataavailable = (event) => { if (event.data.size) pieces.push(event.data); };
    recorder.onstop = () => handOver(new Blob(pieces, { type: recorder.mimeType }));
    recorder.start(1000);
    const begun = performance.now();
    timer = setInterval(() => {
      const passed = (performance.now() - begun) / 1000;
      say(`Recording, ${Math.max(0, seconds - passed).toFixed(0)} s left`);
      if (passed >= seconds) end();
    }, 250);
    toggle.disabled = false;
    toggle.textContent = "Stop and take it";
  }

  function end() {
    clearInterval(timer);
    toggle.disabled = true;
    if (recorder && recorder.state !== "inactive") recorder.stop();
  }

  function release() {
    clearInterval(timer);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    view.srcObject = null;
    view.hidden = true;
    toggle.textContent = "Record";
    toggle.disabled = false;
  }

  function handOver(clip) {
    release();
    say("Handing it over …");
    const reader = new FileReader();
    reader.onload = () => {
      setTriggerValue("clip", { form: clip.type, content: reader.result.split(",", 2)[1] });
      say("");
    };
    reader.readAsDataURL(clip);
  }

  toggle.onclick = () => (recorder && recorder.state === "recording" ? end() : begin());
  return () => {
    if (recorder && recorder.state === "recording") {
      recorder.onstop = null;
      recorder.stop();
    }
    release();
  };
}
