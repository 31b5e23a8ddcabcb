// Receiving goods: the counters follow what is counted; pictures are shrunk on the phone; what is confirmed is first kept here and then
// sent, so that a net that fails loses nothing and a receipt is sent until the server has it, once (its key says which it is).
import { startScanning } from "./scanning.js";

// As the server reads it: a comma is the decimal sign; dots that part thousands are no decimal sign, another dot is.
const read = (text) => Number(text.includes(",") || /^\s*-?[1-9]\d{0,2}(\.\d{3})+\s*$/.test(text) ? text.replace(/\./g, "").replace(",", ".") : text) || 0;
const write = (value) => String(Math.round(value * 1e6) / 1e6).replace(".", document.documentElement.lang === "da" ? "," : ".");
const LONGEST_SIDE = 1600;

// --- Counting ----------------------------------------------------------------------------------------------------------
const value = (line, name) => read(line.querySelector(`input[name^=${name}]`)?.value ?? "");

export const recount = (form) => {
  let good = 0;
  for (const line of form.querySelectorAll("[data-expected]")) {
    const counted = value(line, "quantity");
    const bad = value(line, "damaged") + value(line, "wrong");
    const short = Number(line.dataset.expected) - counted;
    good += counted;
    const scanned = line.querySelector("[data-scanned]");
    line.querySelector("[data-complete]").hidden = short > 0 || !scanned.hidden;
    line.querySelector("[data-short]").hidden = short - bad <= 0;
    line.querySelector("[data-count]").textContent = write(Math.max(short - bad, 0));
    line.querySelector("[data-wrongs]").hidden = bad <= 0;
    line.querySelector("[data-bad]").textContent = write(bad);
    line.querySelector("[data-rest]").hidden = short <= 0;
  }
  for (const place of document.querySelectorAll("[data-good]")) place.textContent = write(good);
  const bar = document.querySelector("[data-bar]");
  if (bar) bar.value = good;
};

// What was typed is kept while it is typed; a page that is opened again with the same receipts known has it again.
const draftOf = (form) => `receiving:${form.getAttribute("action")}:${form.elements.seen.value}`;

const saveDraft = (form) => {
  const typed = {};
  for (const field of form.elements) {
    if (!field.name || ["hidden", "file", "submit"].includes(field.type)) continue;
    if (field.type !== "radio" || field.checked) typed[field.name] = field.value;
  }
  localStorage.setItem(draftOf(form), JSON.stringify(typed));
};

const loadDraft = (form) => {
  const typed = JSON.parse(localStorage.getItem(draftOf(form)) ?? "{}");
  for (const [name, text] of Object.entries(typed)) {
    const field = form.elements.namedItem(name);
    if (field) field.value = text; // of radios, the one with this value
  }
};

// --- Pictures ----------------------------------------------------------------------------------------------------------
const shrink = async (file) => {
  if (!file.type.startsWith("image/")) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const bytes = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
    return new File([bytes], "billede.jpg", { type: "image/jpeg" });
  } catch {
    return file; // not a picture we can read: the server says so in words
  }
};

const shrunk = new WeakMap();
document.addEventListener("change", (event) => {
  const field = event.target.closest("input[data-shrink]");
  if (!field?.files.length) return;
  const work = Promise.all([...field.files].map(shrink)).then((files) => {
    const small = new DataTransfer();
    for (const file of files) small.items.add(file);
    field.files = small.files;
  });
  shrunk.set(field, work);
});

