/** What is ready, however often somebody asks. @module */
import { assertEquals } from "@std/assert";
import { createReadiness } from "../../../server/services/readiness.ts";

Deno.test("createReadiness: looks once, however many ask, and believes it for its time", async () => {
  let looks = 0;
  const check = () => Promise.resolve(++looks);
  const believing = createReadiness({ checks: { part: check }, report() {}, believedFor: 60_000 });
  await Promise.all(Array.from({ length: 100 }, () => believing.failing()));
  assertEquals(await believing.failing(), []);
  assertEquals(looks, 1);
  const doubting = createReadiness({ checks: { part: check }, report() {}, believedFor: 0 });
  await doubting.failing();
  await doubting.failing();
  assertEquals(looks, 3);
});

Deno.test("createReadiness: names what fails, reports it once, and sees it mended", async () => {
  const reported: unknown[] = [];
  const broken = new Error("broken");
  let fails = true;
  const readiness = createReadiness({
    checks: {
      sound: () => Promise.resolve(),
      damaged: () => fails ? Promise.reject(broken) : Promise.resolve(),
    },
    report: (part, error) => reported.push(part, error),
    believedFor: 0,
  });
  for (let i = 0; i < 3; i++) assertEquals(await readiness.failing(), ["damaged"]);
  assertEquals(reported, ["damaged", broken]);
  fails = false;
  assertEquals(await readiness.failing(), []);
});

Deno.test("createReadiness: what does not answer does not work, and is not asked again before", async () => {
  const reported: string[] = [];
  let asked = 0;
  let gate = Promise.withResolvers<void>();
  const readiness = createReadiness({
    checks: {
      hung() {
        asked++;
        return gate.promise;
      },
    },
    report: (part) => reported.push(part),
    believedFor: 0,
    patience: 5,
  });
  const first = await Promise.all([readiness.failing(), readiness.failing()]);
  assertEquals(first, [["hung"], ["hung"]]);
  assertEquals(await readiness.failing(), ["hung"]);
  assertEquals([asked, reported], [1, ["hung"]]);
  gate.resolve();
  await gate.promise;
  gate = Promise.withResolvers();
  gate.resolve();
  assertEquals(await readiness.failing(), []);
});
