/**
 * The page that OHIF runs in, with what it may do there.
 * @module
 */
import { ENTRY, OHIF } from "./release.ts";

/** Path of the script that configures it, below `/viewer`. */
export const CONFIG = "app-config.js";

/**
 * Nothing of another host is loaded or called, whatever the application tries. It writes styles into
 * its page, compiles WebAssembly, and makes URLs for bytes that it has.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self' data:",
  "connect-src 'self' blob: data:",
  "object-src 'self' blob:",
  "frame-src 'self' blob:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** Of a worker: the codecs' bindings are functions made of text. */
const WORKER_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' blob: data:",
].join("; ");

/** A page gets memory that its workers share only where it is alone, and so do the workers. */
const ISOLATED = { "Cross-Origin-Embedder-Policy": "require-corp" };

/** Headers of the page. */
export const SHELL_HEADERS: Readonly<Record<string, string>> = {
  ...ISOLATED,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Content-Security-Policy": PAGE_POLICY,
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "private, no-cache",
  // Its URL names studies.
  "Referrer-Policy": "same-origin",
};

/** Headers of its files beside their own: any script may be that of a worker. */
export const FILE_HEADERS: Readonly<Record<string, string>> = {
  ...ISOLATED,
  "Content-Security-Policy": WORKER_POLICY,
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** The page. `root`: the way from its URL to `/viewer/`, empty or ending in a slash. */
export function shellPage(root: string): string {
  const files = `${root}${OHIF.build}/`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>OHIF · Gantry</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="theme-color" content="#000000">
<link rel="icon" href="${files}assets/favicon.ico">
<link rel="stylesheet" href="${files}${ENTRY.style}">
<script src="${root}${CONFIG}"></script>
<script defer src="${files}${ENTRY.script}"></script>
</head>
<body>
<noscript>The viewer needs JavaScript.</noscript>
<div id="react-portal"></div>
<div id="root"></div>
</body>
</html>
`;
}
