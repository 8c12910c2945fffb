/**
 * A program that stores into an index until it is killed, and writes the number of each instance
 * that was acknowledged as a line: `deno run tests/support/index_writer.ts <file> <first number>`.
 * @module
 */
import { openLocalIndex } from "../../server/index/open_local.ts";
import { ARCHIVE, newInstance } from "./index_data.ts";

const [path = "", first = "0"] = Deno.args;
const CALLERS = 8;
const PER_STUDY = 5;

const index = await openLocalIndex(path);
await index.ensureArchives([ARCHIVE]);
const encoder = new TextEncoder();
let next = Number(first);
await Promise.all(Array.from({ length: CALLERS }, async () => {
  while (true) {
    const number = next++;
    const instance = newInstance([Math.floor(number / PER_STUDY), 1, number]);
    const blobKey = `${ARCHIVE}/2026-01-01/${number}`;
    const outcome = await index.add({ ...instance, object: { ...instance.object, blobKey } });
    if (outcome.kind === "failed") throw outcome.error;
    Deno.stdout.writeSync(encoder.encode(`${number}\n`));
    if (number % 7 === 0) {
      await index.remove(ARCHIVE, {
        StudyInstanceUID: `2.25.${Math.floor(number / PER_STUDY) - 4}`,
      }, 1);
    }
  }
}));
