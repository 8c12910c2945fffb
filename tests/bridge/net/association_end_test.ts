/**
 * How associations end, and that each end leaves nothing behind.
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type Association,
  AssociationEnded,
  type Operation,
  type Services,
} from "../../../bridge/net/association.ts";
import {
  AssociationRejected,
  ConnectFailed,
  type Timers,
} from "../../../bridge/net/connect_options.ts";
import { encodeCommand } from "../../../lib/dimse/command_codec.ts";
import { cEchoRQ, cStoreRQ } from "../../../lib/dimse/requests.ts";
import { response } from "../../../lib/dimse/responses.ts";
import { STATUS } from "../../../lib/dimse/status.ts";
import { REJECTION } from "../../../lib/dul/rejection.ts";
import { ProtocolError } from "../../../lib/errors.ts";
import { encodeAssociateRQ } from "../../../lib/pdu/encode.ts";
import { PDataWriter } from "../../../lib/pdu/p_data.ts";
import {
  ABSTRACT_SYNTAX,
  acceptor,
  FORWARD_ID,
  requestOf,
  succeed,
  withPair,
} from "../../support/association_pair.ts";
import { associateRQ, proposed } from "../../support/associate.ts";

const EXPLICIT = "1.2.840.10008.1.2.1";

const storeRQ = (MessageID: number) =>
  cStoreRQ({ MessageID, AffectedSOPClassUID: ABSTRACT_SYNTAX, AffectedSOPInstanceUID: "1.2.3" });

/** Takes every response of a request. */
async function complete(responses: ReturnType<Association["request"]>): Promise<void> {
  for await (const _ of responses);
}

/** What was done with an operation, in order. */
function recorded(events: string[], more: Partial<Operation> = {}): Services {
  return ({ association, context, command }) => ({
    write: () => void events.push("write"),
    async run() {
      events.push("run");
      await association.send(context.id, response(command, STATUS.success));
    },
    discard: () => Promise.resolve(void events.push("discard")),
    ...more,
  });
}

/** A data set that stops halfway until it is told how to go on. */
function halfDataSet() {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // It is awaited late, if at all.
  promise.catch(() => {});
  async function* pieces() {
    yield new Uint8Array(300_000);
    await promise;
    yield new Uint8Array(10);
  }
  return { pieces: pieces(), finish: resolve, fail: reject };
}

Deno.test("release: ends both sides in order", async () => {
  const pair = acceptor();
  const requestor = await requestOf(pair);
  await complete(requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 })));
  await requestor.release();
  await pair.served.done;
  assertEquals(await requestor.ended, { kind: "released" });
  assertEquals(await (await pair.accepted).ended, { kind: "released" });
  assertEquals(pair.ends.map(({ isClosed }) => isClosed), [true, true]);
  await assertRejects(
    () => requestor.send(FORWARD_ID, cEchoRQ({ MessageID: 1 })),
    AssociationEnded,
  );
  await requestor.release();
});

Deno.test("release: by both sides at once ends both (PS3.8 9.2, Sta9 to Sta12)", async () => {
  const pair = acceptor();
  const requestor = await requestOf(pair);
  await complete(requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 })));
  const other = await pair.accepted;
  await Promise.all([requestor.release(), other.release()]);
  assertEquals([await requestor.ended, await other.ended], [{ kind: "released" }, {
    kind: "released",
  }]);
  await pair.served.done;
});

Deno.test("release: is answered after the operations under way, whose responses still go out", async () => {
  const finish = Promise.withResolvers<void>();
  const running = Promise.withResolvers<void>();
  const services: Services = ({ association, context, command }) => ({
    async run() {
      running.resolve();
      await finish.promise;
      await association.send(context.id, response(command, STATUS.success));
    },
  });
  const pair = acceptor({ services });
  const requestor = await requestOf(pair);
  const answered = complete(requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 })));
  await running.promise;
  const released = requestor.release();
  finish.resolve();
  await Promise.all([answered, released]);
  assertEquals(await requestor.ended, { kind: "released" });
  await pair.served.done;
});

Deno.test("abort: ends requests, operations and messages on both sides", async () => {
  const events: string[] = [];
  const waits = Promise.withResolvers<void>();
  const services: Services = ({ association }) => ({
    async run() {
      waits.resolve();
      await association.ended;
      events.push("told");
    },
  });
  const pair = acceptor({ services });
  const requestor = await requestOf(pair);
  const unanswered = complete(requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 })));
  await waits.promise;
  requestor.abort("The test wants it");
  const error = await assertRejects(() => unanswered, AssociationEnded);
  assertEquals(error.ending, { kind: "abortedHere", why: "The test wants it" });
  assertEquals(requestor.signal.aborted, true);
  await pair.served.done;
  assertEquals(await (await pair.accepted).ended, { kind: "aborted", source: 0, reason: 0 });
  assertEquals(events, ["told"]);
});

