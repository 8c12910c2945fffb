/**
 * A DICOM peer that sends whatever bytes a test wants, and says in a few words what comes back.
 * @module
 */
import { assertEquals, assertLess } from "@std/assert";
import { associateRQ, commandPdu, echoRQ, PDU, PDV, RELEASE_RQ } from "./dimse_bytes.ts";
import { concat } from "./part10_builder.ts";

/** Where a bridge listens. */
export interface DimseAddress {
  readonly host: string;
  readonly port: number;
}

/** Milliseconds in which a bridge has to answer anything. */
const PATIENCE = 5000;

/** Milliseconds in which it has to answer C-ECHO, whatever else it does. */
const ECHO_PATIENCE = 1000;

/** Names of the responses' Command Fields. */
const RESPONSES: Readonly<Record<number, string>> = {
  0x8001: "C-STORE-RSP",
  0x8010: "C-GET-RSP",
  0x8020: "C-FIND-RSP",
  0x8021: "C-MOVE-RSP",
  0x8030: "C-ECHO-RSP",
};

/** A connection to a bridge. It reads with a deadline, since a bridge that hangs answers nothing. */
export class RawPeer {
  readonly #conn: Deno.Conn;
  readonly #patience: number;
  #buffer = new Uint8Array();
  /** Fragments of a command that is not complete. */
  #command: Uint8Array[] = [];
  /** Messages that came and were not asked for yet. */
  readonly #messages: string[] = [];
  /** SOP Instance UIDs of the C-STORE that were answered with success. */
  readonly stored: string[] = [];

  private constructor(conn: Deno.Conn, patience: number) {
    this.#conn = conn;
    this.#patience = patience;
  }

  /** Connects; every answer has to come within so many milliseconds. */
  static async connect({ host, port }: DimseAddress, patience = PATIENCE): Promise<RawPeer> {
    const conn = await Deno.connect({ hostname: host, port });
    conn.setNoDelay(true);
    return new RawPeer(conn, patience);
  }

  /** Connects with TLS to a bridge whose certificate is of this CA. */
  static async connectTls({ host, port }: DimseAddress, ca: string): Promise<RawPeer> {
    const caCerts = [await Deno.readTextFile(ca)];
    const conn = await Deno.connectTls({ hostname: host, port, caCerts });
    await conn.handshake();
    return new RawPeer(conn, PATIENCE);
  }

  /** Sends each piece in a write of its own. Resolves to false where the bridge takes no more. */
  async send(...pieces: readonly Uint8Array[]): Promise<boolean> {
    try {
      for (const piece of pieces) {
        for (let sent = 0; sent < piece.length;) {
          sent += await this.#conn.write(piece.subarray(sent));
        }
      }
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  /** Asks for an association; resolves to the answer, for which whoever asks has to wait. */
  async associate(request: Uint8Array = associateRQ()): Promise<string> {
    await this.send(request);
    return await this.next();
  }

  /** Ends this side's direction; answers may still come. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /**
   * What comes next, as "AC 0 0 3" (results of the contexts), "RJ(1,1,7)", "ABORT(2,6)",
   * "RELEASE-RQ", "RELEASE-RP", "C-ECHO-RSP 0000", or "closed". Throws where nothing comes in time.
   */
  async next(): Promise<string> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      const header = await this.#take(6);
      if (header === undefined) return "closed";
      const body = await this.#take(new DataView(header.buffer).getUint32(2));
      if (body === undefined) return "closed";
      if (header[0] !== PDU.data) return describePdu(header[0]!, body);
      this.#takePdvs(body);
    }
  }

  /** Everything that comes up to the end of the connection, or as many answers as are asked for. */
  async answers(count: number): Promise<string[]> {
    const found: string[] = [];
    while (found.length < count) {
      found.push(await this.next());
      if (found.at(-1) === "closed") break;
    }
    return found;
  }

