/**
 * Messages over an association that stands, both sides being ours.
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import {
  type Association,
  AssociationEnded,
  type Operation,
  type Services,
} from "../../../bridge/net/association.ts";
import { MAX_RESPONSE_BYTES } from "../../../bridge/net/invoker.ts";
import { MAX_OPERATIONS } from "../../../lib/config/served.ts";
import type { Command } from "../../../lib/dimse/command.ts";
import { cEchoRQ, cFindRQ, cStoreRQ } from "../../../lib/dimse/requests.ts";
import { cFindRSP, response } from "../../../lib/dimse/responses.ts";
import { STATUS } from "../../../lib/dimse/status.ts";
import {
  ABSTRACT_SYNTAX,
  BACKWARD_ID,
  FORWARD_ID,
  withPair,
} from "../../support/association_pair.ts";
import { concat } from "../../support/part10_builder.ts";

/** A C-ECHO; resolves to its status. */
async function echo(association: Association, contextId = FORWARD_ID): Promise<number | undefined> {
  return await statusOf(association, cEchoRQ(message(association)), undefined, contextId);
}

const message = (association: Association) => ({ MessageID: association.nextMessageID() });

const storeRQ = (association: Association) =>
  cStoreRQ({
    ...message(association),
    AffectedSOPClassUID: ABSTRACT_SYNTAX,
    AffectedSOPInstanceUID: "1.2.3",
  });

const findRQ = (association: Association) =>
  cFindRQ({ ...message(association), AffectedSOPClassUID: ABSTRACT_SYNTAX });

/** Sends a request; resolves to the status of its last response. */
async function statusOf(
  association: Association,
  command: Command,
  dataSet?: Uint8Array | AsyncIterable<Uint8Array>,
  contextId = FORWARD_ID,
): Promise<number | undefined> {
  let status: number | undefined;
  for await (const { command: { Status } } of association.request(contextId, command, dataSet)) {
    status = Status;
  }
  return status;
}

/** Lets everything go on that can, so many times. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve));
}

/** Bytes that differ from their neighbours. */
const numbered = (length: number) =>
  Uint8Array.from({ length }, (_, index) => index * 7 + index / 256);

/** Keeps each data set and answers with success. */
function keep(dataSets: Uint8Array[]): Services {
  return ({ association, context, command }) => {
    const pieces: Uint8Array[] = [];
    return {
      write: (piece) => void pieces.push(piece.slice()),
      async run() {
        dataSets.push(concat(pieces));
        await association.send(context.id, response(command, STATUS.success));
      },
    };
  };
}

Deno.test("an association: carries a message read byte by byte", async () => {
  const stored: Uint8Array[] = [];
  const dataSet = numbered(3000);
  await withPair({ bytesPerRead: 1, services: keep(stored) }, async (requestor) => {
    assertEquals(await statusOf(requestor, storeRQ(requestor), dataSet), STATUS.success);
  });
  assertEquals(stored, [dataSet]);
});

Deno.test("an association: carries data sets of any size in PDUs that the peer takes, odd lengths and none", async () => {
  const stored: Uint8Array[] = [];
  const dataSets = [1_000_000, 65_530, 65_529, 1, 0].map(numbered);
  for (const maximumLength of [128, 4097, 65_536]) {
    await withPair({ maximumLength, services: keep(stored) }, async (requestor) => {
      for (const dataSet of dataSets) await statusOf(requestor, storeRQ(requestor), dataSet);
    });
    assertEquals(stored.splice(0), dataSets);
  }
});

Deno.test("an association: carries a data set as it comes, and asks for no more than the peer takes", async () => {
  let asked = 0;
  const resume = Promise.withResolvers<void>();
  const paused = Promise.withResolvers<void>();
  const services: Services = ({ association, context, command }) => ({
    write() {
      paused.resolve();
      return resume.promise;
    },
    run: () => association.send(context.id, response(command, STATUS.success)),
  });
  async function* pieces() {
    for (let index = 0; index < 64; index++) {
      asked++;
      yield new Uint8Array(256 * 1024);
      await turns(1);
    }
  }
  await withPair({ services, capacity: 64 * 1024 }, async (requestor) => {
    const status = statusOf(requestor, storeRQ(requestor), pieces());
    await paused.promise;
    await turns(20);
    const askedWhilePaused = asked;
    assertEquals(askedWhilePaused < 5, true, `${askedWhilePaused} pieces`);
    resume.resolve();
    assertEquals(await status, STATUS.success);
  });
  assertEquals(asked, 64);
});

