import { assert, assertEquals } from "@std/assert";
import { runPasses } from "../../../server/cli/migrate/passes.ts";
import { openDataFolder } from "../../../server/data_folder.ts";
import { multipart, withArchive } from "../../support/archive.ts";
import { withFileEnd } from "../../support/migration.ts";
import { ctInstance } from "../../support/part10_builder.ts";

Deno.test("runPasses: a file that broke off on the way back is brought anew, whatever ran between", () =>
  withArchive((archive) =>
    withFileEnd(async ({ blobs }) => {
      const init = multipart([{ body: ctInstance() }]);
      const response = await archive.fetch("/studies", { method: "POST", ...init });
      assert(response.ok, await response.text());
      const [row] = await archive.rows();
      const { blobKey, size } = row!;
      const ends = {
        remote: { index: archive.index, blobs: archive.blobs },
        embedded: { index: archive.index, blobs },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
      const path = await Deno.makeTempDir({ prefix: "gantry-passes-" });
      try {
        const folder = await openDataFolder(path);
        const run = (to: "remote" | "embedded", isBroken: boolean) =>
          runPasses({
            ends,
            to,
            moves: { index: false, objects: true },
            folder,
            places: {},
            last: undefined,
            rereads: false,
            isBroken,
            signal: new AbortController().signal,
            onFault: () => {},
            onProgress: () => {},
          });
        // What a crash left of its copy.
        const writer = await blobs.create(blobKey);
        await writer.write(new Uint8Array(size - 1));
        await writer.commit();
        await run("remote", false);
        const { copied, upToDate } = await run("embedded", false);
        assertEquals([copied, upToDate], [1, true]);
        assertEquals(await blobs.size(blobKey), size);
      } finally {
        await Deno.remove(path, { recursive: true });
      }
    })
  ));
