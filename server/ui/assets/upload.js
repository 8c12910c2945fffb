// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Files and folders dropped on the page, or chosen, are stored one by one, a few at a time; each that
 * is under way is shown, and each that is refused with the reason.
 */

const list = /** @type {HTMLElement} */ (document.getElementById("list"));
const card = /** @type {HTMLElement} */ (document.getElementById("uploads"));
const mayStore = list.dataset.store !== undefined;

/** Browsers open six connections to a server; the rest are for the list. */
const PARALLEL = 4;
/** Files of one reason that are named. */
const NAMED = 200;
/** Attempts for a file while the server says that it is busy. */
const ATTEMPTS = 5;
/** Milliseconds between two looks at the list while files are stored. */
const REFRESH_EVERY = 2_000;
/** Milliseconds between two drawings. */
const DRAW_EVERY = 100;

/** Failure Reason (0008,1197), in words. @type {Record<number, string>} */
const REASONS = {
  0x0110: "The server failed while it stored this",
  0x0111: "Other content is stored under the same UID",
  0x0122: "Objects of this SOP class are not stored",
  0xa700: "The server has no space left",
  0xa900: "A UID is missing, or cannot be one",
  0xc000: "It cannot be read as DICOM",
  0xc122: "This transfer syntax is not stored",
};
/** Those of which the answer says more. */
const EXPLAINED = new Set([0xa900, 0xc000, 0xc122]);
const NO_DICOM = "Not a DICOM file";

/** @typedef {{ path: string, file: File, sent: number }} Upload */

/** @type {Upload[]} */
let waiting = [];
/** @type {Set<Upload>} */
const active = new Set();
/** Files by reason, each with what the server says of it beyond that. @type {Map<string, { path: string, comment: string }[]>} */
const refused = new Map();
let files = 0;
let done = 0;
let stored = 0;
let bytes = 0;
let settled = 0;
let walking = 0;
let workers = 0;
let refreshedAt = 0;
let isDrawn = true;
/** How often it was stopped: what was found before is not begun, what is added after it is. */
let stops = 0;

/** The files below an entry of a drop. @param {FileSystemEntry} entry @returns {AsyncGenerator<{ path: string, file: File }>} */
async function* filesOf(entry) {
  if (entry.isFile) {
    const file = await new Promise((found, failed) =>
      /** @type {FileSystemFileEntry} */ (entry).file(found, failed)
    );
    yield { path: entry.fullPath.slice(1), file };
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (some.length === 0) return;
    for (const each of some) yield* filesOf(each);
  }
}

/** Takes files as they are found. @param {AsyncIterable<{ path: string, file: File }> | Iterable<{ path: string, file: File }>} found */
async function add(found) {
  if (workers === 0 && walking === 0) start();
  walking++;
  const begun = stops;
  try {
    for await (const { path, file } of found) {
      if (stops !== begun) break;
      files++;
      bytes += file.size;
      waiting.push({ path, file, sent: 0 });
      if (workers < PARALLEL) void work();
      draw();
    }
  } catch (error) {
    refuse("A folder could not be read", error instanceof Error ? error.message : "");
  }
  walking--;
  finish();
}

function start() {
  files =
    done =
    stored =
    bytes =
    settled =
      0;
  refused.clear();
  card.hidden = false;
}

async function work() {
  workers++;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    active.add(next);
    const failure = await store(next).catch((error) => ({
      reason: "The file could not be read or sent",
      comment: String(error?.message ?? error),
    }));
    active.delete(next);
    done++;
    settled += next.file.size;
    if (failure === undefined) stored++;
    else refuse(failure.reason, next.path, failure.comment);
    draw();
    refresh();
  }
  workers--;
  finish();
}

/** @param {string} reason @param {string} path @param {string} [comment] */
function refuse(reason, path, comment = "") {
  const paths = refused.get(reason) ?? [];
  paths.push({ path, comment });
  refused.set(reason, paths);
}

/**
 * Stores a file; resolves to why it was refused, or to undefined.
 * @param {Upload} upload @returns {Promise<{ reason: string, comment?: string } | undefined>}
 */
async function store(upload) {
  const { file } = upload;
  if (!await canBeDicom(file)) return { reason: NO_DICOM };
  const boundary = crypto.getRandomValues(new Uint32Array(4)).join("");
  const body = new Blob([
    `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
    file,
    `\r\n--${boundary}--\r\n`,
  ]);
  for (let attempt = 1;; attempt++) {
    const { status, text, wait } = await post(body, boundary, upload);
    if (status === 200 || status === 202) return undefined;
    if (status === 503 && attempt < ATTEMPTS) {
      await new Promise((passed) => setTimeout(passed, wait * 1_000));
      continue;
    }
    if (status === 0) return { reason: "The connection broke off" };
    return failureOf(text);
  }
}

/** Whether it begins as a DICOM file does, or as a data set without the head of one. @param {File} file */
async function canBeDicom(file) {
  const head = new Uint8Array(await file.slice(0, 132).arrayBuffer());
  if (String.fromCharCode(...head.subarray(128)) === "DICM") return true;
  return (head[0] === 2 || head[0] === 8) && head[1] === 0 && head[3] === 0;
}

/** @param {Blob} body @param {string} boundary @param {Upload} upload @returns {Promise<{ status: number, text: string, wait: number }>} */
function post(body, boundary, upload) {
  return new Promise((answered) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${list.dataset.root}/studies`);
    request.setRequestHeader("Accept", "application/dicom+json");
    request.setRequestHeader(
      "Content-Type",
      `multipart/related; type="application/dicom"; boundary=${boundary}`,
    );
    request.upload.onprogress = ({ loaded }) => {
      upload.sent = Math.min(loaded, upload.file.size);
      draw();
    };
    request.onloadend = () => {
      const wait = Number(request.getResponseHeader("Retry-After")) || 1;
      answered({ status: request.status, text: request.responseText, wait });
    };
    request.send(body);
  });
}

