// Search suggestions: a combobox with a grid popup. After 2 letters, within 150 ms of the last key; the server renders the rows.
// When the typing rests, each offered search says how many items it finds.
// Up and down choose, Enter opens, Ctrl+Enter puts the item in the basket, Escape closes and gives the typed text back.
export function startSuggestions() {
  const box = document.querySelector("[data-suggest]");
  if (!box) return;
  const field = box.querySelector("input[type=search]");
  const popup = document.createElement("div");
  popup.className = "sugg";
  popup.hidden = true;
  box.append(popup); // Beside the form, not in it: a form within a form is no form, and each item here has its own.
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-haspopup", "grid");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-autocomplete", "list");

  let pause = null;
  let rest = null;
  let asked = null;
  let typed = field.value;

  const rows = () => [...popup.querySelectorAll("[role=row]")];
  const chosen = () => popup.querySelector("[role=row][aria-selected=true]");
  const close = () => {
    popup.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
    asked?.abort();
  };
  const choose = (row) => {
    for (const one of rows()) one.setAttribute("aria-selected", String(one === row));
    if (!row) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?${new URLSearchParams({ q: field.value })}`, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return close();
      popup.innerHTML = await answer.text();
    } catch {
      return; // Overtaken by the next key, or no connection: the plain search is still there.
    }
    if (!rows().length || document.activeElement !== field) return close();
    popup.hidden = false;
    field.setAttribute("aria-controls", "suggestions");
    field.setAttribute("aria-expanded", "true");
    clearTimeout(rest);
    rest = setTimeout(count, 200);
  };
  const count = async () => {
    const places = [...popup.querySelectorAll("[data-number]")];
    if (popup.hidden || !places.length) return;
    const words = places.map((place) => ["word", place.parentElement.querySelector("a").textContent]);
    try {
      const answer = await fetch(`${box.dataset.suggest}/numbers?${new URLSearchParams(words)}`, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return;
      (await answer.json()).forEach((said, at) => (places[at].textContent = said));
    } catch {
      // Overtaken by the next key: the searches are there without their numbers.
    }
  };

  field.addEventListener("input", () => {
    typed = field.value;
    clearTimeout(pause);
    clearTimeout(rest);
    if (typed.trim().length < 2) return close();
    pause = setTimeout(ask, 150);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !popup.hidden) {
      event.preventDefault();
      field.value = typed;
      return close();
    }
    if (popup.hidden) return;
    const all = rows();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? all.length - 1 : at - 1;
      choose(all[next] ?? null);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      const button = all[at].querySelector("button");
      if (event.ctrlKey && button) button.click();
      else all[at].querySelector("a").click();
    }
  });
  popup.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the field
  popup.addEventListener("click", (event) => {
    const row = event.target.closest("[role=row]");
    if (!row || event.target.closest("button,a")) return;
    row.querySelector("a").click();
  });
  field.addEventListener("blur", () => setTimeout(close, 150));
}
