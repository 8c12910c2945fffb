/**
 * The npm package dicomweb-client, which was written for browsers, made to run here. Its own types
 * demand arguments that it does not need, and miss some that it takes.
 * @module
 */
import { api } from "dicomweb-client";
import { FetchXMLHttpRequest } from "./xhr.ts";

type Attributes = Readonly<
  Record<
    string,
    {
      readonly vr: string;
      readonly Value?: readonly unknown[];
      readonly BulkDataURI?: string;
    }
  >
>;

type Query = Readonly<Record<string, string | number | boolean>>;

/** A media type that it shall ask for. */
export interface ClientMediaType {
  readonly mediaType: string;
  readonly transferSyntaxUID?: string;
}

interface Study {
  readonly studyInstanceUID: string;
}
interface Series extends Study {
  readonly seriesInstanceUID: string;
}
interface Instance extends Series {
  readonly sopInstanceUID: string;
}
interface XHROptions {
  readonly request?: { progressCallback(event: { readonly loaded: number }): void };
}

interface RenderedOptions {
  readonly mediaTypes?: readonly ClientMediaType[];
  readonly queryParams?: Query;
}
interface FramesOptions extends Instance, RenderedOptions {
  readonly frameNumbers: readonly number[];
}

/** The client's methods that this server has an answer for. */
export interface NpmClient {
  searchForStudies(options?: { queryParams?: Query }): Promise<Attributes[]>;
  searchForSeries(options?: Partial<Study> & { queryParams?: Query }): Promise<Attributes[]>;
  searchForInstances(options?: Partial<Series> & { queryParams?: Query }): Promise<Attributes[]>;
  retrieveStudyMetadata(options: Study): Promise<Attributes[]>;
  retrieveSeriesMetadata(options: Series): Promise<Attributes[]>;
  retrieveInstanceMetadata(options: Instance): Promise<Attributes[]>;
  retrieveStudy(options: Study & XHROptions): Promise<ArrayBuffer[]>;
  retrieveSeries(options: Series): Promise<ArrayBuffer[]>;
  retrieveInstance(options: Instance): Promise<ArrayBuffer>;
  retrieveInstanceRendered(options: Instance & RenderedOptions): Promise<ArrayBuffer[]>;
  retrieveInstanceThumbnail(options: Instance & RenderedOptions): Promise<ArrayBuffer[]>;
  retrieveInstanceFramesRendered(options: FramesOptions): Promise<ArrayBuffer[]>;
  retrieveInstanceFramesThumbnail(options: FramesOptions): Promise<ArrayBuffer[]>;
  retrieveInstanceFrames(
    options: Instance & {
      readonly frameNumbers: readonly number[];
      readonly mediaTypes?: readonly ClientMediaType[];
    },
  ): Promise<ArrayBuffer[]>;
  retrieveBulkData(options: {
    readonly BulkDataURI: string;
    readonly mediaTypes?: readonly ClientMediaType[];
    readonly byteRange?: readonly number[];
  }): Promise<ArrayBuffer[]>;
  storeInstances(
    options: Partial<Study> & { readonly datasets: readonly ArrayBuffer[] },
  ): Promise<string>;
}

/**
 * A client of a DICOMweb root. `singlepart`: what it asks for without multipart, as `bulkdata`.
 */
export function npmClient(url: string, singlepart: string | boolean = false): NpmClient {
  Object.assign(globalThis, { XMLHttpRequest: FetchXMLHttpRequest });
  return new api.DICOMwebClient({ url, singlepart, verbose: false }) as unknown as NpmClient;
}
