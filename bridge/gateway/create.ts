/**
 * The gateways of a bridge: one per AE title by which it is called, each to that title's archive.
 * @module
 */
import { AE_PLACE } from "../../lib/config/bridge_environment.ts";
import type { Gateway, GatewayFor } from "./gateway.ts";
import { createHttp, type Http } from "./http.ts";
import { createConnections } from "./post.ts";
import { createRetrieve, createRetrieveSeries } from "./retrieve.ts";
import { createSearch } from "./search.ts";
import { createStow, type Stow } from "./stow.ts";

/** Where the server is, and which titles it knows. */
export interface CoreOptions {
  /** DICOMweb root; `{AE}` in it stands for the called AE title. */
  readonly coreUrl: string;
  readonly coreToken: string | undefined;
  /** The bridge's own title. */
  readonly aet: string;
  /** Titles of archives, the bridge's own among them. */
  readonly archiveTitles: readonly string[];
}

/** The ways to the server, by called AE title. */
export interface Gateways {
  /** The titles that the bridge answers to. */
  readonly titles: readonly string[];
  readonly gatewayFor: GatewayFor;
  /**
   * Storing at the archive of a title, also of one that the configuration does not know any more:
   * what the server says about it then is the answer.
   */
  readonly stowFor: (calledAETitle: string) => Stow;
  /** Ends the connections that are kept for storing. */
  close(): void;
}

/**
 * Makes them. Where the URL has no place for the title there is one archive, and only the bridge's
 * own title leads to it: what is sent to another archive's title must not end up there.
 */
export function createGateways({ coreUrl, coreToken, aet, archiveTitles }: CoreOptions): Gateways {
  const titles = coreUrl.includes(AE_PLACE) ? archiveTitles : [aet];
  const connections = createConnections();
  const optionsFor = (title: string) => ({
    base: coreUrl.replaceAll(AE_PLACE, encodeURIComponent(title)),
    token: coreToken,
  });
  const gateways = new Map(
    titles.map((title) => [title, createGateway(createHttp(optionsFor(title)))]),
  );
  return {
    titles,
    gatewayFor: (title) => gateways.get(title),
    stowFor: (title) => createStow(optionsFor(title), connections),
    close: connections.close,
  };
}

function createGateway(http: Http): Gateway {
  return {
    search: createSearch(http),
    retrieve: createRetrieve(http),
    retrieveSeries: createRetrieveSeries(http),
  };
}
