import { assert, assertEquals } from "@std/assert";
import { FOLDER_FILES, ReadyQueue } from "../../../bridge/spool/ready_queue.ts";

/** A queue in a folder of its own, with names that count. */
async function withQueue(
  test: (root: string, open: (rings?: () => void) => Promise<ReadyQueue>) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "gantry-ready-" });
  let count = 0;
  const newName = () => String(count++).padStart(9, "0");
  try {
    await test(root, async (rings = () => {}) => {
      const queue = await ReadyQueue.open(root, newName);
      queue.onFilled(rings);
      return queue;
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function fill(queue: ReadyQueue): Promise<string> {
  const place = await queue.place();
  Deno.writeFileSync(place.path, new Uint8Array());
  place.filled(true);
  return place.path;
}

async function takeAll(queue: ReadyQueue): Promise<string[]> {
  const paths: string[] = [];
  for (let entry; (entry = await queue.take()) !== undefined;) paths.push(entry.path);
  return paths;
}

const folders = (root: string) => [...Deno.readDirSync(root)].filter((entry) => entry.isDirectory);

Deno.test("ReadyQueue: gives files in the order in which they came, in this life and the next", async () => {
  await withQueue(async (_root, open) => {
    const queue = await open();
    const paths = [await fill(queue), await fill(queue), await fill(queue)];
    assertEquals(await takeAll(queue), paths);
    const later = await open();
    paths.push(await fill(later));
    assertEquals(await takeAll(later), paths);
  });
});

Deno.test("ReadyQueue: many files lie in folders of bounded size, which go when they are done", async () => {
  await withQueue(async (root, open) => {
    const queue = await open();
    const paths: string[] = [];
    for (let i = 0; i < 2 * FOLDER_FILES + 5; i++) paths.push(await fill(queue));
    assertEquals(folders(root).length, 3);
    for (const { name } of folders(root)) {
      assert([...Deno.readDirSync(`${root}/${name}`)].length <= FOLDER_FILES);
    }
    const taken: string[] = [];
    for (let entry; (entry = await queue.take()) !== undefined;) {
      taken.push(entry.path);
      Deno.removeSync(entry.path);
      entry.settled();
    }
    assertEquals(taken, paths);
    assertEquals(folders(root).length, 1);
    assertEquals(await takeAll(await open()), []);
  });
});

Deno.test("ReadyQueue: what was put into the folder by hand comes first, at the next start", async () => {
  await withQueue(async (root, open) => {
    const first = await fill(await open());
    Deno.writeFileSync(`${root}/zz.dcm`, new Uint8Array());
    assertEquals(await takeAll(await open()), [`${root}/zz.dcm`, first]);
  });
});

Deno.test("ReadyQueue: a file is given once though its folder is left while it is written", async () => {
  await withQueue(async (root, open) => {
    let rings = 0;
    const queue = await open(() => rings++);
    const slow = await queue.place();
    for (let i = 1; i < FOLDER_FILES; i++) {
      const place = await queue.place();
      place.filled(false);
    }
    const next = await fill(queue);
    // It waits for what may come before.
    assertEquals(await takeAll(queue), []);
    Deno.writeFileSync(slow.path, new Uint8Array());
    const before = rings;
    slow.filled(true);
    assertEquals(rings, before + 1);
    assertEquals(await takeAll(queue), [slow.path, next]);
    assertEquals(folders(root).length, 2);
  });
});

Deno.test("ReadyQueue: what does not come holds nothing up", async () => {
  await withQueue(async (_root, open) => {
    let rings = 0;
    const queue = await open(() => rings++);
    const lost = await queue.place();
    for (let i = 1; i < FOLDER_FILES; i++) (await queue.place()).filled(false);
    const next = await fill(queue);
    const before = rings;
    lost.filled(false);
    assertEquals(rings, before + 1);
    assertEquals(await takeAll(queue), [next]);
  });
});
