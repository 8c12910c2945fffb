import { assert, assertEquals, assertRejects } from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { openViewerFiles } from "../../../server/viewer/fs_viewer_files.ts";
import { installViewer, PackageError } from "../../../server/viewer/install.ts";
import type { Coding } from "../../../server/viewer/manifest.ts";
import type { Release } from "../../../server/viewer/release.ts";
import { chunksOf, packageOf, streamOf } from "../../support/made_package.ts";

const SCRIPT = `const root = "/";${"// the same again\n".repeat(1000)}`;
const CHANGES = [{ files: ".js", from: 'root = "/"', to: 'root = "/viewer/"', times: 1 }];
const { tarball, release } = packageOf([
  { name: "package/package.json", content: "{}" },
  { name: "package/dist/app.js", content: SCRIPT },
  { name: "package/dist/app.js.map", content: "{}" },
  { name: "package/dist/index.html", content: "<p>" },
  { name: "package/dist/ort/ort.wasm", content: "ort" },
  { name: "package/dist/assets/dot.png", content: "dot" },
], CHANGES);

async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir();
  try {
    await work(`${data}/viewer`);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

const install = (home: string, bytes: Uint8Array = tarball, of: Release = release) =>
  installViewer(home, of, () => Promise.resolve(streamOf(bytes)));

const namesIn = (home: string) => [...Deno.readDirSync(home)].map(({ name }) => name).toSorted();

async function contentOf(
  home: string,
  name: string,
  coding: Coding,
): Promise<Uint8Array | undefined> {
  const viewer = await openViewerFiles(`${home}/${release.build}`).installed();
  const file = viewer?.file(name, (kept) => kept.includes(coding) ? coding : "identity");
  if (file === undefined) return undefined;
  assertEquals(file.coding, coding);
  const bytes = await new Response(await file.open()).bytes();
  assertEquals(bytes.length, file.size);
  return bytes;
}

Deno.test("installViewer: keeps what is of use, changed and compressed, and does it once", async () => {
  await withHome(async (home) => {
    const told: [number, number][] = [];
    const outcome = await installViewer(
      home,
      release,
      () => Promise.resolve(streamOf(tarball)),
      (files, bytes) => told.push([files, bytes]),
    );
    const changed = SCRIPT.replace('"/"', '"/viewer/"');
    assertEquals(outcome, { kind: "installed", files: 2, bytes: changed.length + 3 });
    assertEquals(told.at(-1), [2, release.size]);
    assertEquals(namesIn(home), ["1.0.0-1", "install.lock"]);

    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text((await contentOf(home, "app.js", "identity"))!), changed);
    assertEquals(text(brotliDecompressSync((await contentOf(home, "app.js", "br"))!)), changed);
    assertEquals(text(gunzipSync((await contentOf(home, "app.js", "gzip"))!)), changed);
    assertEquals(text((await contentOf(home, "assets/dot.png", "identity"))!), "dot");
    for (
      const name of ["app.js.map", "index.html", "ort/ort.wasm", "package.json", "../app.js", "0"]
    ) {
      assertEquals(await contentOf(home, name, "identity"), undefined);
    }

    let opened = false;
    const again = await installViewer(home, release, () => {
      opened = true;
      return Promise.resolve(streamOf(tarball));
    });
    assertEquals([again.kind, opened], ["there already", false]);
  });
});

Deno.test("installViewer: what is not the release leaves nothing", async () => {
  await withHome(async (home) => {
    const flipped = tarball.slice();
    flipped[flipped.length >> 1]! ^= 1;
    const longer = new Uint8Array(tarball.length + 1);
    longer.set(tarball);
    for (const bytes of [flipped, longer, tarball.subarray(0, -1), new Uint8Array(0)]) {
      await assertRejects(() => install(home, bytes), PackageError, "@test/app 1.0.0");
      assertEquals(namesIn(home), ["install.lock"]);
    }
    const breaking = () =>
      Promise.resolve(ReadableStream.from((function* () {
        yield* chunksOf(tarball.subarray(0, 100), 50);
        throw new PackageError("broken off");
      })()));
    await assertRejects(() => installViewer(home, release, breaking), PackageError, "broken off");
    assertEquals(namesIn(home), ["install.lock"]);
    assertEquals((await install(home)).kind, "installed");
  });
});

Deno.test("installViewer: a package that is not as its changes need it leaves nothing", async () => {
  await withHome(async (home) => {
    const [change] = CHANGES;
    const other = { ...release, changes: [{ ...change!, times: 2 }] };
    await assertRejects(() => install(home, tarball, other), PackageError, "1 times, not 2");
    const escaping = packageOf([{ name: "package/dist/../../app.js", content: "" }]);
    await assertRejects(() => install(home, escaping.tarball, escaping.release));
    assertEquals(namesIn(home), ["install.lock"]);
  });
});

Deno.test("installViewer: of two at once one does it, and the other waits for it; what a killed one left, and another build, goes", async () => {
  await withHome(async (home) => {
    await Deno.mkdir(`${home}/0.9.0-1`, { recursive: true });
    await Deno.mkdir(`${home}/1.0.0-1.killed.tmp`);
    await Deno.writeTextFile(`${home}/1.0.0-1.killed.tmp/package.tgz`, "half");
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
    const first = installViewer(home, release, async () => {
      resolve();
      await released;
      return streamOf(tarball);
    });
    await started;
    const second = install(home);
    letGo();
    assertEquals((await first).kind, "installed");
    assertEquals((await second).kind, "there already");
    assertEquals(namesIn(home), ["1.0.0-1", "install.lock"]);
  });
});

Deno.test("openViewerFiles: sees a viewer that comes and goes while the server runs", async () => {
  await withHome(async (home) => {
    const files = openViewerFiles(`${home}/${release.build}`);
    assertEquals(await files.installed(), undefined);
    await install(home);
    const viewer = await files.installed();
    assert(viewer !== undefined);
    assertEquals(await files.installed(), viewer);
    await Deno.remove(`${home}/${release.build}`, { recursive: true });
    assertEquals(await files.installed(), undefined);
  });
});
