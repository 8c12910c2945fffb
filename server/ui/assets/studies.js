// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Rows that open into their series, deletion that can be undone, and buttons that copy. */

const toast = /** @type {HTMLElement} */ (document.getElementById("toast"));

/** Says something, with a button where something can be done about it.
 * @param {string} text @param {string} [title] @param {() => void} [act] */
function notify(text, title, act) {
  const close = button("Dismiss", () => toast.replaceChildren());
  toast.replaceChildren(text, ...(title && act ? [button(title, act)] : []), close);
}

/** @param {string} title @param {() => void} act */
function button(title, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = title;
  made.addEventListener("click", act);
  return made;
}

/** Sends a request without a body; rejects with what the server says. @param {string} method @param {string} path */
async function send(method, path) {
  const response = await fetch(path, { method }).catch(() => {
    throw new Error("The server cannot be reached.");
  });
  if (response.status === 401) refresh();
  if (!response.ok) throw new Error((await response.json()).detail);
}

/** @param {HTMLElement} row */
function close(row) {
  const more = row.nextElementSibling;
  if (more?.classList.contains("more")) more.remove();
  const link = row.querySelector("a.open");
  if (link) link.ariaExpanded = "false";
}

/** @param {HTMLElement} row */
function uidOf(row) {
  const view = /** @type {HTMLAnchorElement} */ (row.querySelector("td a"));
  return new URL(view.href).searchParams.get("StudyInstanceUIDs") ?? "";
}

/** Opens a row, or closes it; one is open at a time. @param {HTMLElement} row */
async function toggle(row) {
  const link = /** @type {HTMLAnchorElement} */ (row.querySelector("a.open"));
  const isOpen = link.ariaExpanded === "true";
  for (
    const other of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr.study"))
  ) {
    if (other.querySelector("[aria-expanded=true]")) close(other);
  }
  const url = new URL(location.href);
  if (isOpen) url.searchParams.delete("study");
  else url.searchParams.set("study", uidOf(row));
  history.replaceState(history.state, "", url);
  if (isOpen) return;
  link.ariaExpanded = "true";
  const response = await fetch(`list/study${url.search}`).catch(() => undefined);
  if (!response?.ok) {
    link.ariaExpanded = "false";
    if (response?.status === 401) refresh();
    notify("The study could not be opened.");
    return;
  }
  const html = await response.text();
  // Another row may have been opened, or the list replaced, in the meantime.
  if (link.ariaExpanded !== "true" || !row.isConnected) return;
  const more = document.createElement("tr");
  more.className = "more";
  const cell = more.insertCell();
  cell.colSpan = row.children.length;
  cell.innerHTML = html;
  row.after(more);
}

/** @param {HTMLButtonElement} pressed */
async function remove(pressed) {
  const { delete: path = "", name = "" } = pressed.dataset;
  const more = pressed.closest("tr");
  const row = /** @type {HTMLElement | null} */ (more?.previousElementSibling);
  if (!more || !row) return;
  const next = more.nextElementSibling ?? row.previousElementSibling;
  more.hidden = row.hidden = true;
  /** @type {HTMLElement | null | undefined} */ (next?.querySelector("a.open"))?.focus();
  try {
    await send("DELETE", path);
  } catch (error) {
    more.hidden = row.hidden = false;
    notify(`${name} was not deleted. ${error instanceof Error ? error.message : ""}`);
    return;
  }
  const url = new URL(location.href);
  url.searchParams.delete("study");
  history.replaceState(history.state, "", url);
  refresh();
  notify(`Deleted: ${name}.`, "Undo", async () => {
    try {
      await send("POST", `${path}/undelete`);
      notify(`${name} is back.`);
    } catch (error) {
      notify(`${name} could not be brought back. ${error instanceof Error ? error.message : ""}`);
    }
    refresh();
  });
}

/** Where no key is valid any more this leads to the login. */
function refresh() {
  document.dispatchEvent(new Event("list:refresh"));
}

/** @param {HTMLButtonElement} pressed */
async function copy(pressed) {
  const text = pressed.dataset.copy ?? "";
  // Browsers give the clipboard only to pages that came encrypted or from this machine.
  const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false) ??
    copySelected(text, pressed);
  pressed.textContent = isCopied ? "Copied" : "Not copied";
  document.dispatchEvent(new CustomEvent("list:say", { detail: pressed.textContent }));
  setTimeout(() => pressed.textContent = "Copy", 1_500);
}

/** @param {string} text @param {HTMLElement} pressed */
function copySelected(text, pressed) {
  const field = document.createElement("textarea");
  field.value = text;
  pressed.before(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  pressed.focus();
  return isCopied;
}

document.addEventListener("click", (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
    return;
  }
  const target = /** @type {Element} */ (event.target);
  const pressed =
    /** @type {HTMLButtonElement | null} */ (target.closest("[data-copy], [data-delete]"));
  if (pressed) void (pressed.dataset.copy ? copy(pressed) : remove(pressed));
  const row = /** @type {HTMLElement | null} */ (target.closest("tr.study"));
  const isOther = target.closest("a:not(.open), button") || String(getSelection());
  if (!row || isOther) return;
  event.preventDefault();
  void toggle(row);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const within = /** @type {Element} */ (event.target).closest("tr.study, tr.more");
  const row = within?.classList.contains("more") ? within.previousElementSibling : within;
  const link =
    /** @type {HTMLElement | null | undefined} */ (row?.querySelector("[aria-expanded=true]"));
  if (!row || !link) return;
  void toggle(/** @type {HTMLElement} */ (row));
  link.focus();
});

// Where there is no image to show, nothing is.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) event.target.remove();
}, true);
