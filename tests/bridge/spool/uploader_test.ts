import { assert, assertEquals, assertMatch } from "@std/assert";
import { createStow } from "../../../bridge/gateway/stow.ts";
import { startUploader } from "../../../bridge/spool/uploader.ts";
import { withSpool } from "../../support/spools.ts";
import { status, stored, withStowServer } from "../../support/stow_server.ts";
import { UIDS, withUpload } from "../../support/uploads.ts";

Deno.test("startUploader: sends what is there and what comes, each instance once and as it is", async () => {
  await withUpload(async (spool, server, start) => {
    for (const uid of UIDS.slice(0, 10)) await spool.add(uid);
    const files = await Promise.all(
      (await spool.files("ready")).map((path) => Deno.readFile(path)),
    );
    start();
    await spool.until("ready", 0);
    for (const uid of UIDS.slice(10)) await spool.add(uid);
    await spool.until("ready", 0);
    assertEquals(server.requests.flatMap(({ uids }) => uids).sort(), UIDS.toSorted());
    const sent = server.requests.flatMap(({ parts }) => parts);
    for (const [i, file] of files.entries()) assertEquals(sent[i], file);
    const [first] = server.requests;
    assertEquals(first?.path, "/rs/GANTRY/studies");
    assertEquals(first?.headers.get("authorization"), "Bearer secret");
    assertMatch(
      first?.headers.get("content-type") ?? "",
      /^multipart\/related; type="application\/dicom"; boundary=[0-9a-f-]{36}$/,
    );
    assert(Number(first?.headers.get("content-length")) > 0);
    assertEquals(spool.logged, []);
    assertEquals(await spool.files("dead"), []);
  });
});

Deno.test("startUploader: sends large instances by themselves, as they are", async () => {
  await withUpload(async (spool, server, start) => {
    await spool.add("2.25.1");
    await spool.add("2.25.2", { bytes: 6_000_000 });
    await spool.add("2.25.3");
    const files = await Promise.all(
      (await spool.files("ready")).map((path) => Deno.readFile(path)),
    );
    start();
    await spool.until("ready", 0);
    const parts = server.requests.toSorted((a, b) => a.uids[0]! < b.uids[0]! ? -1 : 1).map((
      { parts },
    ) => parts);
    assertEquals(parts.map(({ length }) => length), [1, 1, 1]);
    for (const [i, file] of files.entries()) {
      assertEquals(parts[i]![0]!.length, file.length);
      assert(parts[i]![0]!.every((byte, at) => byte === file[at]));
    }
  });
});

Deno.test("startUploader: each called AE title has its own archive", async () => {
  await withUpload(async (spool, server, start) => {
    await spool.add("2.25.1", { calledAETitle: "ONE" });
    await spool.add("2.25.2", { calledAETitle: "TWO" });
    await spool.add("2.25.3", { calledAETitle: "ONE" });
    start();
    await spool.until("ready", 0);
    const sent = server.requests.map(({ path, uids }) => [path, ...uids]).sort();
    assertEquals(sent, [
      ["/rs/ONE/studies", "2.25.1", "2.25.3"],
      ["/rs/TWO/studies", "2.25.2"],
    ]);
  });
});

for (const code of [404, 403, 503, 500]) {
  Deno.test(`startUploader: an archive that answers ${code} holds up no other`, async () => {
    await withUpload(async (spool, server, start) => {
      for (const uid of UIDS) await spool.add(uid, { calledAETitle: "ONE" });
      server.answer = ({ path, uids }) => path.includes("/ONE/") ? status(code) : stored(uids);
      await spool.reopen();
      start();
      await spool.add("2.25.99", { calledAETitle: "TWO" });
      await spool.until("ready", UIDS.length);
      assertEquals(server.requests.findLast(({ path }) => path.includes("/TWO/"))?.uids, [
        "2.25.99",
      ]);
      server.answer = ({ uids }) => stored(uids);
      await spool.until("ready", 0);
    });
  });
}

Deno.test("startUploader: keeps four requests under way, to all archives together", async () => {
  await withUpload(async (spool, server, start) => {
    for (const [n, uid] of UIDS.entries()) {
      await spool.add(uid, { calledAETitle: `A${n % 3}`, bytes: 3_000_000 });
    }
    await spool.reopen();
    const { promise: full, resolve: fill } = Promise.withResolvers<void>();
    let [now, most] = [0, 0];
    server.answer = async ({ uids }) => {
      most = Math.max(most, ++now);
      if (most === 4) fill();
      await full;
      now--;
      return stored(uids);
    };
    start();
    await spool.until("ready", 0);
    assertEquals(most, 4);
  });
});

Deno.test("startUploader: titles of archives are no paths", async () => {
  await withUpload(async (spool, server, start) => {
    const titles = ["..", ".", "A/B", "A%2FB", "Ä", "A B"];
    for (const [n, calledAETitle] of titles.entries()) {
      await spool.add(`2.25.${n + 1}`, { calledAETitle });
    }
    await spool.reopen();
    const asked: string[] = [];
    start(undefined, (title) => asked.push(title));
    await spool.until("ready", 0);
    assertEquals(asked.sort(), titles.toSorted());
    assertEquals(server.requests.length, titles.length);
  });
});

Deno.test("startUploader: two instances of one UID never share a request", async () => {
  await withUpload(async (spool, server, start) => {
    for (const uid of ["2.25.1", "2.25.2", "2.25.1"]) await spool.add(uid);
    start();
    await spool.until("ready", 0);
    for (const { uids } of server.requests) assertEquals(new Set(uids).size, uids.length);
    assertEquals(server.requests.flatMap(({ uids }) => uids).length, 3);
  });
});

Deno.test("stop: ends a request under way and keeps its instances for the next start", async () => {
  await withStowServer(async (server) => {
    await withSpool(async (spool) => {
      for (const uid of UIDS) await spool.add(uid);
      const asked = Promise.withResolvers<void>();
      const never = Promise.withResolvers<Response>();
      server.answer = () => {
        asked.resolve();
        return never.promise;
      };
      const stow = createStow({ base: server.base });
      const options = { spool: spool.spool, stowFor: () => stow, log: spool.log };
      const uploader = startUploader(options);
      await asked.promise;
      await uploader.stop();
      never.resolve(status(500));
      assertEquals((await spool.files("ready")).length, UIDS.length);
      assertEquals(spool.logged, []);
      server.answer = ({ uids }) => stored(uids);
      const next = startUploader({ ...options, spool: await spool.reopen() });
      await spool.until("ready", 0);
      await next.stop();
    });
  });
});
