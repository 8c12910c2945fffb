/**
 * The AEs that the bridge knows (row D10): who may do what, and where each is reached.
 * @module
 */

/** What a known AE may ask for. */
export const SERVICES = ["echo", "store", "find", "move", "get"] as const;

/** One of {@linkcode SERVICES}. */
export type Service = (typeof SERVICES)[number];

/** A remote application entity out of the configuration file. */
export interface RemoteAE {
  readonly title: string;
  readonly host: string;
  readonly port: number;
  /** How it is called with TLS, where it is; paths of PEM files. */
  readonly tls: ClientTls | undefined;
  readonly may: ReadonlySet<Service>;
  /** Bytes of a P-DATA-TF that this AE is told to send at most; undefined for the bridge's own. */
  readonly maxPduLength: number | undefined;
  /** SpecificCharacterSet of answers to it, and of its queries where they name none. */
  readonly charset: string | undefined;
  /** When its C-STORE is answered: once the instance is on the bridge's disk, or once the server has it. */
  readonly ack: "spool" | "core";
  /** Which comes first where it proposes both (row D14). */
  readonly prefer: "explicit" | "implicit";
  /** Whether it has to call from `host`; not where a NAT shows another address. */
  readonly checkAddress: boolean;
}

/** How to be a TLS client. */
export interface ClientTls {
  /** CA that signed the peer's certificate; undefined for the system's. */
  readonly ca: string | undefined;
  /** Our certificate and key, where the peer asks for one. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}
