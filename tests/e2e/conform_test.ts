import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runTask } from "../support/run_task.ts";
import { startServer } from "../support/server_process.ts";
import { stow } from "../support/stow.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { withHttp } from "../support/http_server.ts";

Deno.test("conform: this server does all that is required, and nothing of the check stays", async () => {
  const server = await startServer();
  try {
    const { code, stdout, stderr } = await runTask(["conform", server.dicomweb, "--json"]);
    assertEquals(code, 0, stdout + stderr);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    const { transactions, left } = lines.pop();
    assertEquals(left, []);
    const failed = lines.filter(({ outcome }) => outcome.kind === "fail");
    // The server keeps to 200 with an empty list, which every client reads.
    assertEquals(failed.map(({ id }) => id), ["search.none.204"]);
    const unchecked = lines.filter(({ outcome }) => outcome.kind === "unchecked");
    assertEquals(unchecked.map(({ id, outcome }) => `${id}: ${outcome.reason}`), []);
    // It is open on loopback: nobody is told to bring a key.
    const notOffered = lines.filter(({ outcome }) => outcome.kind === "not offered");
    assertEquals(notOffered.map(({ id }) => id), ["http.unauthorized"]);
    const all = transactions.at(-1);
    assertEquals(all.passed.required[0], all.passed.required[1]);
    assert(all.passed.required[0] > 150);
    const search = await fetch(`${server.dicomweb}/studies?PatientName=GANTRY*`);
    assertEquals(await search.json(), []);
  } finally {
    assertEquals(await server.stop(), 0);
  }
});

Deno.test("conform: a study that is there is looked at, and nothing is stored", async () => {
  const server = await startServer();
  try {
    const files = [
      ctInstance(),
      ctInstance({ frames: 3, sopInstanceUID: "1.2.826.0.1.3680043.10.1.4", instanceNumber: 2 }),
    ];
    const stored = await stow(server.dicomweb, files);
    assertEquals(stored.status, 200, await stored.text());
    const uid = "1.2.826.0.1.3680043.10.1.1";
    const { code, stdout } = await runTask(["conform", server.dicomweb, "--study", uid]);
    assertEquals(code, 0, stdout);
    assertMatch(stdout, /^Store +21$/m);
    assertStringIncludes(stdout, "Nothing is stored where --study names a study.");
    assertMatch(stdout, /^Metadata +13\/13 /m);
    const studies = await (await fetch(`${server.dicomweb}/studies`)).json();
    assertEquals(studies.length, 1);
    const unknown = await runTask(["conform", server.dicomweb, "--study", "1.2.3"]);
    assertEquals([unknown.code, unknown.stdout], [2, ""]);
    assertMatch(unknown.stderr, /answered with 404/);
  } finally {
    assertEquals(await server.stop(), 0);
  }
});

Deno.test("conform: a server that fails is told by 1, with what and why; a wrong command by 2", async () => {
  const [wrong, none, nobody, help] = await Promise.all([
    runTask(["conform", "dicomweb"]),
    runTask(["conform"]),
    runTask(["conform", "http://127.0.0.1:1/dicomweb"]),
    runTask(["conform", "--help"]),
  ]);
  assertEquals([wrong.code, none.code, nobody.code, help.code], [2, 2, 2, 0]);
  assertStringIncludes(wrong.stderr, "Name the server by its URL");
  assertStringIncludes(nobody.stderr, "The server did not answer");
  assertStringIncludes(help.stdout, "deno task conform URL --study UID");
  const keys: (string | null)[] = [];
  await withHttp((request) => {
    keys.push(request.headers.get("authorization"));
    return Response.json({ any: "thing" }, { status: request.method === "GET" ? 200 : 405 });
  }, async (base) => {
    const { code, stdout } = await runTask(["conform", base], { GANTRY_TOKEN: "secret" });
    assertEquals(code, 1);
    assertMatch(stdout, /^failed:$/m);
    assertStringIncludes(stdout, "The server stored nothing.");
    assertMatch(stdout, /capabilities\.resources \(required; /);
  });
  // Once without, to see what is said then.
  assertEquals(new Set(keys), new Set(["Bearer secret", null]));
});
