/**
 * The gateways of a bridge: one per AE title by which it is called, each to that title's archive.
 * @module
 */
import { AE_PLACE } from "../../lib/config/bridge_environment.ts";
import type { Gateway, GatewayFor } from "./gateway.ts";
import { createHttp, type Http } from "./http.ts";
import { createRetrieve } from "./retrieve.ts";
import { createSearch } from "./search.ts";

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
  readonly httpFor: (calledAETitle: string) => Http | undefined;
  readonly gatewayFor: GatewayFor;
}

/**
 * Makes them. Where the URL has no place for the title there is one archive, and only the bridge's
 * own title leads to it: what is sent to another archive's title must not end up there.
 */
export function createGateways({ coreUrl, coreToken, aet, archiveTitles }: CoreOptions): Gateways {
  const titles = coreUrl.includes(AE_PLACE) ? archiveTitles : [aet];
  const https = new Map(titles.map((title) => {
    const base = coreUrl.replaceAll(AE_PLACE, encodeURIComponent(title));
    return [title, createHttp({ base, token: coreToken })];
  }));
  const gateways = new Map([...https].map(([title, http]) => [title, createGateway(http)]));
  return {
    titles,
    httpFor: (title) => https.get(title),
    gatewayFor: (title) => gateways.get(title),
  };
}

function createGateway(http: Http): Gateway {
  return { search: createSearch(http), retrieve: createRetrieve(http) };
}