Deno.test("abort: in the middle of a data set discards it, once and without running it", async () => {
  const events: string[] = [];
  const begun = Promise.withResolvers<void>();
  const pair = acceptor({ services: recorded(events, { write: () => begun.resolve() }) });
  const requestor = await requestOf(pair);
  const { pieces, finish } = halfDataSet();
  const sending = requestor.send(FORWARD_ID, storeRQ(1), pieces);
  await begun.promise;
  requestor.abort("The test wants it");
  finish();
  await assertRejects(() => sending, AssociationEnded);
  await pair.served.done;
  assertEquals(events, ["discard"]);
});

Deno.test("abort: waits with discarding until the piece under way is written", async () => {
  const events: string[] = [];
  const begun = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const write = async () => {
    begun.resolve();
    await written.promise;
    events.push("written");
  };
  const pair = acceptor({ services: recorded(events, { write }) });
  const requestor = await requestOf(pair);
  const { pieces, finish } = halfDataSet();
  const sending = requestor.send(FORWARD_ID, storeRQ(1), pieces);
  await begun.promise;
  (await pair.accepted).abort("The test wants it");
  await requestor.ended;
  written.resolve();
  finish();
  await assertRejects(() => sending, AssociationEnded);
  await pair.served.done;
  assertEquals(events, ["written", "discard"]);
});

Deno.test("send: aborts when its data set fails, since a message cannot be taken back", async () => {
  const events: string[] = [];
  const pair = acceptor({ services: recorded(events) });
  const requestor = await requestOf(pair);
  const { pieces, fail } = halfDataSet();
  const sending = requestor.send(FORWARD_ID, storeRQ(1), pieces);
  fail(new TypeError("The source is gone"));
  await assertRejects(() => sending, TypeError, "The source is gone");
  assertEquals((await requestor.ended).kind, "abortedHere");
  await pair.served.done;
  assertEquals(events.at(-1), "discard");
});

/** The bytes of a request and of a message on it. */
function bytesOf(withDataSet: boolean): Uint8Array[] {
  const writer = new PDataWriter(65_536);
  writer.begin(FORWARD_ID, true);
  writer.add(encodeCommand(withDataSet ? storeRQ(1) : cEchoRQ({ MessageID: 1 })));
  writer.end();
  const request = encodeAssociateRQ(associateRQ([proposed(FORWARD_ID, ABSTRACT_SYNTAX, EXPLICIT)]));
  return [request, writer.take()];
}

/** Reads until the other end closes; resolves to types of PDUs. */
async function typesUntilEnd(
  read: (buffer: Uint8Array) => Promise<number | null>,
): Promise<number[]> {
  const bytes: number[] = [];
  const buffer = new Uint8Array(1024);
  for (let length; (length = await read(buffer)) !== null;) {
    bytes.push(...buffer.subarray(0, length));
  }
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += 6 + bytes[at + 4]! * 256 + bytes[at + 5]!) {
    types.push(bytes[at]!);
  }
  return types;
}

const [AC, P_DATA] = [2, 4];

Deno.test("a peer that closes its direction: gets the responses that it waits for first", async () => {
  const pair = acceptor();
  const [end] = pair.ends;
  const [request, message] = bytesOf(false);
  await end.write(request!);
  await end.write(message!);
  end.closeWrite();
  assertEquals(await typesUntilEnd((buffer) => end.read(buffer)), [AC, P_DATA]);
  await pair.served.done;
  assertEquals(await (await pair.accepted).ended, { kind: "lost" });
  end.close();
});

Deno.test("a peer that closes in the middle of a message: has it discarded at once", async () => {
  const events: string[] = [];
  const pair = acceptor({ services: recorded(events) });
  const [end] = pair.ends;
  const [request, message] = bytesOf(true);
  await end.write(request!);
  await end.write(message!);
  end.closeWrite();
  assertEquals(await typesUntilEnd((buffer) => end.read(buffer)), [AC]);
  await pair.served.done;
  assertEquals(events, ["discard"]);
  end.close();
});

Deno.test("a connection that breaks: ends what waits for the peer, on either side", async () => {
  const pair = acceptor({
    services: ({ association }) => ({ run: () => association.ended.then(() => {}) }),
  });
  const requestor = await requestOf(pair);
  const unanswered = complete(requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 })));
  const other = await pair.accepted;
  for (const end of pair.ends) end.close();
  assertEquals((await assertRejects(() => unanswered, AssociationEnded)).ending, { kind: "lost" });
  assertEquals(await other.ended, { kind: "lost" });
  await pair.served.done;
});

Deno.test("a service: that finds the peer breaking the rules aborts as service provider", async () => {
  const services: Services = () => {
    throw new ProtocolError("Not like this", 6);
  };
  const pair = acceptor({ services });
  const requestor = await requestOf(pair);
  await requestor.send(FORWARD_ID, cEchoRQ({ MessageID: 1 }));
  assertEquals(await requestor.ended, { kind: "aborted", source: 2, reason: 6 });
  await pair.served.done;
});

