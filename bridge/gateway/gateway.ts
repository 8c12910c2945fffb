/**
 * A DICOMweb origin server as the bridge sees it. There is one gateway per archive, that is, per
 * called AE title; what speaks HTTP is behind this interface.
 * @module
 */
import type { DataSet } from "../../lib/dicom/dataset.ts";
import type { QidoSearch } from "../../lib/query/qido_search.ts";

/** What a failure of the server means for whoever waits. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  constructor(
    message: string,
    /**
     * `passing`: no connection, 408, 429, 5xx: worth another try. `refused`: the server will say
     * the same again (400, 404, 406, 409 …). `denied`: 401 or 403, an operator has to act.
     */
    readonly kind: "passing" | "refused" | "denied",
    /** HTTP status, where there was an answer. */
    readonly status: number | undefined,
    /** Milliseconds that the server asks to wait (Retry-After). */
    readonly retryAfter: number | undefined = undefined,
  ) {
    super(message);
  }
}

/** The UIDs in an instance's URL. */
export interface InstanceAddress {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
}

/** An instance on its way out of the server. */
export interface RetrievedInstance {
  readonly transferSyntaxUID: string;
  /**
   * The data set without File Meta Information, as stored or as transcoded: held, or a stream that
   * is to be read to its end, or returned.
   */
  readonly dataSet: Uint8Array | AsyncIterable<Uint8Array>;
  /** Gives the memory of the data set back, which nobody reads any more. To be called once at most. */
  release(): void;
}

/** What became of one instance that was sent to the server. */
export type StoreOutcome =
  | { readonly kind: "stored"; readonly warning: number | undefined }
  /** The server refused this instance for good, with the Failure Reason (0008,1197) of its answer. */
  | { readonly kind: "refused"; readonly reason: number; readonly explanation: string }
  /** It may pass: worth another try. */
  | { readonly kind: "failed"; readonly reason: number; readonly explanation: string };

/** The server's transactions that the bridge uses. All throw GatewayError. */
export interface Gateway {
  /**
   * QIDO-RS, page after page, each asked for when the one before is used up: one data set a match,
   * its text in UTF-8. `onWarning` gets what the server says in a `Warning: 299` about a page, such
   * as a key that it does not support, before the page's first match.
   */
  search(
    search: QidoSearch,
    signal?: AbortSignal,
    onWarning?: (warning: string) => void,
  ): AsyncGenerator<DataSet, void, undefined>;
  /** WADO-RS of one instance in the first of these transfer syntaxes that the server can give; `*` is the stored one. */
  retrieve(
    address: InstanceAddress,
    transferSyntaxes: readonly string[],
    signal?: AbortSignal,
  ): Promise<RetrievedInstance>;
  /**
   * WADO-RS of a series, each instance as it is stored, with its UID where its file says it. Of an
   * instance that streams the data set is to be read to its end, or returned: until then no other
   * comes.
   */
  retrieveSeries(
    series: Omit<InstanceAddress, "SOPInstanceUID">,
    signal?: AbortSignal,
  ): AsyncGenerator<
    RetrievedInstance & { readonly SOPInstanceUID: string | undefined },
    void,
    undefined
  >;
}

/** The gateway of the archive that a called AE title names; undefined where it names none. */
export type GatewayFor = (calledAETitle: string) => Gateway | undefined;
