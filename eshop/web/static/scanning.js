// Barcodes by the camera, or typed: where goods are counted each counts one order unit of its line, and a search looks for it. The reader
// (zxing, compiled to WebAssembly) is fetched when the camera is opened; where there is no camera or no leave to use it, one types.
// Nothing depends on the camera.
const EVERY = 200;
const PAUSE = 1500;

const loaded = (source) =>
  new Promise((resolve, reject) => {
    if (globalThis.ZXingWASM) return resolve(globalThis.ZXingWASM);
    const script = document.createElement("script");
    script.src = source.dataset.script;
    script.onload = () => {
      globalThis.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => source.dataset.wasm } });
      resolve(globalThis.ZXingWASM);
    };
    script.onerror = reject;
    document.head.append(script);
  });

const beep = () => {
  navigator.vibrate?.(80);
  try {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    tone.frequency.value = 880;
    tone.connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.08);
    tone.onended = () => sound.close();
  } catch {
    /* no sound on this machine */
  }
};

const bare = (code) => code.trim().toLowerCase().replace(/^0+/, "");

// The camera of a place that has a video, a line that tells, and a field to type in instead; `source` says where the reader is.
const camera = (place, source, take) => {
  const said = place.querySelector("[data-scan-said]");
  const video = place.querySelector("[data-video]");
  let stream = null;
  let timer = null;
  let last = { code: "", at: 0 };

  const look = async (reader, canvas) => {
    if (!stream) return;
    if (video.videoWidth) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      const brush = canvas.getContext("2d", { willReadFrequently: true });
      brush.drawImage(video, 0, 0);
      const found = await reader.readBarcodes(brush.getImageData(0, 0, canvas.width, canvas.height), { maxNumberOfSymbols: 1 });
      const code = found.find((one) => one.isValid)?.text;
      if (code && (code !== last.code || Date.now() - last.at > PAUSE)) {
        last = { code, at: Date.now() };
        take(code);
      }
    }
    timer = setTimeout(() => look(reader, canvas), EVERY);
  };

  const stop = () => {
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
  };

  const open = async () => {
    said.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      video.srcObject = stream;
      await video.play();
      await look(await loaded(source), document.createElement("canvas"));
    } catch {
      stop();
      video.hidden = true;
      said.textContent = said.dataset.refused;
      place.querySelector("[data-code]").focus();
    }
  };
  return { open, stop };
};

// The page that searches: what the camera sees is searched for, as if it had been typed.
export const startScannedSearch = () => {
  const form = document.querySelector("[data-scan-search]");
  if (!form) return;
  const seeing = camera(form, form, (code) => {
    beep();
    seeing.stop();
    form.querySelector("[data-code]").value = code;
    form.requestSubmit();
  });
  seeing.open();
};

export const startScanning = (form, recount) => {
  const button = document.querySelector("[data-scan-open]");
  const dialog = document.getElementById("scan");
  if (!button || !dialog) return;
  const said = dialog.querySelector("[data-scan-said]");
  const field = dialog.querySelector("[data-code]");

  const count = (code) => {
    const line = [...form.querySelectorAll("[data-codes]")].find((one) => one.dataset.codes.split(" ").some((known) => bare(known) === bare(code)));
    if (!line) {
      said.textContent = said.dataset.unknown + code;
      return;
    }
    const number = line.querySelector("input[name^=quantity]");
    const scanned = line.querySelector("[data-scanned]");
    // The first scan of a line begins at one: what was expected is not what has been seen.
    number.value = scanned.hidden ? "1" : String(Number(number.value.replace(",", ".")) + 1).replace(".", ",");
    scanned.hidden = false;
    scanned.querySelector("[data-when]").textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
    said.textContent = `${said.dataset.added}${line.dataset.name} (${number.value})`;
    number.dispatchEvent(new Event("input", { bubbles: true }));
    recount(form);
    beep();
  };

  const counting = camera(dialog, button, count);
  button.addEventListener("click", () => {
    dialog.showModal();
    counting.open();
  });
  dialog.querySelector("[data-scan-typed]").addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) count(field.value);
    field.value = "";
    field.focus();
  });
  dialog.querySelector("[data-scan-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", counting.stop);
};