Deno.test("a request for an association: that is rejected says why", async () => {
  const answer = REJECTION.calledAETitleNotRecognized;
  const pair = acceptor({
    admit: () => ({ kind: "rejected", answer, why: "Nobody is called so" }),
  });
  const error = await assertRejects(() => requestOf(pair), AssociationRejected, "called AE title");
  assertEquals([error.isTransient, error.answer], [false, answer]);
  await pair.served.done;
  assertEquals(pair.log.map(({ why }) => why), ["Nobody is called so"]);
});

Deno.test("a request for an association: is rejected as transient where there is no room", async () => {
  const pair = acceptor({ hasRoom: () => false });
  const error = await assertRejects(() => requestOf(pair), AssociationRejected);
  assertEquals(error.answer, REJECTION.temporaryCongestion);
  await pair.served.done;
});

Deno.test("a request for an association: fails where its decision does, and the log has no words of it", async () => {
  const pair = acceptor({ admit: () => Promise.reject(new Error("DOE^JOHN")) });
  await assertRejects(() => requestOf(pair), ConnectFailed);
  await pair.served.done;
  assertEquals(pair.log[0]?.level, "error");
  assertEquals(JSON.stringify(pair.log).includes("DOE"), false);
});

Deno.test("a request for an association: is aborted where its sender takes too little in a PDU", async () => {
  const pair = acceptor();
  await assertRejects(
    () => requestOf(pair, { maximumLength: 64 }),
    ConnectFailed,
    "invalid PDU parameter",
  );
  await pair.served.done;
});

Deno.test("an answer: is not accepted where its sender takes too little in a PDU", async () => {
  const pair = acceptor({ maximumLength: 64 });
  await assertRejects(() => requestOf(pair), ConnectFailed, "64 bytes");
  await pair.served.done;
});

const SHORT = 30;

/** One timer that is short, and what the log says when it ends an association. */
const TIMERS: readonly [Partial<Timers>, string][] = [
  [{ idle: SHORT }, "Idle for 30 ms"],
  [{ message: SHORT }, "The rest of a message did not come within 30 ms"],
];

for (const [timers, why] of TIMERS) {
  Deno.test(`timers: ${Object.keys(timers)} aborts an association`, async () => {
    const events: string[] = [];
    const pair = acceptor({ services: recorded(events), timers });
    const requestor = await requestOf({ ...pair, timers: { ...pair.timers, idle: Infinity } });
    const { pieces, finish } = halfDataSet();
    const sending = why.startsWith("Idle")
      ? Promise.resolve()
      : assertRejects(() => requestor.send(FORWARD_ID, storeRQ(1), pieces), AssociationEnded);
    assertEquals(await requestor.ended, { kind: "aborted", source: 0, reason: 0 });
    finish();
    await sending;
    await pair.served.done;
    assertEquals(pair.log.some((record) => record.why === why), true, JSON.stringify(pair.log));
    assertEquals(events.at(-1), events.length === 0 ? undefined : "discard");
  });
}

Deno.test("timers: idle does not run while an operation does", async () => {
  const services: Services = (request) => ({
    async run() {
      await new Promise((resolve) => setTimeout(resolve, 3 * SHORT));
      await succeed(request).run();
    },
  });
  await withPair({ services, timers: { idle: SHORT } }, async (requestor) => {
    await complete(requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 })));
  });
});

Deno.test("timers: a peer that does not answer a request for an association is given up", async () => {
  const pair = acceptor({
    admit: () => new Promise(() => {}),
    timers: { negotiation: SHORT, artim: SHORT },
  });
  await assertRejects(() => requestOf(pair), ConnectFailed, "No answer within 30 ms");
});

Deno.test("timers: a peer that does not answer a request is given up", async () => {
  const services: Services = ({ association }) => ({ run: () => association.ended.then(() => {}) });
  const pair = acceptor({ services });
  const requestor = await requestOf(pair);
  const unanswered = requestor.request(FORWARD_ID, cEchoRQ({ MessageID: 1 }), undefined, {
    timeout: SHORT,
  });
  const error = await assertRejects(() => complete(unanswered), AssociationEnded);
  assertEquals(error.ending, { kind: "abortedHere", why: "No response within 30 ms" });
  await pair.served.done;
});

Deno.test("timers: a peer that takes no data is given up", async () => {
  const goOn = Promise.withResolvers<void>();
  const services = recorded([], { write: () => goOn.promise });
  const pair = acceptor({ capacity: 1000, timers: { write: SHORT }, services });
  const requestor = await requestOf(pair);
  const sending = requestor.send(FORWARD_ID, storeRQ(1), new Uint8Array(1_000_000));
  const error = await assertRejects(() => sending, AssociationEnded);
  assertEquals(error.ending, { kind: "abortedHere", why: "The peer takes no data" });
  goOn.resolve();
  await pair.served.done;
});
