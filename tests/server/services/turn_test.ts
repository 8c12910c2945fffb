import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Index } from "../../../server/index/index.ts";
import { inTurn, type Turn } from "../../../server/services/turn.ts";
import { openRemoteIndex } from "../../../server/index/open_remote.ts";
import { peerTest } from "../../support/peers.ts";
import { startSqld } from "../../support/sqld.ts";
import { withArchive } from "../../support/archive.ts";

const never = new AbortController().signal;
const turnOf = (holder: string, times: Partial<Turn> = {}): Turn => ({
  name: "work",
  holder,
  hold: 60_000,
  rest: 60_000,
  ...times,
});

/** Resolves when the signal says so. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

peerTest(
  "inTurn: of many servers over one index one does the work, and rests after it",
  ["sqld"],
  async () => {
    const sqld = await startSqld();
    const open = () => openRemoteIndex({ url: sqld.url, token: undefined });
    const servers = await Promise.all(Array.from({ length: 8 }, open));
    try {
      let done = 0;
      const outcomes = await Promise.all(
        servers.map((index, at) =>
          inTurn(index, turnOf(`server ${at}`), never, () => Promise.resolve(++done))
        ),
      );
      assertEquals(outcomes.filter((outcome) => outcome !== undefined), [1]);
      const at = outcomes.indexOf(1);
      const [other, own] = [servers[(at + 1) % 8]!, servers[at]!];
      const again = () => Promise.resolve(++done);
      assertEquals(await inTurn(other, turnOf("server x"), never, again), undefined);
      assertEquals(await inTurn(own, turnOf(`server ${at}`), never, again), 2);
    } finally {
      await Promise.all(servers.map((index) => index.close()));
      await sqld.stop();
    }
  },
);

Deno.test("inTurn: who died is followed, and who lasts is not", () =>
  withArchive(async ({ index }) => {
    // It died: nothing renews what it has.
    assert(await index.lease("work", "dead", 200));
    const done = () => Promise.resolve("done");
    let outcome: string | undefined;
    while (outcome === undefined) outcome = await inTurn(index, turnOf("next"), never, done);
    assertEquals(outcome, "done");
    // It lasts longer than what it has, and is still its turn.
    const refused: boolean[] = [];
    const begun = performance.now();
    await inTurn(index, { ...turnOf("slow", { hold: 1_000 }), name: "slow" }, never, async () => {
      while (performance.now() - begun < 1_500) {
        refused.push(!await index.lease("slow", "other", 1_000));
      }
    });
    assert(refused.length > 0 && refused.every((was) => was));
  }));

Deno.test("inTurn: who stops leaves the turn to another at once, and so does who fails when its time is over", () =>
  withArchive(async ({ index }) => {
    const stop = new AbortController();
    const stopped = inTurn(index, turnOf("first"), stop.signal, aborted);
    stop.abort();
    await stopped;
    assert(await index.lease("work", "second", 0));
    const failing = () => Promise.reject(new Error("disk"));
    await assertRejects(() => inTurn(index, turnOf("first"), never, failing), Error, "disk");
    assert(!await index.lease("work", "second", 0));
    assert(await index.lease("work", "first", 0));
  }));

Deno.test("inTurn: ends the work where another has the turn, or nobody can say", async () => {
  const losing = (answers: readonly (() => Promise<boolean>)[]): Pick<Index, "lease"> => {
    let asked = 0;
    return { lease: () => answers[Math.min(asked++, answers.length - 1)]!() };
  };
  const yes = () => Promise.resolve(true);
  const no = () => Promise.resolve(false);
  const unknown = () => Promise.reject(new Error("gone"));
  for (const index of [losing([yes, no]), losing([yes, unknown])]) {
    await inTurn(index, turnOf("one", { hold: 30 }), never, aborted);
  }
});