Deno.test("an association: never mixes messages that are sent at once", async () => {
  const stored: Uint8Array[] = [];
  const dataSets = Array.from({ length: 8 }, (_, index) => numbered(100_000 + index));
  await withPair({ services: keep(stored) }, async (requestor) => {
    const statuses = dataSets.map((dataSet) => statusOf(requestor, storeRQ(requestor), dataSet));
    assertEquals(await Promise.all(statuses), dataSets.map(() => STATUS.success));
  });
  assertEquals(stored, dataSets);
});

Deno.test("an association: gives each response to its request, in whatever order they come", async () => {
  const answers: (() => Promise<void>)[] = [];
  const services: Services = ({ association, context, command }) => ({
    async run() {
      answers.unshift(() => association.send(context.id, response(command, command.MessageID!)));
      if (answers.length === 3) { for (const answer of answers) await answer(); }
    },
  });
  await withPair({ services }, async (requestor) => {
    const statuses = [1, 2, 3].map(() => echo(requestor));
    assertEquals(await Promise.all(statuses), [1, 2, 3]);
  });
});

Deno.test("an association: works on MAX_OPERATIONS requests at once, and on the others after", async () => {
  const finish: (() => void)[] = [];
  let most = 0;
  const full = Promise.withResolvers<void>();
  const services: Services = ({ association, context, command }) => ({
    async run() {
      const { promise, resolve } = Promise.withResolvers<void>();
      most = Math.max(most, finish.push(resolve));
      if (finish.length === MAX_OPERATIONS) full.resolve();
      if (most < MAX_OPERATIONS) await promise;
      else await full.promise.then(() => finish.splice(0).forEach((resolve) => resolve()));
      await association.send(context.id, response(command, STATUS.success));
    },
  });
  await withPair({ services }, async (requestor) => {
    const statuses = Array.from({ length: 3 * MAX_OPERATIONS }, () => echo(requestor));
    assertEquals((await Promise.all(statuses)).every((status) => status === 0), true);
  });
  assertEquals(most, MAX_OPERATIONS);
});

/** Answers with matches until it is cancelled. */
const untilCancelled: Services = ({ association, context, command }) => {
  let isCancelled = false;
  return {
    cancel() {
      isCancelled = true;
    },
    async run() {
      while (!isCancelled) {
        await association.send(context.id, cFindRSP(command, STATUS.pending), numbered(10));
      }
      await association.send(context.id, cFindRSP(command, STATUS.cancel));
    },
  };
};

Deno.test("request: cancels while responses come, and goes on to the final one", async () => {
  await withPair({ services: untilCancelled, capacity: 1024 }, async (requestor) => {
    const cancel = new AbortController();
    const statuses: (number | undefined)[] = [];
    const responses = requestor.request(FORWARD_ID, findRQ(requestor), numbered(10), {
      cancel: cancel.signal,
    });
    for await (const { command, dataSet } of responses) {
      statuses.push(command.Status);
      if (command.Status === STATUS.pending) assertEquals(dataSet, numbered(10));
      if (statuses.length === 3) cancel.abort();
    }
    assertEquals(statuses.at(-1), STATUS.cancel);
    assertEquals(statuses.slice(0, -1).every((status) => status === STATUS.pending), true);
    assertEquals(await echoAfterFind(requestor), STATUS.cancel);
  });
});

/** Another request on the same association. */
async function echoAfterFind(requestor: Association): Promise<number | undefined> {
  const cancel = AbortSignal.abort();
  let status: number | undefined;
  const command = findRQ(requestor);
  for await (
    const { command: { Status } } of requestor.request(FORWARD_ID, command, numbered(2), { cancel })
  ) {
    status = Status;
  }
  return status;
}

