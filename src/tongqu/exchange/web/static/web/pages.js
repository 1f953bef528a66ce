// What the pages need beyond links and forms. Everything works without it; this file only makes it quicker.
"use strict";

const say = (text) => { const live = document.getElementById("live"); if (live) live.textContent = text; };

// A digest is shown by its ends; the button gives the whole.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const before = button.textContent;
  try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
  button.textContent = button.dataset.copied;
  say(button.dataset.copied);
  setTimeout(() => { button.textContent = before; }, 1600);
});

// An open menu closes on Escape or when the reader goes elsewhere.
const closeMenus = (except) => document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (menu !== except) menu.open = false; });
document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});

// In a line of a list, or under a heading, only what its kind needs is asked; what is not asked is not sent.
const askWhatIsNeeded = (line) => line.querySelectorAll("[data-when]").forEach((part) => {
  const kind = line.querySelector(`[name="${part.dataset.when}"]`);
  const asked = Boolean(kind) && part.dataset.answers.split(" ").includes(kind.value);
  part.hidden = !asked;
  part.querySelectorAll("input, select, textarea").forEach((one) => { one.disabled = !asked; });
});
document.querySelectorAll(".row-line, .form-group").forEach(askWhatIsNeeded);
document.addEventListener("change", (event) => { const line = event.target.closest(".row-line, .form-group"); if (line) askWhatIsNeeded(line); });

// A form is sent once. The server refuses a second one by its key anyway; this spares the reader the question.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }));

// After a refused form the first fault is where the reader should be.
const fault = document.querySelector("[aria-invalid=true]");
if (fault) fault.focus();

// On a narrow screen filters are opened by who wants them; the results come first.
if (window.matchMedia("(max-width: 820px)").matches) document.querySelectorAll("details.facets").forEach((facets) => { facets.open = false; });
