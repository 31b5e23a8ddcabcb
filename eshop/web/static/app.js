// What a page does beyond plain forms and links. Everything works without it; events are delegated, so a swapped region needs no start.
import { startSuggestions } from "./suggest.js";
import { startKeys } from "./keys.js";
import { startReceiving } from "./receiving.js";
import { startScannedSearch } from "./scanning.js";

document.documentElement.classList.add("js");

// --- Steppers: minus and plus beside a number that can also be typed -----------------------------------------------------
// As the server reads it: a comma is the decimal sign; dots that part thousands are no decimal sign, another dot is.
const read = (text) => Number(text.includes(",") || /^\s*-?[1-9]\d{0,2}(\.\d{3})+\s*$/.test(text) ? text.replace(/\./g, "").replace(",", ".") : text) || 0;
const write = (value) => String(Math.round(value * 1e6) / 1e6).replace(".", document.documentElement.lang === "da" ? "," : ".");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-less],[data-more]");
  if (!button) return;
  const box = button.closest("[data-stepper]");
  const field = box.querySelector("input");
  const step = Number(box.dataset.step) || 1;
  const least = Number(box.dataset.minimum);
  const next = read(field.value) + (button.hasAttribute("data-more") ? step : -step);
  field.value = write(Math.max(next, Number.isNaN(least) ? 1 : least));
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// A form marked data-auto is sent when one of its fields changes, after a short pause; its button is there without a script.
let waiting = null;
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form?.hasAttribute("data-auto")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.requestSubmit(), event.target.matches("input[type=checkbox],select,input[type=radio]") ? 0 : 350);
});

// A form marked data-keep is kept while one writes, so that a session that ends loses nothing.
let keeping = null;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.keep) return;
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    fetch(form.dataset.keep, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } }).catch(() => {});
  }, 800);
});

// Item page: the button repeats number and sum, and what it comes to in base units stands under it.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-unit-ore]");
  if (!form) return;
  const count = read(event.target.value);
  const text = form.dataset.button;
  const sum = (Number(form.dataset.unitOre) * count) / 100;
  const shown = sum.toLocaleString(document.documentElement.lang === "da" ? "da-DK" : "en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  for (const place of form.querySelectorAll("[data-sum]")) place.textContent = text.replace("{n}", write(count)).replace("{sum}", shown);
  for (const place of form.querySelectorAll("[data-base]")) {
    place.hidden = count <= 1;
    place.textContent = place.dataset.base.replace("{n}", write(count)).replace("{b}", write(count * Number(place.dataset.content)));
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// --- Menus that open: Escape closes and gives the focus back, a click outside closes -----------------------------------------
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-pop][open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[data-pop][open]")) if (!open.contains(event.target)) open.open = false;
});

// --- Toasts go by themselves; a summary of errors takes the focus --------------------------------------------------------------
const settle = () => {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-timed])")) {
    toast.dataset.timed = "1";
    const go = () => (toast.matches(":hover,:focus-within") ? setTimeout(go, 2000) : toast.remove());
    setTimeout(go, Number(toast.dataset.toast) * 1000);
  }
  document.querySelector("[data-focus]:not([data-focused])")?.focus();
  document.querySelector("[data-focus]")?.setAttribute("data-focused", "1");
};
settle();
document.addEventListener("htmx:after:settle", settle);
document.addEventListener("htmx:after:swap", settle);

// Ticking "select all" ticks what stands under it, and the count is told.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-select-all]");
  const table = event.target.closest("table");
  if (all) for (const box of table.querySelectorAll("tbody input[type=checkbox]:not(:disabled)")) box.checked = all.checked;
  if (!table) return;
  const chosen = [...table.querySelectorAll("tbody input[type=checkbox]:checked")];
  const told = document.querySelector("[data-selected]");
  if (told) told.textContent = chosen.length;
  // Where rows carry amounts (in øre), their sums are told beside the count.
  for (const place of document.querySelectorAll("[data-sum-of]")) {
    const ore = chosen.reduce((total, box) => total + Number(box.closest("tr").dataset[place.dataset.sumOf] ?? 0), 0);
    const shown = Math.abs(ore / 100).toLocaleString(document.documentElement.lang === "da" ? "da-DK" : "en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const sign = ore < 0 ? "−" : place.hasAttribute("data-signed") && ore > 0 ? "+" : "";
    place.textContent = `${sign}${shown} kr.`;
  }
  for (const bar of document.querySelectorAll("[data-when-selected]")) bar.hidden = !chosen.length;
});

// --- The session on a shared computer: warned a minute before it ends --------------------------------------------------------
const dialog = document.getElementById("still-there");
if (dialog) {
  const stay = Number(document.body.dataset.stay) * 1000;
  let timer;
  const begin = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      dialog.showModal();
      timer = setTimeout(() => window.location.reload(), 60_000);
    }, Math.min(stay - 60_000, 2 ** 31 - 1));
  };
  begin();
  document.addEventListener("htmx:after:request", begin);
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return window.location.reload();
    dialog.close();
    begin();
  });
}

startSuggestions();
startKeys();
startReceiving();
startScannedSearch();
