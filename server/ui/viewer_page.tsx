/**
 * The page in the place of a viewer that is not there.
 * @module
 */
import type { Page } from "./layout.tsx";

/** It says how to get it. */
export const viewerMissing: Page = {
  title: "Viewer",
  content: (
    <>
      <h1>The viewer is not installed</h1>
      <p>
        It is OHIF, a download of 50 MB that the server runs without. To get it, run this where the
        server is, and then load this page again:
      </p>
      <pre><code>deno task viewer</code></pre>
      <p>
        <a href="./">Back to the studies</a>
      </p>
    </>
  ),
};
