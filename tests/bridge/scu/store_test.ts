import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Services } from "../../../bridge/net/association.ts";
import { AssociationRejected } from "../../../bridge/net/connect_options.ts";
import type { Connect } from "../../../bridge/scu/client.ts";
import type { InstanceToSend } from "../../../bridge/scu/instance_to_send.ts";
import { storeInstances } from "../../../bridge/scu/store.ts";
import { cStoreRSP } from "../../../lib/dimse/responses.ts";
import { ABSTRACT_SYNTAX, acceptor, requestOf } from "../../support/association_pair.ts";
import { SYNTAX } from "../../support/part10_builder.ts";

/** What a peer does with instances, by their UIDs; it stores all others. */
type Behaviour = Readonly<Record<string, "abort" | number>>;

/** A peer to which associations can be opened over pipes; it answers so many requests at once. */
function peer(behaviour: Behaviour = {}, window = 1) {
  const associations: Promise<unknown>[] = [];
  const received: { readonly UID: string; readonly bytes: number[] }[] = [];
  const services: Services = ({ association, context, command }) => {
    const UID = command.AffectedSOPInstanceUID ?? "";
    const bytes: number[] = [];
    return {
      write(piece) {
        bytes.push(...piece);
      },
      async run() {
        const does = behaviour[UID] ?? 0;
        if (does === "abort") return association.abort("It cannot stand this one");
        received.push({ UID, bytes });
        await association.send(context.id, cStoreRSP(command, does));
      },
    };
  };
  const connect: Connect = (proposal) => {
    const ends = acceptor({ services });
    associations.push(ends.served.done);
    const invoked = Math.min(window, proposal.asynchronousOperations?.invoked ?? 1);
    return requestOf(ends, {
      ...proposal,
      roles: [],
      asynchronousOperations: { invoked, performed: 1 },
    });
  };
  return { connect, received, associations };
}

/** Instances whose bytes are their numbers. */
function instances(count: number, changes: Partial<InstanceToSend> = {}): InstanceToSend[] {
  return Array.from({ length: count }, (_, index) => ({
    SOPClassUID: ABSTRACT_SYNTAX,
    SOPInstanceUID: `1.2.${index}`,
    transferSyntaxes: [SYNTAX.explicit],
    open: () =>
      Promise.resolve({
        transferSyntaxUID: SYNTAX.explicit,
        dataSet: Uint8Array.of(index, index),
      }),
    ...changes,
  }));
}

async function resultsOf(...args: Parameters<typeof storeInstances>): Promise<string[]> {
  const results: string[] = [];
  for await (const { instance, result } of storeInstances(...args)) {
    const detail = result.kind === "failed" ? `: ${result.why}` : "";
    results.push(`${instance.SOPInstanceUID} ${result.kind}${detail}`);
  }
  return results;
}

Deno.test("storeInstances: sends each instance, and tells what the peer made of it", async () => {
  const { connect, received, associations } = peer({ "1.2.1": 0xb000, "1.2.2": 0xa700 });
  assertEquals(await resultsOf(connect, instances(4)), [
    "1.2.0 stored",
    "1.2.1 warning",
    "1.2.2 failed: The peer answered A700 (out of resources)",
    "1.2.3 stored",
  ]);
  assertEquals(received.map(({ bytes }) => bytes), [[0, 0], [1, 1], [2, 2], [3, 3]]);
  assertEquals(associations.length, 1);
  await Promise.all(associations);
});

Deno.test("storeInstances: goes on over a new association where the peer aborts", async () => {
  const { connect, received, associations } = peer({ "1.2.1": "abort" });
  const results = await resultsOf(connect, instances(4));
  assertStringIncludes(results[1]!, "1.2.1 failed: The peer aborted the association");
  assertEquals(results.toSpliced(1, 1), ["1.2.0 stored", "1.2.2 stored", "1.2.3 stored"]);
  assertEquals(received.map(({ UID }) => UID), ["1.2.0", "1.2.2", "1.2.3"]);
  assertEquals(associations.length, 2);
  await Promise.all(associations);
});

