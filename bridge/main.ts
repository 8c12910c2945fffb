/**
 * The bridge on a machine: settings, spool and services put together and served until a signal
 * comes.
 * @module
 */
import { hostPort } from "../lib/config/addresses.ts";
import type { ServerTls } from "../lib/config/dimse_settings.ts";
import type { Log } from "../lib/log.ts";
import { compose } from "./compose.ts";
import { connect } from "./net/connect.ts";
import { DEFAULT_TIMERS } from "./net/connect_options.ts";
import { DEFAULT_LIMITS } from "./net/connections.ts";
import { createAddressesOf } from "./net/host_addresses.ts";
import { type DimseListener, listenDimse, type ListenOptions } from "./net/listen.ts";
import { MAX_OPERATIONS } from "../lib/config/served.ts";
import type { ServerCertificates } from "./net/tls_stream.ts";
import { type BridgeSettings, openDoor, readBridgeSettings } from "./settings.ts";
import { openSpool, type Spool, SpoolInUseError } from "./spool/spool.ts";

/** Log lines are JSON, on stderr: stdout says where the bridge listens, and nothing else. */
const log: Log = (record) =>
  console.error(JSON.stringify({ time: new Date().toISOString(), ...record }));

/** A start that cannot be: each sentence says why, and what to do. */
class StartRefused extends Error {
  constructor(readonly reasons: readonly string[]) {
    super(reasons.join("; "));
  }
}

/** Milliseconds that associations may go on after the signal: less than the ten seconds after which container runtimes kill. */
const GRACE = 8_000;

/** A signal that comes this soon after the first is the same key press, passed on by a parent as well. Milliseconds. */
const SAME_SIGNAL = 500;

async function main(): Promise<void> {
  const stopping = stopSignal();
  const { settings, problems } = await readBridgeSettings(Deno.env.get, Deno.readTextFile);
  if (problems.length > 0) throw new StartRefused(problems);
  const door = openDoor(settings);
  if (door !== undefined) throw new StartRefused([door]);
  const certificates = settings.tls && await certificatesOf(settings.tls);
  const spool = await spoolOf(settings);
  const timers = { ...DEFAULT_TIMERS, idle: settings.idle };
  const bridge = compose({
    settings,
    spool,
    connect: (target, proposal) =>
      connect(target, proposal, { timers, log, readText: Deno.readTextFile }),
    addressesOf: createAddressesOf(),
    operations: MAX_OPERATIONS,
    log,
  });
  try {
    const { aet, host: hostname, port, aes, maxPduLength, tls } = settings;
    const options: Listen = {
      hostname,
      admit: bridge.admit,
      log,
      maximumLength: Math.max(maxPduLength, ...aes.map((ae) => ae.maxPduLength ?? 0)),
      limits: { ...DEFAULT_LIMITS, associations: settings.associations },
      timers,
      proxyProtocol: settings.proxyProtocol,
      hasRoom: spool.hasRoom,
    };
    const listeners: DimseListener[] = [];
    if (tls !== undefined) {
      const withTls = { ...options, tls: certificates };
      listeners.push(listening(`dicom-tls://${aet}`, tls.port, "port of dimse.tls", withTls));
    }
    // Last, since it is always there: who waits for this line waits for all.
    listeners.push(listening(`dicom://${aet}`, port, "GANTRY_DIMSE_PORT", options));
    await stopping;
    await Promise.all(listeners.map((listener) => listener.close(GRACE)));
  } finally {
    await bridge.stop();
    spool.close();
  }
}

/** What both listeners have in common. */
type Listen = Omit<ListenOptions, "port">;

async function spoolOf(
  { spool: folder, spoolReserve: reserve, aet }: BridgeSettings,
): Promise<Spool> {
  try {
    return await openSpool({ folder, reserve, aet });
  } catch (error) {
    if (error instanceof SpoolInUseError) throw new StartRefused([error.message]);
    throw error;
  }
}

async function certificatesOf({ cert, key, clientCa }: ServerTls): Promise<ServerCertificates> {
  const read = (name: string, path: string) =>
    Deno.readTextFile(path).catch((error) => {
      throw new StartRefused([
        `dimse.tls.${name} is ${JSON.stringify(path)}: a file that can be read (${error.message})`,
      ]);
    });
  return {
    cert: await read("cert", cert),
    key: await read("key", key),
    clientCa: clientCa && await read("clientCa", clientCa),
  };
}

/** Listens, and says so on stdout; `setting` is where the port can be changed. */
function listening(name: string, port: number, setting: string, options: Listen): DimseListener {
  const { hostname } = options;
  try {
    const listener = listenDimse({ ...options, port });
    console.log(`listening on ${name}@${hostPort(hostname, listener.port)}`);
    return listener;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new StartRefused([`Port ${port} of ${hostname} is in use: choose another ${setting}`]);
    }
    if (error instanceof TypeError && options.tls !== undefined) {
      throw new StartRefused([`dimse.tls: ${error.message}`]);
    }
    throw error;
  }
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process where it stands. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = () => {
      first ??= performance.now();
      if (performance.now() - first > SAME_SIGNAL) Deno.exit(1);
      resolve();
    };
    Deno.addSignalListener("SIGTERM", stop);
    Deno.addSignalListener("SIGINT", stop);
  });
}

try {
  await main();
  Deno.exit(0);
} catch (error) {
  const reasons = error instanceof StartRefused ? error.reasons : [String(error)];
  for (const message of reasons) log({ level: "error", message });
  Deno.exit(1);
}
