import { assert, assertEquals, assertMatch } from "@std/assert";
import { createStow } from "../../../bridge/gateway/stow.ts";
import { startUploader } from "../../../bridge/spool/uploader.ts";
import { withSpool } from "../../support/spools.ts";
import {
  status,
  stored,
  type StowServer,
  withBreakingServer,
  withStowServer,
} from "../../support/stow_server.ts";
import { answers, BACK_OFF, UIDS, withUpload } from "../../support/uploads.ts";

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
