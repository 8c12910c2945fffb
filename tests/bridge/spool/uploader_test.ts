import { assert, assertEquals, assertMatch } from "@std/assert";
import { createStow, type Stow } from "../../../bridge/gateway/stow.ts";
import { startUploader, type Uploader } from "../../../bridge/spool/uploader.ts";
import { type TestSpool, withSpool } from "../../support/spools.ts";
import {
  status,
  stored,
  type StowServer,
  withBreakingServer,
  withStowServer,
} from "../../support/stow_server.ts";

/** As the bridge waits, a hundred times as fast. */
const BACK_OFF = { first: 10, longest: 100 };

/** Starts an uploader, by way of the server or of something else; tells of the archives that it asks for. */
type Start = (stow?: Stow, onTitle?: (title: string) => void) => Uploader;

/** Runs a test with a spool, a server, and what brings the one to the other. */
async function withUpload(
  test: (spool: TestSpool, server: StowServer, start: Start) => Promise<void>,
): Promise<void> {
  await withStowServer((server) =>
    withSpool(async (spool) => {
      await using uploads = new AsyncDisposableStack();
      await test(spool, server, (stow, onTitle = () => {}) => {
        const uploader = startUploader({
          spool: spool.spool,
          stowFor(title) {
            onTitle(title);
            const base = `${server.base}/${encodeURIComponent(title)}`;
            return stow ?? createStow({ base, token: "secret" });
          },
          log: spool.log,
          backOff: BACK_OFF,
        });
        uploads.defer(() => uploader.stop());
        return uploader;
      });
    })
  );
}

const UIDS = Array.from({ length: 20 }, (_, i) => `2.25.${i + 1}`);

/** Answers one after another, then stores everything. */
function answers(...all: StowServer["answer"][]): StowServer["answer"] {
  const left = [...all];
  return (request) => (left.shift() ?? (({ uids }) => stored(uids)))(request);
}

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

const PASSING: Record<string, StowServer["answer"]> = {
  "500": () => status(500),
  "503": () => status(503),
  "429": () => status(429),
  "408": () => status(408),
  "an answer that breaks off": () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"00081199":{"vr":"SQ","Value":['));
        },
        pull(controller) {
          controller.error(new Error("broken off"));
        },
      }),
    ),
  "200 with nothing": () => status(200),
  "200 with an empty module": () => Response.json({}),
  "200 that names another": () => stored(["2.25.999"]),
  "200 with noise": () => new Response("[[[[{"),
  "a failure inside for each": ({ uids }) =>
    stored([], Object.fromEntries(uids.map((uid) => [uid, 0x0110]))),
  "no resources for each": ({ uids }) =>
    stored([], Object.fromEntries(uids.map((uid) => [uid, 0xa700]))),
  "401": () => status(401),
  "403": () => status(403),
  "404": () => status(404),
  "a way to somewhere else": () => status(307, { Location: "http://127.0.0.1:1/" }),
};

for (const [what, answer] of Object.entries(PASSING)) {
  Deno.test(`startUploader: keeps everything and tries again after ${what}`, async () => {
    await withUpload(async (spool, server, start) => {
      for (const uid of UIDS) await spool.add(uid);
      server.answer = answers(answer, answer, answer);
      start();
      await spool.until("ready", 0);
      assertEquals(await spool.files("dead"), []);
      assert(spool.logged.some(({ level }) => level === "error"));
      assertEquals(spool.logged.at(-1)?.message, "The server takes instances again");
      const last = new Set(server.requests.slice(3).flatMap(({ uids }) => uids));
      assertEquals([...last].sort(), UIDS.toSorted());
    });
  });
}

Deno.test("startUploader: waits as long as Retry-After says", async () => {
  await withUpload(async (spool, server, start) => {
    await spool.add("2.25.1");
    const moments: number[] = [];
    server.answer = answers(
      () => {
        moments.push(performance.now());
        return status(503, { "Retry-After": "1" });
      },
      ({ uids }) => {
        moments.push(performance.now());
        return stored(uids);
      },
    );
    start();
    await spool.until("ready", 0);
    assert(moments[1]! - moments[0]! >= 990, `${moments[1]! - moments[0]!} ms`);
  });
});

Deno.test("startUploader: waits for a server that is not there", async () => {
  await withStowServer((server) =>
    withSpool(async (spool) => {
      await spool.add("2.25.1");
      let stow = createStow({ base: "http://127.0.0.1:1/rs" });
      let failures = 0;
      const uploader = startUploader({
        spool: spool.spool,
        stowFor: () => (request) => stow(request),
        log: ({ level }) => {
          if (level === "error" && ++failures === 3) stow = createStow(server);
        },
        backOff: BACK_OFF,
      });
      await spool.until("ready", 0);
      await uploader.stop();
      assertEquals(failures, 3);
      assertEquals(server.requests.map(({ uids }) => uids), [["2.25.1"]]);
    })
  );
});

Deno.test("startUploader: says what an operator has to do where it is not let in", async () => {
  await withUpload(async (spool, server, start) => {
    await spool.add("2.25.1");
    server.answer = answers(() => status(401));
    start();
    await spool.until("ready", 0);
    const [record] = spool.logged;
    assertMatch(record?.message ?? "", /GANTRY_CORE_TOKEN/);
    assertEquals(record?.status, 401);
  });
});