// --- What is kept on the phone -------------------------------------------------------------------------------------------
const opened = () =>
  new Promise((resolve, reject) => {
    const asked = indexedDB.open("eshop-receiving", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("receipts", { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

const store = async (mode, act) => {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const work = database.transaction("receipts", mode);
      const asked = act(work.objectStore("receipts"));
      work.oncomplete = () => resolve(asked.result);
      work.onerror = work.onabort = () => reject(work.error);
    });
  } finally {
    database.close();
  }
};
const put = (receipt) => store("readwrite", (receipts) => receipts.put(receipt));
const drop = (key) => store("readwrite", (receipts) => receipts.delete(key));
const all = () => store("readonly", (receipts) => receipts.getAll());

export const startReceiving = () => {
  const box = document.querySelector("[data-offline-box]");
  if (!box) return;
  const user = box.dataset.user;
  const noNet = box.querySelector("[data-no-net]");
  const form = document.querySelector("form[data-receive]");

  const tellNet = (there) => {
    noNet.hidden = there;
  };
  addEventListener("offline", () => tellNet(false));
  tellNet(navigator.onLine);

  if (form) {
    if (!document.querySelector(".alert-error")) loadDraft(form);
    recount(form);
    form.addEventListener("input", () => {
      recount(form);
      saveDraft(form);
    });
    startScanning(form, recount);
  }

  // "sent", or what the server says against it; throws where there is no net, and "later" where one must sign in first.
  const send = async (receipt, token) => {
    const body = new FormData();
    for (const [name, text] of receipt.fields) body.append(name, text);
    body.set("csrf_token", token ?? body.get("csrf_token"));
    const answer = await fetch(receipt.url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.status === 201) return { sent: true };
    if (answer.status === 409 || answer.status === 422) return { said: (await answer.json()).said };
    return { later: true };
  };

  const status = async () => {
    const answer = await fetch(box.dataset.status, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return null;
    tellNet(true);
    return answer.json();
  };

  let busy = false;
  const sync = async () => {
    if (busy) return;
    busy = true;
    try {
      const waiting = (await all()).filter((one) => one.state === "waiting" && one.user === user);
      if (!waiting.length) return;
      const known = await status();
      if (!known || String(known.user) !== user) return;
      let sent = 0;
      for (const receipt of waiting) {
        const answer = await send(receipt, known.csrf_token);
        if (answer.sent) sent += await drop(receipt.key).then(() => 1);
        else if (answer.said) await put({ ...receipt, state: "refused", said: answer.said });
      }
      if (sent && !form) location.reload();
    } catch {
      tellNet(false); // the net went again: the next round, or the next page, tries again
    } finally {
      busy = false;
      await show();
    }
  };

  const show = async () => {
    const receipts = await all();
    const list = box.querySelector("[data-kept-list]");
    list.replaceChildren();
    for (const receipt of receipts) {
      const row = box.querySelector("[data-kept-row]").content.cloneNode(true);
      row.querySelector("[data-of]").textContent = receipt.number;
      const state = row.querySelector("[data-state]");
      state.textContent = receipt.user !== user ? state.dataset.other : (receipt.said ?? state.dataset.waits);
      const away = row.querySelector("[data-drop]");
      away.hidden = receipt.user !== user || receipt.state !== "refused";
      away.addEventListener("click", () => drop(receipt.key).then(show));
      list.append(row);
      for (const other of document.querySelectorAll(`form[data-receipt][action="${receipt.url}"]`)) {
        if (receipt.state === "waiting") other.querySelector("button[name=all]").disabled = true;
      }
    }
    box.querySelector("[data-kept]").hidden = !receipts.length;
  };

  document.addEventListener("submit", async (event) => {
    const sent = event.target.closest("form[data-receipt]");
    if (!sent || event.defaultPrevented) return;
    event.preventDefault();
    const submitter = event.submitter;
    if (submitter) submitter.disabled = true;
    for (const field of sent.querySelectorAll("input[data-shrink]")) await shrunk.get(field);
    if (submitter) submitter.disabled = false;
    const fields = [...new FormData(sent, submitter).entries()].filter(([, one]) => !(one instanceof File) || one.size);
    const receipt = {
      key: sent.elements.key.value,
      url: sent.getAttribute("action"),
      number: sent.dataset.number,
      user,
      state: "waiting",
      fields,
    };
    await put(receipt);
    let answer = { later: true };
    try {
      answer = await send(receipt);
    } catch {
      tellNet(false);
    }
    if (answer.said) {
      await drop(receipt.key); // it stands on the page still; nothing is sent behind anybody's back
      const refused = box.querySelector("[data-refused-box]");
      box.querySelector("[data-refused-text]").textContent = answer.said;
      refused.hidden = false;
      refused.focus();
      return;
    }
    if (answer.sent) await drop(receipt.key);
    if (sent.hasAttribute("data-receive")) localStorage.removeItem(draftOf(sent));
    location.assign("/receive");
  });

  addEventListener("online", () => {
    tellNet(true);
    sync();
  });
  show().then(sync);
  setInterval(sync, 10_000); // a phone does not always notice that its net is back

  // A shared computer keeps nothing.
  const shared = Number(document.body.dataset.stay) < 3600;
  if ("serviceWorker" in navigator && !shared) {
    navigator.serviceWorker.register(box.dataset.worker, { scope: "/" }).catch(() => null);
    navigator.serviceWorker.ready.then((worker) => {
      if ((localStorage.getItem("receiving-user") ?? user) !== user) worker.active.postMessage({ forget: true });
      localStorage.setItem("receiving-user", user);
      const links = [...document.querySelectorAll("a[data-keep]")].slice(0, 20).map((link) => link.getAttribute("href"));
      worker.active.postMessage({ keep: [location.pathname, ...links] });
    });
  }
};
