import { assertEquals } from "@std/assert";
import { decodeMultipart } from "../../lib/multipart/decode.ts";
import { createIds } from "../../server/services/ids.ts";
import { createStoreService } from "../../server/services/store.ts";
import { verify } from "../../server/services/verify.ts";
import { multipart, withArchive } from "../support/archive.ts";
import { type Chance, chance } from "../support/chance.ts";
import { ctInstance, SYNTAX, value } from "../support/part10_builder.ts";
import { bytesOf } from "../support/store_answer.ts";

const ROUNDS = 40;

/** Chunks of any size, the memory of each of which is overwritten when the next is asked for. */
async function* reused(bytes: Uint8Array, { below, pick }: Chance): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(65_536);
  for (let at = 0; at < bytes.length;) {
    const length = 1 + below(pick([3, 200, 2_000, memory.length]));
    const chunk = memory.subarray(0, Math.min(length, bytes.length - at));
    chunk.set(bytes.subarray(at, at + chunk.length));
    at += chunk.length;
    yield chunk;
    memory.fill(0xee);
    await Promise.resolve();
  }
}

Deno.test("storeFiles: keeps no bytes in memory that is used again, however the body is cut", () =>
  withArchive(async (archive) => {
    const { index, blobs } = archive;
    const choose = chance(7);
    const service = createStoreService({
      index,
      blobs,
      records: { keep: () => Promise.resolve() },
      ids: createIds({ now: Date.now, random: (bytes) => crypto.getRandomValues(bytes) }),
      underWay: new Set(),
      now: Date.now,
      conflict: () => "refuse",
      report: (error) => archive.reported.push(error),
    });
    const files = new Map<string, Uint8Array>();
    for (let round = 0; round < ROUNDS; round++) {
      const sent = Array.from({ length: 1 + choose.below(3) }, (_, part) => {
        const sopInstanceUID = `2.25.${round}.${part + 1}`;
        const file = ctInstance({
          sopInstanceUID,
          transferSyntaxUID: choose.pick([
            SYNTAX.explicit,
            SYNTAX.implicit,
            SYNTAX.deflated,
            SYNTAX.jpegBaseline,
          ]),
          elements: [
            value(0x00204000, "LT", "comment ".repeat(choose.below(5_000))),
            value(0x00420011, "OB", choose.bytes(2 * choose.below(50_000))),
          ],
        });
        files.set(sopInstanceUID, file);
        return { body: file };
      });
      const parts = decodeMultipart(reused(multipart(sent).body, choose), "edge");
      const results = await service.storeFiles(
        { archive: "default", StudyInstanceUID: undefined },
        parts,
      );
      assertEquals(results.map(({ kind }) => kind), sent.map(() => "stored" as const));
    }
    const stored = (await Array.fromAsync(index.metadata("default", {}))).flat();
    assertEquals(stored.length, files.size);
    for (const row of stored) {
      const { SOPInstanceUID, blobKey } = row;
      assertEquals(await bytesOf(archive, blobKey), files.get(SOPInstanceUID), SOPInstanceUID);
      assertEquals((await archive.rescan.renewHeader(row)).pieces, row.pieces, SOPInstanceUID);
    }
    const { faults } = await verify({ index, blobs, onFault() {} });
    assertEquals([faults, archive.reported], [0, []]);
  }));