Deno.test("request: can be left before its end, and its late responses reach nobody else", async () => {
  const services: Services = ({ association, context, command }) => ({
    async run() {
      for (let index = 0; index < 50; index++) {
        await association.send(context.id, cFindRSP(command, STATUS.pending), numbered(10));
      }
      await association.send(context.id, cFindRSP(command, STATUS.success));
    },
  });
  await withPair({ services }, async (requestor) => {
    for await (const _ of requestor.request(FORWARD_ID, findRQ(requestor), numbered(2))) break;
    let matches = 0;
    for await (const _ of requestor.request(FORWARD_ID, findRQ(requestor), numbered(2))) matches++;
    assertEquals(matches, 51);
  });
});

Deno.test("request: ends the association when a response does not end", async () => {
  const services: Services = ({ association, context, command }) => ({
    run: () =>
      association.send(
        context.id,
        cFindRSP(command, STATUS.pending),
        new Uint8Array(MAX_RESPONSE_BYTES + 2),
      ),
  });
  await withPair({ services }, async (requestor) => {
    const error = await assertRejects(
      () => statusOf(requestor, findRQ(requestor), numbered(2)),
      AssociationEnded,
    );
    assertEquals(error.ending.kind, "abortedHere");
  });
});

Deno.test("requests of the acceptor: are served by the requestor on contexts of that role", async () => {
  const stored: Uint8Array[] = [];
  /** As C-GET does. */
  const services: Services = ({ association, context, command }) => ({
    async run() {
      const status = await statusOf(association, storeRQ(association), numbered(500), BACKWARD_ID);
      await association.send(context.id, response(command, status ?? STATUS.processingFailure));
    },
  });
  await withPair({ services, proposal: { services: keep(stored) } }, async (requestor) => {
    assertEquals(requestor.contexts.map(({ isOursToRequest }) => isOursToRequest), [true, false]);
    assertEquals(await echo(requestor), STATUS.success);
  });
  assertEquals(stored, [numbered(500)]);
});

Deno.test("requests of the acceptor: get 0211 where the requestor has no services", async () => {
  await withPair({}, async (requestor, { accepted }) => {
    await echo(requestor);
    assertEquals(await echo(await accepted, BACKWARD_ID), STATUS.unrecognizedOperation);
  });
});

Deno.test("a request: gets 0122 where its sender does not have the role", async () => {
  await withPair({}, async (requestor) => {
    assertEquals(await echo(requestor, BACKWARD_ID), STATUS.sopClassNotSupported);
    assertEquals(await echo(requestor), STATUS.success);
  });
});

Deno.test("an operation: that fails is logged without its words and answered with 0110", async () => {
  const failures: Operation[] = [
    { run: () => Promise.reject(new Error("DOE^JOHN")) },
    {
      write() {
        throw new Error("DOE^JOHN");
      },
      run: () => Promise.resolve(),
      discard: () => Promise.resolve(),
    },
    { write: () => Promise.reject(new Error("DOE^JOHN")), run: () => Promise.resolve() },
  ];
  const services: Services = () => {
    const failure = failures.shift();
    if (failure === undefined) throw new Error("DOE^JOHN");
    return failure;
  };
  await withPair({ services }, async (requestor, { log }) => {
    for (let index = 0; index < 4; index++) {
      const status = await statusOf(requestor, storeRQ(requestor), numbered(100_000));
      assertEquals(status, STATUS.processingFailure);
    }
    const errors = log.filter(({ level }) => level === "error");
    assertEquals(
      errors.map(({ message }) => message),
      Array(4).fill("An operation of an association failed"),
    );
    assertEquals(JSON.stringify(log).includes("DOE"), false);
  });
});

Deno.test("nextMessageID: gives each request its own", async () => {
  await withPair({}, (requestor) => {
    const ids = Array.from({ length: 65_535 }, () => requestor.nextMessageID());
    assertEquals(new Set(ids).size, 65_535);
    assertEquals([ids.includes(0), requestor.nextMessageID()], [false, 1]);
    return Promise.resolve();
  });
});

Deno.test("C-ECHO: 2,500 on one association take less than a second", async () => {
  await withPair({}, async (requestor) => {
    const start = performance.now();
    for (let index = 0; index < 2500; index++) await echo(requestor);
    assertEquals(performance.now() - start < 1000, true);
  });
});
