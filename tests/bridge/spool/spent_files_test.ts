import { assert, assertEquals } from "@std/assert";
import { SpentFiles } from "../../../bridge/spool/spent_files.ts";
import { withSpool } from "../../support/spools.ts";

/** Runs a test with an empty folder for spent files and one from which they come. */
async function withFolders(
  test: (spent: SpentFiles, make: (size: number) => ReturnType<typeof file>) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-spent-" });
  let count = 0;
  Deno.mkdirSync(`${root}/spent`);
  const spent = new SpentFiles(`${root}/spent`, () => String(count++));
  try {
    await test(spent, (size) => file(`${root}/${count++}`, size));
  } finally {
    spent.clear();
    await Deno.remove(root, { recursive: true });
  }
}

function file(path: string, size: number) {
  Deno.writeFileSync(path, new Uint8Array(size).fill(1));
  return { path, size, sync: () => Promise.resolve() };
}

const isThere = (path: string) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

Deno.test("SpentFiles: gives a file of about the size, which has gone from where it was for good", async () => {
  await withFolders(async (spent, make) => {
    const given = make(1000);
    await spent.add([given]);
    assertEquals(isThere(given.path), false);
    assertEquals(spent.take(400), undefined);
    assertEquals(spent.take(2100), undefined);
    const taken = spent.take(900);
    assertEquals(taken?.size, 1000);
    assertEquals(Deno.statSync(taken!.path).size, 1000);
    assertEquals(spent.take(900), undefined);
  });
});

Deno.test("SpentFiles: gives no file before its removal is durable", async () => {
  await withFolders(async (spent, make) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const adding = spent.add([{ ...make(10), sync: () => promise }]);
    await Promise.resolve();
    assertEquals(spent.take(10), undefined);
    resolve();
    await adding;
    assert(spent.take(10) !== undefined);
  });
});

Deno.test("SpentFiles: of large files and of many nothing is left but empty files", async () => {
  await withFolders(async (spent, make) => {
    await spent.add([make(2_000_000)]);
    const empty = spent.take(2_000_000);
    assertEquals([empty?.size, Deno.statSync(empty!.path).size], [0, 0]);
    await spent.add(Array.from({ length: 300 }, () => make(10)));
    const sizes: number[] = [];
    for (let next; (next = spent.take(10)) !== undefined;) sizes.push(next.size);
    assertEquals([sizes.length, sizes.filter((size) => size > 0).length], [300, 128]);
  });
});

Deno.test("SpentFiles: removes what is more than it keeps", async () => {
  await withFolders(async (spent, make) => {
    const files = Array.from({ length: 4_001 }, () => make(1));
    await spent.add(files);
    assertEquals(files.filter(({ path }) => isThere(path)), []);
    let count = 0;
    while (spent.take(1) !== undefined) count++;
    assertEquals(count, 4_000);
  });
});

Deno.test("clear: keeps no bytes", async () => {
  await withFolders(async (spent, make) => {
    await spent.add([make(10), make(10)]);
    spent.clear();
    const taken = spent.take(10);
    assertEquals([taken?.size, Deno.statSync(taken!.path).size], [0, 0]);
  });
});

Deno.test("commit: over a spent file, larger or smaller, are the new bytes and no other", async () => {
  await withSpool(async ({ spool, queue }) => {
    for (const size of [1000, 600, 1100, 60_000, 100, 3]) {
      const arrival = spool.begin("GANTRY", new Uint8Array(200).fill(7));
      await arrival.write(new Uint8Array(size).fill(size % 251));
      await arrival.commit();
      const entry = (await (await queue()).take())!;
      const bytes = await Deno.readFile(entry.path);
      assertEquals(bytes.length, 200 + size);
      assert(bytes.subarray(0, 200).every((byte) => byte === 7));
      assert(bytes.subarray(200).every((byte) => byte === size % 251));
      await spool.spent.add([{ ...entry, size: bytes.length }]);
    }
  });
});

Deno.test("a restart: nothing is left of spent files", async () => {
  await withSpool(async (test) => {
    await test.add("2.25.1");
    const entry = (await (await test.queue()).take())!;
    await test.spool.spent.add([{ ...entry, size: Deno.statSync(entry.path).size }]);
    await test.reopen();
    assertEquals([...Deno.readDirSync(`${test.folder}/spent`)], []);
  });
});
