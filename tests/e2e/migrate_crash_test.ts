import { assertEquals } from "@std/assert";
import { parseEnvironment } from "../../lib/config/environment.ts";
import { openDataFolder } from "../../server/data_folder.ts";
import { openBlobs, openIndex } from "../../server/machine_storage.ts";
import type { MigrationEnd } from "../../server/services/migrate.ts";
import { verify } from "../../server/services/verify.ts";
import { IS_LONG, newChance } from "../support/chance.ts";
import {
  ended,
  runCommand,
  startCommand,
  uidsOf,
  withFolders,
  writeFiles,
} from "../support/imports.ts";
import { assertSameEnds } from "../support/migration.ts";
import { remotePlaceTest } from "../support/remote_place.ts";
import { withServer } from "../support/server_process.ts";
import { withStoreFront } from "../support/store_front.ts";

const FILES = IS_LONG ? 400 : 60;
const KILLS = IS_LONG ? 60 : 5;
/** Requests to the object store within which a run is killed: about as many as one needs for a part of it. */
const WITHIN = 40;

/** Runs `use` with an end of a migration, opened in this process. */
async function withEnd(
  variables: Readonly<Record<string, string>>,
  use: (end: MigrationEnd) => Promise<void>,
): Promise<void> {
  const { settings } = parseEnvironment((name) => variables[name]);
  const folder = await openDataFolder(settings.data);
  const index = await openIndex(settings.index, folder);
  try {
    await use({ index, blobs: await openBlobs(settings.blobs, folder) });
  } finally {
    await index.close();
  }
}

remotePlaceTest(
  "migrate-storage: killed at any instant and started again, it brings everything once, and nothing is half there",
  ({ env, swift }) =>
    withFolders(({ files, data }) =>
      withStoreFront(swift.endpoint, async (front) => {
        const chance = newChance();
        await writeFiles(files, FILES);
        assertEquals((await runCommand("import", [files], data)).code, 0);
        await withServer({ GANTRY_DATA: data }, async ({ dicomweb }) => {
          const { studyInstanceUID } = uidsOf(FILES - 1);
          const url = `${dicomweb}/studies/${studyInstanceUID}`;
          assertEquals((await fetch(url, { method: "DELETE" })).status, 204);
        });
        const watched = { ...env, AWS_ENDPOINT_URL_S3: front.url };
        const remote = { ...env, GANTRY_DATA: data };
        let kills = 0;
        for (let kill = 0; kill < KILLS; kill++) {
          const child = await startCommand("migrate-storage", ["--to", "remote"], data, watched);
          const output = ended(child);
          let left = chance.below(WITHIN);
          const isLost = chance.below(2) === 0;
          front.fault = () => {
            if (left-- !== 0) return undefined;
            try {
              child.kill("SIGKILL");
            } catch (error) {
              // It has ended in this moment.
              if (!(error instanceof TypeError)) throw error;
            }
            return isLost ? { kind: "reset" } : undefined;
          };
          const { code, stdout, stderr } = await output;
          if (code === 0) break;
          assertEquals(code, 137, stdout + stderr);
          kills++;
          await withEnd(remote, async (end) => {
            const faults: unknown[] = [];
            await verify({ ...end, onFault: (fault) => faults.push(fault) });
            assertEquals(faults, []);
          });
        }
        front.fault = () => undefined;
        console.log(`killed ${kills} times`);
        const { code, stdout, stderr } = await runCommand(
          "migrate-storage",
          ["--to", "remote"],
          data,
          watched,
        );
        assertEquals(code, 0, stdout + stderr);
        await withEnd(
          remote,
          (target) => withEnd({ GANTRY_DATA: data }, (source) => assertSameEnds(target, source)),
        );
      })
    ),
);