Deno.test("storeInstances: sends again what was under way beside the one that the peer aborts for", async () => {
  const { connect, received, associations } = peer({ "1.2.2": "abort" }, 8);
  const results = await resultsOf(connect, instances(20));
  assertEquals(results.length, 20);
  assertEquals(results.filter((result) => result.endsWith(" stored")).length, 19);
  assertEquals(new Set(received.map(({ UID }) => UID)).size, 19);
  await Promise.all(associations);
});

Deno.test("storeInstances: gives up where the peer aborts again and again", async () => {
  const all = Object.fromEntries(
    instances(9).map((each) => [each.SOPInstanceUID, "abort"] as const),
  );
  const { connect, associations } = peer(all);
  const results = await resultsOf(connect, instances(9));
  assertEquals(results.length, 9);
  assertStringIncludes(results[8]!, "The peer ended 3 associations without storing an instance");
  assertEquals(associations.length, 3);
  await Promise.all(associations);
});

Deno.test("storeInstances: fails all where there is no association", async () => {
  const answer = { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 3 } as const;
  const connect = () => Promise.reject(new AssociationRejected(answer, "PACS refused: who?"));
  assertEquals(await resultsOf(connect, instances(2)), [
    "1.2.0 failed: PACS refused: who?",
    "1.2.1 failed: PACS refused: who?",
  ]);
});

Deno.test("storeInstances: fails what cannot be sent, and sends the rest", async () => {
  const { connect, associations } = peer();
  const [first, ...rest] = instances(4);
  const mixed = [
    first!,
    { ...rest[0]!, SOPClassUID: "1.2.840.10008.5.1.4.1.1.7" },
    { ...rest[1]!, SOPInstanceUID: `1.${"2".repeat(70)}` },
    { ...rest[2]!, open: () => Promise.reject(new TypeError("a fault")) },
  ];
  const results = await resultsOf(connect, mixed);
  assertEquals(results[0], "1.2.0 stored");
  assertStringIncludes(results[1]!, "The peer accepts this storage class in no transfer syntax");
  assertStringIncludes(results[2]!, "longer than the 64 characters");
  assertStringIncludes(results[3]!, "An internal error");
  await Promise.all(associations);
});

Deno.test("storeInstances: begins nothing more after a cancel, and says so", async () => {
  const { connect, received, associations } = peer();
  const cancel = new AbortController();
  const kinds: string[] = [];
  for await (const { result } of storeInstances(connect, instances(6), { cancel: cancel.signal })) {
    kinds.push(result.kind);
    cancel.abort();
  }
  assertEquals(kinds, ["stored", ...Array.from({ length: 5 }, () => "notBegun")]);
  assertEquals(received.length, 1);
  await Promise.all(associations);
});

Deno.test("storeInstances: reads streams one at a time, and gives back what it does not read", async () => {
  const { connect, received, associations } = peer({ "1.2.1": "abort" });
  let open = 0;
  let most = 0;
  let released = 0;
  const streams = instances(8).map((instance, index) => ({
    ...instance,
    open: () => {
      most = Math.max(most, ++open);
      return Promise.resolve({
        transferSyntaxUID: SYNTAX.explicit,
        dataSet: (async function* () {
          yield await Promise.resolve(Uint8Array.of(index));
          yield Uint8Array.of(index);
        })(),
        release: () => {
          open--;
          released++;
        },
      });
    },
  }));
  const results = await resultsOf(connect, streams);
  assertEquals(results.filter((result) => result.endsWith(" stored")).length, 7);
  assertEquals(received.map(({ bytes }) => bytes[1]), [0, 2, 3, 4, 5, 6, 7]);
  // Only the first are opened ahead, before it is known that they stream.
  assertEquals(most <= 4, true);
  assertEquals(released >= 8, true);
  assertEquals(open, 0);
  await Promise.all(associations);
});
