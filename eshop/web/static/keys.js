const STEPS = { a: "accept", t: "claim", s: "ask" };

// Single-letter keys of the work pages. Never inside a field, never with a modifier, off when the profile says so; each is a button too.
export function startKeys() {
  const place = document.querySelector("[data-keys]");
  if (!place) return;
  const links = () => [...document.querySelectorAll("[data-row]")];
  // The person's own letters: {"w": "j"} when w goes to the next.
  const letters = Object.fromEntries((place.dataset.letters ?? "").split(" ").filter(Boolean).map((pair) => pair.split(":").reverse()));
  const own = Object.keys(letters).length > 0;
  let at = -1;

  const goTo = (next) => {
    const all = links();
    if (!all.length) return;
    at = Math.max(0, Math.min(next, all.length - 1));
    all.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    all[at].querySelector("a")?.focus();
  };
  // The first field of a form that a letter has opened.
  const enter = (form) => form?.querySelector("textarea,select,input:not([type=hidden]),form button")?.focus();
  const press = (key) => {
    const rows = links();
    // In a list a letter is about the row one stands on, and never about another; without one it does nothing.
    if (rows.length && at < 0) return;
    const button = (rows[at] ?? document).querySelector(`[data-key="${key}"]`);
    if (button) {
      button.click();
      if (button.matches("summary") && button.parentElement.open) enter(button.parentElement);
    } else if (rows[at] && STEPS[key]) {
      const page = new URL(rows[at].querySelector("a").href);
      page.searchParams.set("do", STEPS[key]);
      window.location.assign(page);
    }
  };
  enter(document.querySelector("details[data-asked]"));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input,textarea,select,[contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const typed = event.key.toLowerCase();
    const key = own && /^\p{L}$/u.test(typed) ? (letters[typed] ?? "") : typed;
    if (key === "j" && links().length) goTo(at + 1);
    else if (key === "k" && links().length) goTo(at - 1);
    else if (key === "x" && at >= 0) links()[at].querySelector("input[type=checkbox]")?.click();
    else if (key === "/") document.querySelector("[data-filter]")?.focus();
    else if (key === "?") window.location.assign(place.dataset.keys);
    else if ("jkats".includes(key)) press(key);
    else return;
    event.preventDefault();
  });
}
