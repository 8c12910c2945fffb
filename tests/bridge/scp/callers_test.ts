import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type CallersOptions, createCallers } from "../../../bridge/scp/callers.ts";
import { dimseWithDefaults, type WrittenAE } from "../../../lib/config/dimse_settings.ts";

const CT1: WrittenAE = { title: "CT1", host: "ct1.example.org", port: 104 };

function callers(aes: readonly WrittenAE[], options: Partial<CallersOptions> = {}) {
  const identify = createCallers({
    titles: ["GANTRY", "RESEARCH"],
    ...dimseWithDefaults({ aes }),
    addressesOf: (host) => Promise.resolve(new Set(host === CT1.host ? ["10.0.0.21"] : [])),
    ...options,
  });
  return (callingAETitle: string, address = "10.0.0.21", calledAETitle = "GANTRY") =>
    identify({ callingAETitle, calledAETitle }, address);
}

async function whyNot(caller: ReturnType<ReturnType<typeof callers>>): Promise<[number, string]> {
  const answer = await caller;
  assert(answer.kind === "refused");
  return [answer.reason, answer.why];
}

Deno.test("createCallers: without known AEs everyone may call, by a title that is ours", async () => {
  const identify = callers([]);
  assertEquals(await identify("ANY"), { kind: "stranger" });
  assertEquals(await identify("ANY", "10.0.0.1", "RESEARCH"), { kind: "stranger" });
  const [reason, why] = await whyNot(identify("ANY", "10.0.0.1", "gantry"));
  assertEquals(reason, 7);
  assertStringIncludes(why, '"gantry" is not GANTRY or RESEARCH');
});

Deno.test("createCallers: a known AE calls from its host, in whatever form its address comes", async () => {
  const identify = callers([CT1]);
  for (const address of ["10.0.0.21", "::ffff:10.0.0.21"]) {
    const caller = await identify("CT1", address);
    assertEquals(caller.kind === "known" && caller.ae.title, "CT1");
  }
  const [reason, why] = await whyNot(identify("CT1", "10.0.0.22"));
  assertEquals(reason, 3);
  assertStringIncludes(why, "calls from 10.0.0.22, which is not its host ct1.example.org");
});

Deno.test("createCallers: where the address is not checked it does not matter", async () => {
  const caller = await callers([{ ...CT1, checkAddress: false }])("CT1", "10.0.0.22");
  assertEquals(caller.kind, "known");
});

Deno.test("createCallers: a host without an address is named", async () => {
  const [, why] = await whyNot(callers([{ ...CT1, host: "gone.example.org" }])("CT1"));
  assertStringIncludes(why, "its host gone.example.org has no address");
});

Deno.test("createCallers: an unknown AE is refused with what to write, or let in", async () => {
  const [reason, why] = await whyNot(callers([CT1])("MR1", "10.0.0.30"));
  assertEquals(reason, 3);
  assertStringIncludes(why, '{ "title": "MR1", "host": "10.0.0.30", "port": … }');
  const open = callers([CT1], { unknownAes: "accept" });
  assertEquals(await open("MR1", "10.0.0.30"), { kind: "stranger" });
  // A known title is not lent to others, though all are let in.
  assertEquals((await open("CT1", "10.0.0.30")).kind, "refused");
});