  /** Closes it, in order or, where answers were not read, with a reset. */
  [Symbol.dispose](): void {
    this.#conn.close();
  }

  /** Undefined where the connection ends before. */
  async #take(length: number): Promise<Uint8Array | undefined> {
    while (this.#buffer.length < length) {
      const more = await this.#read();
      if (more === undefined) return undefined;
      this.#buffer = concat([this.#buffer, more]) as Uint8Array<ArrayBuffer>;
    }
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return taken;
  }

  async #read(): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(65_536);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#conn.close();
    }, this.#patience);
    try {
      const length = await this.#conn.read(buffer);
      return length === null ? undefined : buffer.subarray(0, length);
    } catch (error) {
      if (isLate) throw new Error(`The bridge answers nothing within ${this.#patience} ms`);
      if (isGone(error)) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #takePdvs(body: Uint8Array): void {
    const view = new DataView(body.buffer);
    for (let at = 0; at < body.length;) {
      const end = at + 4 + view.getUint32(at);
      const control = body[at + 5]!;
      if ((control & PDV.command) !== 0) this.#command.push(body.subarray(at + 6, end));
      if (control === PDV.lastOfCommand) {
        const values = commandValues(concat(this.#command));
        this.#command = [];
        const said = describeMessage(values);
        if (said === "C-STORE-RSP 0000") this.stored.push(`${values.get(0x1000)}`);
        this.#messages.push(said);
      }
      at = end;
    }
  }
}

/** Whether the other side has closed or reset the connection. */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected;
}

/** The elements of a command set by their numbers: what has two bytes as a number, all else as text. */
function commandValues(bytes: Uint8Array): Map<number, number | string> {
  const values = new Map<number, number | string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const end = at + 8 + view.getUint32(at + 4, true);
    const text = new TextDecoder("latin1").decode(bytes.subarray(at + 8, end));
    const value = end - at === 10 ? view.getUint16(at + 8, true) : text.replace(/[ \0]+$/, "");
    values.set(view.getUint16(at + 2, true), value);
    at = end;
  }
  return values;
}

function describePdu(type: number, body: Uint8Array): string {
  const fields = [...body.subarray(1)].join();
  switch (type) {
    case PDU.AC:
      return ["AC", ...contextResults(body)].join(" ");
    case PDU.RJ:
      return `RJ(${fields})`;
    case PDU.releaseRQ:
      return "RELEASE-RQ";
    case PDU.releaseRP:
      return "RELEASE-RP";
    case PDU.abort:
      return `ABORT(${[...body.subarray(2)].join()})`;
    default:
      return `PDU of type ${type}`;
  }
}

/** Results (PS3.8 Table 9-18) in the order of the contexts in an A-ASSOCIATE-AC. */
function contextResults(body: Uint8Array): number[] {
  const results: number[] = [];
  for (let at = 68; at < body.length;) {
    if (body[at] === 0x21) results.push(body[at + 6]!);
    at += 4 + (body[at + 2]! << 8 | body[at + 3]!);
  }
  return results;
}

function describeMessage(command: ReadonlyMap<number, number | string>): string {
  const field = Number(command.get(0x0100));
  const status = command.get(0x0900);
  const name = RESPONSES[field] ?? `command ${hexadecimal(field)}`;
  return status === undefined ? name : `${name} ${hexadecimal(Number(status))}`;
}

function hexadecimal(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, "0");
}

/** Fails where an association with a C-ECHO takes a second, or is not served. */
export async function assertEchoes(address: DimseAddress, what: string): Promise<void> {
  const started = performance.now();
  using peer = await RawPeer.connect(address);
  assertEquals(await peer.associate(), "AC 0 0 0 0", what);
  await peer.send(commandPdu(1, echoRQ()), RELEASE_RQ);
  assertEquals(await peer.answers(2), ["C-ECHO-RSP 0000", "RELEASE-RP"], what);
  assertLess(performance.now() - started, ECHO_PATIENCE, what);
}
