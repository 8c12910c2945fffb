import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openSpool, SpoolInUseError } from "../../../bridge/spool/spool.ts";
import { OutOfRoomError } from "../../../bridge/spool/room.ts";
import { LARGE_BYTES, SMALL_BYTES } from "../../../bridge/spool/write_buffers.ts";
import { chance } from "../../support/chance.ts";
import { withSpool } from "../../support/spools.ts";

const HEAD = Uint8Array.from({ length: 300 }, (_, i) => i);

Deno.test("openSpool: makes folders that are their owner's alone", async () => {
  await withSpool(async ({ folder }) => {
    for (const path of ["incoming", "ready", "dead", "spent"]) {
      assertEquals((await Deno.stat(`${folder}/${path}`)).mode! & 0o777, 0o700);
    }
  });
});

Deno.test("openSpool: refuses a folder that another bridge has, and says so", async () => {
  await withSpool(async ({ folder }) => {
    await assertRejects(() => openSpool({ folder, aet: "GANTRY" }), SpoolInUseError, folder);
  });
});

Deno.test("openSpool: takes a folder again that was let go", async () => {
  await withSpool(async ({ reopen }) => {
    await reopen();
  });
});

Deno.test("commit: the file is in ready with every byte, whatever the sizes of its pieces", async () => {
  await withSpool(async ({ spool, queue, files }) => {
    const sizes = [0, 1, SMALL_BYTES - 300, SMALL_BYTES, LARGE_BYTES, LARGE_BYTES + 1, 3_000_001];
    for (const size of sizes) {
      for (const piece of [997, 65_530, 1_000_000]) {
        if (size / piece > 2000) continue;
        const bytes = chance(size).bytes(Math.min(size, 10_000));
        const whole = Uint8Array.from({ length: size }, (_, i) => bytes[i % bytes.length]!);
        const arrival = spool.begin("GANTRY", HEAD);
        for (let at = 0; at < size; at += piece) {
          const view = whole.slice(at, at + piece);
          await arrival.write(view);
          view.fill(0);
        }
        await arrival.commit();
        const entry = await (await queue()).take();
        assert(entry !== undefined);
        const stored = await Deno.readFile(entry.path);
        assertEquals(stored.subarray(0, 300), HEAD);
        assert(stored.subarray(300).every((byte, i) => byte === whole[i]), `${size} by ${piece}`);
        assertEquals(stored.length, 300 + size);
        assertEquals((await Deno.stat(entry.path)).mode! & 0o777, 0o600);
        await Deno.remove(entry.path);
        entry.settled();
        assertEquals(await files("incoming"), []);
      }
    }
  });
});

Deno.test("abort: nothing is left, whether or not the file was begun", async () => {
  await withSpool(async ({ spool, queue, files }) => {
    for (const size of [0, 1000, 3 * LARGE_BYTES]) {
      const arrival = spool.begin("GANTRY", HEAD);
      await arrival.write(new Uint8Array(size));
      await arrival.abort();
      await arrival.abort();
    }
    assertEquals(await files("incoming"), []);
    assertEquals(await files("ready"), []);
    assertEquals(await (await queue()).take(), undefined);
  });
});

Deno.test("abort: leaves what was committed", async () => {
  await withSpool(async ({ spool, files }) => {
    const arrival = spool.begin("GANTRY", HEAD);
    await arrival.commit();
    await arrival.abort();
    assertEquals((await files("ready")).length, 1);
  });
});

Deno.test("many at once: buffers are bounded, and no byte is another's", async () => {
  await withSpool(async ({ spool, queue }) => {
    const size = 2 * LARGE_BYTES + 12_345;
    const arrivals = Array.from({ length: 60 }, () => spool.begin("GANTRY", HEAD));
    for (let at = 0; at < size; at += 60_000) {
      await Promise.all(arrivals.map(async (arrival, i) => {
        await arrival.write(new Uint8Array(Math.min(60_000, size - at)).fill(i));
      }));
    }
    await Promise.all(arrivals.map((arrival) => arrival.commit()));
    const seen = new Set<number>();
    for (let i = 0; i < arrivals.length; i++) {
      const bytes = (await Deno.readFile((await (await queue()).take())!.path)).subarray(300);
      assertEquals(bytes.length, size);
      assert(bytes.every((byte) => byte === bytes[0]));
      seen.add(bytes[0]!);
    }
    assertEquals(seen.size, arrivals.length);
  });
});

Deno.test("a restart: what was committed is ready in its order, what was not is gone", async () => {
  await withSpool(async (test) => {
    for (let i = 0; i < 20; i++) {
      const arrival = test.spool.begin("GANTRY", HEAD);
      await arrival.write(Uint8Array.of(i));
      await arrival.commit();
    }
    const broken = test.spool.begin("GANTRY", HEAD);
    await broken.write(new Uint8Array(3 * LARGE_BYTES));
    await broken.finish();
    assertEquals((await test.files("incoming")).length, 1);
    await test.reopen();
    const ready = await test.queue();
    assertEquals(await test.files("incoming"), []);
    for (let i = 0; i < 20; i++) {
      assertEquals((await Deno.readFile((await ready.take())!.path))[300], i);
    }
    assertEquals(await ready.take(), undefined);
    await broken.abort();
  });
});

Deno.test("begin: refuses where less than the reserve is free", async () => {
  await withSpool(({ spool }) => {
    assertEquals(spool.hasRoom(), false);
    assertThrows(() => spool.begin("GANTRY", HEAD), OutOfRoomError);
    return Promise.resolve();
  }, { reserve: 2 ** 60 });
});
