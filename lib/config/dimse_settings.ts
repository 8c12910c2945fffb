/**
 * What the configuration file decides for the bridge, and what holds without one.
 * @module
 */
import { DEFAULT_AET } from "./ae_title.ts";
import type { ArchiveSettings } from "./archives.ts";
import { type ClientTls, type RemoteAE, type Service, SERVICES } from "./remote_aes.ts";

/** How the bridge is a TLS server; paths of PEM files. */
export interface ServerTls {
  /** Beside the port without TLS. */
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  /** CA of the peers' certificates: with it every peer has to show one. */
  readonly clientCa: string | undefined;
}

/** The bridge's part of the configuration file. */
export interface DimseSettings {
  readonly aes: readonly RemoteAE[];
  /** What becomes of an AE that is not in `aes`. */
  readonly unknownAes: "refuse" | "accept";
  /** AE titles of archives, the bridge's own among them. */
  readonly archiveTitles: readonly string[];
  /** Bytes of a P-DATA-TF that peers are told to send at most. */
  readonly maxPduLength: number;
  /** Associations at the same time. */
  readonly associations: number;
  /** Milliseconds that an association may be idle. */
  readonly idle: number;
  readonly tls: ServerTls | undefined;
  /** Every connection begins with the header of a proxy that says who called. */
  readonly proxyProtocol: boolean;
  /** Bytes of the spool's disk that are left free; undefined for the spool's own default. */
  readonly spoolReserve: number | undefined;
}

/** An AE as it is written. */
export interface WrittenAE {
  readonly title: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: boolean | {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  } | undefined;
  readonly may?: readonly Service[] | undefined;
  readonly maxPduLength?: number | undefined;
  readonly charset?: string | undefined;
  readonly ack?: RemoteAE["ack"] | undefined;
  readonly prefer?: RemoteAE["prefer"] | undefined;
  readonly checkAddress?: boolean | undefined;
}

/** The bridge's part of a file as it was written. */
export interface WrittenDimseSettings {
  readonly archives?: readonly Pick<ArchiveSettings, "aets">[] | undefined;
  readonly aes?: readonly WrittenAE[] | undefined;
  readonly unknownAes?: DimseSettings["unknownAes"] | undefined;
  readonly dimse?: {
    readonly maxPduLength?: number | undefined;
    readonly associations?: number | undefined;
    readonly idleMinutes?: number | undefined;
    readonly proxyProtocol?: boolean | undefined;
    readonly spoolReserveMiB?: number | undefined;
    readonly tls?: {
      readonly port?: number | undefined;
      readonly cert: string;
      readonly key: string;
      readonly clientCa?: string | undefined;
    } | undefined;
  } | undefined;
}

/** Where the bridge listens, if nothing else is said. */
export const DEFAULT_DIMSE_HOST = "127.0.0.1";
/** The port that is registered for DICOM beside 104, which only root may have. */
export const DEFAULT_DIMSE_PORT = 11112;

/** Measured: what senders that wait for acknowledgements of TCP fill fastest. */
const MAX_PDU_LENGTH = 65_536;

/** More at once than any hospital's modalities open to one address. */
const ASSOCIATIONS = 200;

/** Some modalities keep an association between two patients. */
const IDLE_MINUTES = 5;

/** Registered for DICOM over TLS (PS3.8 9.1.1, PS3.15 B.1). */
const TLS_PORT = 2762;

const MINUTE = 60_000;
const MIB = 1024 ** 2;

/**
 * The settings of a file with everything left out that it may leave out. Without known AEs every
 * AE is accepted: whether the bridge may start so is for its start to say.
 */
export function dimseWithDefaults(
  { archives = [], aes = [], unknownAes, dimse = {} }: WrittenDimseSettings,
  aet: string = DEFAULT_AET,
): DimseSettings {
  const { tls, spoolReserveMiB } = dimse;
  return {
    aes: aes.map(remoteAE),
    unknownAes: unknownAes ?? (aes.length === 0 ? "accept" : "refuse"),
    archiveTitles: [...new Set([aet, ...archives.flatMap(({ aets }) => aets)])],
    maxPduLength: dimse.maxPduLength ?? MAX_PDU_LENGTH,
    associations: dimse.associations ?? ASSOCIATIONS,
    idle: (dimse.idleMinutes ?? IDLE_MINUTES) * MINUTE,
    tls: tls === undefined
      ? undefined
      : { ...tls, port: tls.port ?? TLS_PORT, clientCa: tls.clientCa },
    proxyProtocol: dimse.proxyProtocol ?? false,
    spoolReserve: spoolReserveMiB === undefined ? undefined : spoolReserveMiB * MIB,
  };
}

function remoteAE(written: WrittenAE): RemoteAE {
  return {
    title: written.title,
    host: written.host,
    port: written.port,
    tls: clientTls(written.tls),
    may: new Set(written.may ?? SERVICES),
    maxPduLength: written.maxPduLength,
    charset: written.charset,
    ack: written.ack ?? "spool",
    prefer: written.prefer ?? "explicit",
    checkAddress: written.checkAddress ?? true,
  };
}

function clientTls(written: WrittenAE["tls"]): ClientTls | undefined {
  if (written === undefined || written === false) return undefined;
  const { ca, cert, key } = written === true ? {} : written;
  return { ca, cert, key };
}
