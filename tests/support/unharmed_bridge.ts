/**
 * A bridge under attack: whatever is sent to it, it must serve the next peer at once, hold no
 * connection, file or association of those that are gone, and have lost nothing.
 * @module
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { type GatewayProcess, startGateway } from "./bridge_process.ts";
import type { KeyPair } from "./certificates.ts";
import { assertEchoes } from "./dimse_raw.ts";
import { memoryOf } from "./process_memory.ts";
import { spooled } from "./spool_watch.ts";
import { tcpSockets } from "./tcp_table.ts";

/** Milliseconds in which the bridge must have noticed that a peer is gone. */
const PATIENCE = 5000;

/** Bytes of memory that few attacks may make it need. */
const MEMORY = 200e6;

/** Associations at once, few, so that one that is never given back is missed soon. */
const ASSOCIATIONS = 8;

/** A gateway, and how it has to be after each attack. */
export interface AttackedGateway extends GatewayProcess {
  /** How many it serves at once. */
  readonly associations: number;
  /** Fails where the bridge does not echo, or holds anything of peers that are gone. */
  assertUnharmed(what: string): Promise<void>;
}

/** What a gateway may differ in from others. */
interface AttackOptions {
  /** Bytes of memory that the bridge may need. */
  readonly memory?: number;
  readonly associations?: number;
  /** Files and sockets that each of its processes may have open; without it as many as the system allows. */
  readonly descriptors?: number;
  /** Where it listens with TLS as well, its certificate. */
  readonly certificate?: KeyPair;
}

/** Runs a test on a gateway of its own, whose bridge must be unharmed at its end. */
export async function withAttackedGateway(
  test: (gateway: AttackedGateway) => Promise<void>,
  { memory = MEMORY, associations = ASSOCIATIONS, descriptors, certificate }: AttackOptions = {},
): Promise<void> {
  const gateway = await startGateway({
    config: {
      dimse: { associations, ...certificate && { tls: { port: 0, ...certificate } } },
    },
    under: descriptors === undefined ? [] : limited(descriptors),
  });
  try {
    await attack({ ...gateway, associations }, test, memory);
  } finally {
    assertEquals(await gateway.stop(), 0);
  }
}

async function attack(
  gateway: Omit<AttackedGateway, "assertUnharmed">,
  test: (gateway: AttackedGateway) => Promise<void>,
  memory: number,
): Promise<void> {
  async function assertUnharmed(what: string): Promise<void> {
    await assertEchoes(gateway, what);
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const connections = connectionsTo(gateway.port) + connectionsTo(gateway.tlsPort);
      const files = spooled(gateway.spool, "incoming").length + await openArrivals(gateway.pid);
      if (connections === 0 && files === 0) break;
      const found = `${connections} connections and ${files} arriving files are held`;
      assert(performance.now() < deadline, `${what}: ${found}`);
    }
  }

  await assertEchoes(gateway, "before");
  await test({ ...gateway, assertUnharmed });
  await assertUnharmed("at the end");
  assertEquals(failuresIn(gateway.log()), []);
  assertLess((await memoryOf(gateway.pid)).peak, memory);
}

/** A command that runs the one given to it with so many descriptors. */
function limited(descriptors: number): string[] {
  return ["bash", "-c", `ulimit -n ${descriptors} && exec "$@"`, "limited"];
}

/** Lines of the log that tell of a failure which is no peer's fault. */
function failuresIn(log: string): string[] {
  const harmless = /"level":"info"|"(An instance was not stored|No connection could be accepted)"/;
  return log.split("\n").filter((line) => line !== "" && !harmless.test(line));
}

/** Connections to a port of this machine that its owner has not closed, whatever the peers did. */
function connectionsTo(port: number | undefined): number {
  if (port === undefined) return 0;
  return tcpSockets().filter((socket) => socket.port === port && HELD.has(socket.state)).length;
}

/** ESTABLISHED and CLOSE_WAIT, as Linux writes them. */
const HELD: ReadonlySet<string> = new Set(["01", "08"]);

/** Files of instances that arrive, which a process has open. */
async function openArrivals(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ls", { args: ["-l", `/proc/${pid}/fd`] }).output();
  return new TextDecoder().decode(stdout).split("/incoming/").length - 1;
}