/** What an answer says about its one file. @param {string} text */
function failureOf(text) {
  const answer = JSON.parse(text);
  if (answer.detail) return { reason: String(answer.detail) };
  const [item] = answer["00081198"]?.Value ?? answer["0008119A"]?.Value ?? [];
  const reason = item?.["00081197"]?.Value?.[0];
  const comment = item?.["00000902"]?.Value?.[0];
  const words = REASONS[reason] ?? "The server refused it";
  return EXPLAINED.has(reason) || !REASONS[reason] ? { reason: words, comment } : { reason: words };
}

function finish() {
  if (walking > 0 || workers > 0) return;
  if (stored > 0) document.dispatchEvent(new Event("list:refresh"));
  draw();
  const detail = `${count(stored)} stored, ${refusals()} refused`;
  document.dispatchEvent(new CustomEvent("list:say", { detail }));
}

/** Has the list shown anew now and then, unless somebody is at work in it. */
function refresh() {
  const now = performance.now();
  const isUsed = document.getElementById("results")?.contains(document.activeElement);
  if (stored === 0 || isUsed || (refreshedAt > 0 && now - refreshedAt < REFRESH_EVERY)) return;
  refreshedAt = now;
  document.dispatchEvent(new Event("list:refresh"));
}

const refusals = () => (done - stored).toLocaleString("en");
/** @param {number} number */
const count = (number) => `${number.toLocaleString("en")} ${number === 1 ? "file" : "files"}`;
/** @param {number} number */
function size(number) {
  const [unit, name] = number < 1e6 ? [1e3, "kB"] : number < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(number / unit).toLocaleString("en", { maximumFractionDigits: 1 })} ${name}`;
}

/** Draws the card soon. */
function draw() {
  if (!isDrawn) return;
  isDrawn = false;
  setTimeout(() => {
    isDrawn = true;
    const isDone = walking === 0 && workers === 0;
    const sent = [...active].reduce((sum, upload) => sum + upload.sent, settled);
    const title = element(
      "h2",
      isDone
        ? `${count(stored)} stored${done > stored ? `, ${refusals()} refused` : ""}`
        : `${done.toLocaleString("en")} of ${count(files)}, ${size(sent)} of ${size(bytes)}`,
    );
    const button = element("button", isDone ? "Close" : "Stop");
    button.addEventListener("click", () => isDone ? card.hidden = true : stop());
    const head = element("p", "", title, button);
    head.className = "head";
    const parts = isDone ? [] : [bar(sent, bytes, "All files"), underWay()];
    const open = [...card.querySelectorAll("details[open]")].map((each) => each.id);
    const hadFocus = card.contains(document.activeElement);
    card.replaceChildren(
      head,
      ...parts,
      ...[...refused].map(([reason, paths], index) => refusal(reason, paths, open, index)),
    );
    if (hadFocus) button.focus();
  }, DRAW_EVERY);
}

function underWay() {
  const items = [...active].map(({ path, sent, file }) =>
    element("li", "", element("bdi", path), bar(sent, file.size, path))
  );
  const made = element("ul", "", ...items);
  made.className = "active";
  return made;
}

/** @param {string} reason @param {{ path: string, comment: string }[]} paths @param {string[]} open @param {number} index */
function refusal(reason, paths, open, index) {
  const id = `refused-${index}`;
  const items = paths.slice(0, NAMED).map(({ path, comment }) =>
    element("li", "", element("bdi", path), element("small", comment))
  );
  if (paths.length > NAMED) items.push(element("li", `and ${count(paths.length - NAMED)} more`));
  const summary = element("summary", `${reason} (${paths.length.toLocaleString("en")})`);
  const made = /** @type {HTMLDetailsElement} */ (element(
    "details",
    "",
    summary,
    element("ul", "", ...items),
  ));
  made.id = id;
  made.open = open.includes(id) || paths.length <= 5 && !card.querySelector(`#${id}`);
  return made;
}

/** @param {number} value @param {number} max @param {string} label */
function bar(value, max, label) {
  const made = document.createElement("progress");
  made.max = max || 1;
  made.value = max ? value : 1;
  made.ariaLabel = label;
  return made;
}

/** @param {string} name @param {string} text @param {Node[]} children */
function element(name, text, ...children) {
  const made = document.createElement(name);
  made.append(text, ...children);
  return made;
}

/** Those under way are still stored; the others are not begun. */
function stop() {
  stops++;
  files -= waiting.length;
  for (const { file } of waiting) bytes -= file.size;
  waiting = [];
}

if (mayStore) {
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    // The entries are gone once this handler has returned; they are taken at once.
    const entries = [...event.dataTransfer?.items ?? []].flatMap((item) =>
      item.webkitGetAsEntry() ?? []
    );
    for (const entry of entries) void add(filesOf(entry));
  });
  for (
    const input
      of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[type=file]"))
  ) {
    input.addEventListener("change", () => {
      const chosen = [...input.files ?? []];
      void add(chosen.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
      input.value = "";
    });
  }
  addEventListener("beforeunload", (event) => {
    if (workers > 0) event.preventDefault();
  });
}
