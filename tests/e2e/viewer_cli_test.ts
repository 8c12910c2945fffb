import { assertEquals, assertStringIncludes } from "@std/assert";
import { OHIF } from "../../server/viewer/release.ts";
import { withHttp } from "../support/http_server.ts";
import { chunksOf } from "../support/made_package.ts";
import { runTask } from "../support/run_task.ts";

/** What is left of a data folder's viewers when none came to be. */
async function leftIn(data: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${data}/viewer`)) names.push(name);
  return names;
}

/** Runs `work` with the command, told of this registry by each of npm's variables. */
async function withCommand(
  answer: (request: Request) => Response,
  work: (run: (...args: string[]) => ReturnType<typeof runTask>, data: string) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir();
  try {
    await withHttp(answer, async (base) => {
      const env = { GANTRY_DATA: data, npm_config_registry: `${base}/npm/` };
      await work((...args) => runTask(["viewer", ...args], env), data);
    });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

Deno.test("viewer command: says what it can do, and refuses the rest with exit code 2", async () => {
  const [help, unknown, registry] = await Promise.all([
    runTask(["viewer", "--help"]),
    runTask(["viewer", "--fast"]),
    runTask(["viewer"], { npm_config_registry: "no URL" }),
  ]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "deno task viewer --from FILE");
  assertEquals(unknown.code, 2);
  assertEquals(registry.code, 2);
  assertStringIncludes(registry.stderr, "npm_config_registry");
});

Deno.test("viewer command: asks the user's registry, and what is not the package leaves nothing", async () => {
  const asked: string[] = [];
  const answers = [
    () => new Response("", { status: 404 }),
    () => new Response("something else"),
    // It promises the package and breaks off.
    () =>
      new Response(
        ReadableStream.from((function* () {
          yield* chunksOf(new Uint8Array(100_000), 50_000);
          throw new Error("broken off");
        })()),
      ),
  ];
  const answer = (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return answers[asked.length - 1]!();
  };
  await withCommand(answer, async (run, data) => {
    for (const said of ["answers 404", "as it was published", "--from"]) {
      const { code, stdout, stderr } = await run();
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, said);
      assertEquals(await leftIn(data), ["install.lock"]);
    }
    assertEquals(new Set(asked), new Set([`/npm/@ohif/app/-/app-${OHIF.version}.tgz`]));
    const absent = await run("--from", `${data}/absent.tgz`);
    assertEquals(absent.code, 1);
    assertStringIncludes(absent.stderr, `${data}/absent.tgz cannot be read`);
    assertEquals(asked.length, answers.length);
  });
});