Deno.test("startUploader: lays aside what is refused for good, with the reason, and keeps the rest going", async () => {
  await withUpload(async (spool, server, start) => {
    for (const uid of UIDS) await spool.add(uid);
    const refused = new Map([["2.25.3", 0x0111], ["2.25.9", 0xa900]]);
    server.answer = ({ uids }) =>
      stored(
        uids.filter((uid) => !refused.has(uid)),
        Object.fromEntries(
          uids.flatMap((uid) => refused.has(uid) ? [[uid, refused.get(uid)!]] : []),
        ),
      );
    start();
    await spool.until("ready", 0);
    const dead = await spool.files("dead");
    assertEquals(dead.map((path) => path.replace(/.*\.dcm/, ".dcm")), [
      ".dcm",
      ".dcm.json",
      ".dcm",
      ".dcm.json",
    ]);
    const letters = await Promise.all(
      dead.filter((path) => path.endsWith(".json")).map(async (path) =>
        JSON.parse(await Deno.readTextFile(path))
      ),
    );
    assertEquals(letters.map(({ reason }) => reason).sort(), [
      "0111 (duplicate SOP instance)",
      "A900 (data set or identifier does not match SOP class)",
    ]);
    for (const { callingAETitle, calledAETitle, whatToDo } of letters) {
      assertEquals([callingAETitle, calledAETitle], ["MODALITY", "GANTRY"]);
      assertMatch(whatToDo, /ready/);
    }
    assertEquals(server.requests.flatMap(({ uids }) => uids).length, UIDS.length);
    const logged = JSON.stringify(spool.logged);
    for (const uid of UIDS) assert(!logged.includes(`${uid}"`));
  });
});

Deno.test("startUploader: what was laid aside is sent again after it is put back", async () => {
  await withUpload(async (spool, server, start) => {
    await spool.add("2.25.1");
    server.answer = answers(({ uids }) => stored([], { [uids[0]!]: 0x0111 }));
    const uploader = start();
    await spool.until("dead", 2);
    await uploader.stop();
    const [file, reason] = await spool.files("dead");
    await Deno.remove(reason!);
    await Deno.rename(file!, `${spool.folder}/ready/again.dcm`);
    await spool.reopen();
    start();
    await spool.until("ready", 0);
    assertEquals(server.requests.map(({ uids }) => uids), [["2.25.1"], ["2.25.1"]]);
  });
});

for (const code of [400, 409, 413, 415, 422]) {
  Deno.test(`startUploader: finds the one instance for which a request is answered ${code}`, async () => {
    await withUpload(async (spool, server, start) => {
      for (const uid of UIDS) await spool.add(uid);
      server.answer = ({ uids }) => uids.includes("2.25.13") ? status(code) : stored(uids);
      start();
      await spool.until("ready", 0);
      const dead = await spool.files("dead");
      assertEquals(dead.length, 2);
      assertMatch(await Deno.readTextFile(dead[1]!), new RegExp(`HTTP ${code}`));
      const taken = server.requests.filter(({ uids }) => !uids.includes("2.25.13"));
      assertEquals(taken.flatMap(({ uids }) => uids).length, UIDS.length - 1);
    });
  });
}

Deno.test("startUploader: an instance for which the server fails holds no other up", async () => {
  await withUpload(async (spool, server, start) => {
    for (const uid of UIDS) await spool.add(uid);
    server.answer = ({ uids }) => uids.includes("2.25.2") ? status(500) : stored(uids);
    start();
    await spool.until("ready", 1);
    server.answer = ({ uids }) => stored(uids);
    await spool.until("ready", 0);
    assertEquals(await spool.files("dead"), []);
  });
});

Deno.test("startUploader: an instance on which the connection breaks holds no other up", async () => {
  await withBreakingServer((breaking) =>
    withUpload(async (spool, server, start) => {
      for (const uid of UIDS) await spool.add(uid);
      const good = createStow(server);
      let bad = createStow({ base: breaking });
      start((request) => request.SOPInstanceUIDs.includes("2.25.2") ? bad(request) : good(request));
      await spool.until("ready", 1);
      bad = good;
      await spool.until("ready", 0);
      assertEquals(await spool.files("dead"), []);
    })
  );
});

Deno.test("startUploader: lays aside what is no DICOM file", async () => {
  await withUpload(async (spool, server, start) => {
    await Deno.writeTextFile(`${spool.folder}/ready/notes.txt`, "x".repeat(1000));
    await Deno.writeTextFile(`${spool.folder}/ready/empty`, "");
    await spool.reopen();
    await spool.add("2.25.1");
    start();
    await spool.until("ready", 0);
    const reasons = (await spool.files("dead")).filter((path) => path.endsWith(".json"));
    assertEquals(reasons.length, 2);
    for (const path of reasons) assertMatch(await Deno.readTextFile(path), /C000/);
    assertEquals(server.requests.flatMap(({ uids }) => uids), ["2.25.1"]);
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
