// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The study list alive: searches as one types, and keeps what is looked at in the page's URL. Other
 * scripts ask for the list anew by the event `list:refresh`, and have `list:say` read aloud.
 */

const form = /** @type {HTMLFormElement} */ (document.getElementById("search"));
const words = /** @type {HTMLInputElement} */ (form.elements.namedItem("q"));
const from = /** @type {HTMLInputElement} */ (form.elements.namedItem("from"));
const to = /** @type {HTMLInputElement} */ (form.elements.namedItem("to"));
const live = /** @type {HTMLElement} */ (document.getElementById("live"));
const toast = /** @type {HTMLElement} */ (document.getElementById("toast"));
const results = () => /** @type {HTMLElement} */ (document.getElementById("results"));

let asking = new AbortController();
let hasFailed = false;

/** Shows what the parameters ask for; what was asked before is given up. @param {URLSearchParams} parameters */
async function show(parameters) {
  asking.abort();
  const { signal } = asking = new AbortController();
  results().ariaBusy = "true";
  try {
    const response = await fetch(`list?${parameters}`, { signal });
    if (response.status === 401) {
      const back = new URLSearchParams({ next: location.search || "./" });
      return location.assign(`login?${back}`);
    }
    const text = await response.text();
    if (!response.ok) throw new Error(JSON.parse(text).detail);
    put(text);
    if (hasFailed) toast.replaceChildren();
    hasFailed = false;
    live.textContent = document.getElementById("status")?.textContent ?? "No studies";
  } catch (error) {
    if (signal.aborted) return;
    results().ariaBusy = null;
    // What is shown is not what was asked for; that is for eyes too.
    hasFailed = true;
    toast.textContent = `The list could not be loaded: ${
      error instanceof Error ? error.message : error
    }`;
  }
}

/** @param {string} html */
function put(html) {
  const place = placeOfFocus();
  const template = document.createElement("template");
  template.innerHTML = html;
  results().replaceWith(template.content);
  const totals = document.getElementById("totals");
  if (totals) totals.textContent = results().dataset.totals ?? "";
  const clear = document.getElementById("clear");
  if (clear) clear.hidden = location.search === "";
  if (place) /** @type {HTMLElement | null} */ (results().querySelector(place))?.focus();
}

/** What has the focus inside the results, for when they are replaced. */
function placeOfFocus() {
  const active = document.activeElement;
  if (!active || !results().contains(active)) return undefined;
  const heading = active.closest("th[scope=col]");
  if (heading) {
    return `th:nth-child(${[...heading.parentElement?.children ?? []].indexOf(heading) + 1}) a`;
  }
  const more = active.closest("tr.more");
  const view = (more?.previousElementSibling ?? active.closest("tr"))?.querySelector("td a");
  return view ? `tr:has([href="${view.getAttribute("href")}"]) a` : "tbody a";
}

/** @param {URLSearchParams} parameters @param {"push" | "replace"} how @param {unknown} [state] */
function go(parameters, how, state = null) {
  const url = parameters.size === 0 ? "./" : `?${parameters}`;
  if (how === "push") history.pushState(state, "", url);
  else history.replaceState(state, "", url);
  mark();
  void show(parameters);
}

/** What the form asks for. */
function asked() {
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) parameters.set(name, String(value));
  return parameters;
}

/** Puts parameters into the form. @param {URLSearchParams} parameters */
function fill(parameters) {
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      field.value = parameters.get(field.name) ?? "";
    }
  }
}

/** The browser's own day, so many days back, as a date field has it. @param {number} days */
function dayBefore(days) {
  const day = new Date();
  day.setDate(day.getDate() - days);
  return new Date(day.getTime() - day.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** Shows which of the quick ranges holds. */
function mark() {
  for (
    const button
      of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("[name=days]"))
  ) {
    button.ariaPressed = String(!to.value && from.value === dayBefore(Number(button.value) - 1));
  }
}

form.addEventListener("input", (event) => {
  // Another archive has other addresses as well.
  if (/** @type {HTMLSelectElement} */ (event.target).name === "archive") return form.submit();
  const typing = event.target === words;
  go(asked(), typing && history.state?.typing ? "replace" : "push", { typing });
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (button?.name !== "days") return;
  from.value = button.ariaPressed === "true" ? "" : dayBefore(Number(button.value) - 1);
  to.value = "";
  go(asked(), "push");
});

document.addEventListener("click", (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
    return;
  }
  const link = /** @type {Element} */ (event.target).closest("th a, .pager a, a[data-clear]");
  if (!(link instanceof HTMLAnchorElement) || link.classList.contains("open")) return;
  event.preventDefault();
  const { searchParams } = new URL(link.href);
  fill(searchParams);
  if (link.closest(".pager")) form.scrollIntoView();
  go(searchParams, "push");
});

addEventListener("popstate", () => {
  const parameters = new URLSearchParams(location.search);
  fill(parameters);
  mark();
  void show(parameters);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const isField = target.matches("input, select, textarea");
  if (event.key === "/" && !isField) {
    event.preventDefault();
    words.select();
    words.focus();
  } else if (event.key === "Escape" && target === words && words.value) {
    event.preventDefault();
    words.value = "";
    go(asked(), "push");
  } else if (
    (event.key === "ArrowDown" || event.key === "ArrowUp") && (target === words || !isField)
  ) {
    const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("a.open")]);
    const row = target.closest("tr.more")?.previousElementSibling ?? target.closest("tr.study");
    const at = rows.findIndex((each) => row?.contains(each)) + (event.key === "ArrowDown" ? 1 : -1);
    if (at === -1 && row) words.focus();
    else if ((row || target === words) && rows[at]) rows[at].focus();
    else return;
    event.preventDefault();
  }
});

document.addEventListener("list:refresh", () => void show(new URLSearchParams(location.search)));
document.addEventListener("list:say", (event) => {
  live.textContent = /** @type {CustomEvent<string>} */ (event).detail;
});

mark();
