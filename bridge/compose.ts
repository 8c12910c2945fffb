/**
 * The bridge's parts put together over a spool and a network, whichever these are.
 * @module
 */
import type { RemoteAE } from "../lib/config/remote_aes.ts";
import type { Log } from "../lib/log.ts";
import { createGateways } from "./gateway/create.ts";
import type { Admit } from "./net/admission.ts";
import type { Association } from "./net/association.ts";
import type { Proposal, Target } from "./net/connect_options.ts";
import { createAdmission } from "./scp/admission.ts";
import { createCallers } from "./scp/callers.ts";
import { echoService } from "./scp/echo.ts";
import { findService } from "./scp/find.ts";
import { getService } from "./scp/get.ts";
import { moveService } from "./scp/move.ts";
import { createServices } from "./scp/services.ts";
import { storeService } from "./scp/store.ts";
import type { BridgeSettings } from "./settings.ts";
import { createDeliver } from "./spool/deliver.ts";
import type { Spool } from "./spool/spool.ts";
import { startUploader } from "./spool/uploader.ts";

/** What a bridge is made of. */
export interface BridgeParts {
  readonly settings: BridgeSettings;
  readonly spool: Spool;
  /** Opens an association to a peer. */
  readonly connect: (target: Target, proposal: Proposal) => Promise<Association>;
  /** Addresses of a host, in canonical form. */
  readonly addressesOf: (host: string) => Promise<ReadonlySet<string>>;
  /** Requests of an association that are worked on at once. */
  readonly operations: number;
  readonly log: Log;
}

/** A bridge that only needs to listen. */
export interface Bridge {
  readonly admit: Admit;
  /** Ends what is on its way to the server; what does not arrive stays in the spool. */
  stop(): Promise<void>;
}

/** Composes the bridge, and begins to upload what the spool has. */
export function compose(parts: BridgeParts): Bridge {
  const { settings, spool, connect, addressesOf, operations, log } = parts;
  const { titles, gatewayFor, stowFor, close } = createGateways(settings);
  const known: ReadonlyMap<string, RemoteAE> = new Map(settings.aes.map((ae) => [ae.title, ae]));
  const services = createServices({
    echo: echoService,
    store: storeService({
      spool,
      ackOf: (callingAETitle) => known.get(callingAETitle)?.ack ?? "spool",
      deliver: createDeliver({ stowFor }),
      log,
    }),
    find: findService({
      gatewayFor,
      charsetFor: (AETitle) => known.get(AETitle)?.charset,
      log,
    }),
    move: moveService({
      gatewayFor,
      log,
      destination(AETitle, callingAETitle) {
        const ae = known.get(AETitle);
        return ae && ((proposal) => connect(targetOf(ae), { ...proposal, callingAETitle }));
      },
    }),
    get: getService({ gatewayFor, log }),
  });
  const uploader = startUploader({ spool, stowFor, log });
  return {
    admit: createAdmission({
      identify: createCallers({ ...settings, titles, addressesOf }),
      maxPduLength: settings.maxPduLength,
      operations,
      services,
    }),
    async stop() {
      await uploader.stop();
      close();
    },
  };
}

function targetOf({ title, host, port, tls }: RemoteAE): Target {
  return { calledAETitle: title, host, port, tls };
}
