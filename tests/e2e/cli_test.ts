import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { put } from "../support/blob_bytes.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { runTask } from "../support/run_task.ts";
import { startServer } from "../support/server_process.ts";
import { blobsUnder } from "../support/storage.ts";
import { stow } from "../support/stow.ts";

Deno.test("keys: says what it can do, and refuses the rest with exit code 2", async () => {
  const data = await Deno.makeTempDir();
  try {
    const keys = (...args: string[]) => runTask(["keys", ...args], { GANTRY_DATA: data });
    const help = await keys("--help");
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "deno task keys add --name NAME");
    const wrong = [
      [],
      ["remove"],
      ["add"],
      ["add", "--name", "a", "--scopes", "everything"],
      ["revoke"],
      ["list", "--colour"],
    ];
    for (const { code, stderr } of await Promise.all(wrong.map((args) => keys(...args)))) {
      assertEquals(code, 2);
      assertMatch(stderr, /keys add|--name and --scopes|--scopes takes|'--colour'/);
    }
    assertEquals((await runTask(["keys", "list"], { GANTRY_PORT: "x" })).code, 2);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("keys: what is made is a line of its own, and is listed without it", async () => {
  const data = await Deno.makeTempDir();
  try {
    const env = { GANTRY_DATA: data };
    const added = await runTask(["keys", "add", "--name", "gate", "--scopes", "write,read"], env);
    assertMatch(added.stdout, /^gantry_[0-9A-Za-z]{8}_[0-9A-Za-z]{33}\n$/);
    const listed = JSON.parse((await runTask(["keys", "list", "--json"], env)).stdout);
    assertEquals(listed.length, 1);
    assertEquals(Object.keys(listed[0]), ["id", "name", "scopes", "created", "revoked"]);
    assertEquals([listed[0].name, listed[0].scopes], ["gate", ["read", "write"]]);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("verify: works beside a running server, and ends with 1 where something is wrong", async () => {
  const data = await Deno.makeTempDir();
  const env = { GANTRY_DATA: data };
  const server = await startServer({ env });
  try {
    const stored = await stow(server.dicomweb, [ctInstance()]);
    assertEquals(stored.status, 200, await stored.text());
    const clean = await runTask(["verify"], env);
    assertEquals(clean.code, 0, clean.stderr);
    assertMatch(clean.stdout, /^1 instances, \d+ B, 0 faults\n$/);

    const orphan = "default/2020-01-01/ORPHAN";
    await put(await blobsUnder(data), orphan, new Uint8Array(1), 1);
    const faulty = await runTask(["verify", "--json"], env);
    assertEquals(faulty.code, 1, faulty.stderr);
    const lines = faulty.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.slice(0, -1), [{ fault: { kind: "orphan", blobKey: orphan } }]);
    assertEquals(lines.at(-1).faults, 1);
  } finally {
    assertEquals(await server.stop(), 0);
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("stats: what is stored and what is kept of what was deleted, for people and for programs", async () => {
  const data = await Deno.makeTempDir();
  const env = { GANTRY_DATA: data };
  const server = await startServer({ env });
  try {
    const instances = [1, 2, 3].map((number) =>
      ctInstance({ sopInstanceUID: `2.25.${number}`, studyInstanceUID: `2.25.${number % 2 + 10}` })
    );
    const stored = await stow(server.dicomweb, instances);
    assertEquals(stored.status, 200, await stored.text());
    const removed = await fetch(`${server.dicomweb}/studies/2.25.10`, { method: "DELETE" });
    assertEquals(removed.status, 204, await removed.text());
    const { code, stdout, stderr } = await runTask(["stats"], env);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^default: 1 studies, 1 series, 2 instances, \S+ kB\n/);
    assertMatch(stdout, /deleted, but kept for now: 1 instances/);
    assertMatch(stdout, /modality +studies +series +instances\n +CT +1 +1 +2\n/);
    assertMatch(stdout, /CT Image Storage .* 2\n/);
    assertMatch(stdout, /\non disk: index .*, objects .*\n$/);
    const { archives, disk } = JSON.parse((await runTask(["stats", "--json"], env)).stdout);
    const [{ totals, modalities, SOPClasses, removed: kept }] = archives;
    const length = instances[0]!.length;
    assertEquals(totals, { studies: 1, series: 1, instances: 2, bytes: 2 * length });
    assertEquals(modalities, [{ Modality: "CT", studies: 1, series: 1, instances: 2 }]);
    assertEquals(SOPClasses, [{ SOPClassUID: "1.2.840.10008.5.1.4.1.1.2", instances: 2 }]);
    assertEquals([kept, disk.objects], [{ instances: 1, bytes: length }, 3 * length]);
  } finally {
    assertEquals(await server.stop(), 0);
    await Deno.remove(data, { recursive: true });
  }
});
