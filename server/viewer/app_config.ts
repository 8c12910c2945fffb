/**
 * How OHIF is configured: the script that its page loads first. It takes every address from its own
 * URL, so that it is right below any path that a proxy may put before ours.
 * @module
 */
import { OHIF } from "./release.ts";

/** An archive that OHIF can show. */
export interface Source {
  /** What OHIF calls it, in the URLs of its pages too. */
  readonly name: string;
  /** What a person reads. */
  readonly title: string;
  /** Path of its DICOMweb root, without a slash before it. */
  readonly root: string;
}

/** Names that may stand in a path as they are; `:` and `*` mean something to OHIF there. */
export const SOURCE_NAME = /^[\w.-]+$/;

/** The script. `sources`: the first is shown unless a URL names another. */
export function appConfig(sources: readonly [Source, ...Source[]]): string {
  return `"use strict";
const viewer = new URL("./", document.currentScript.src);
const server = new URL("../", viewer).href;
window.PUBLIC_URL = viewer.pathname + ${JSON.stringify(`${OHIF.build}/`)};
// It ends a timer that its own page begins.
console.time("scriptToView");
window.browserImportFunction = (path) =>
  import(path.startsWith("/") ? window.PUBLIC_URL + path.slice(1) : path);
window.config = {
  ...${JSON.stringify(SETTINGS)},
  routerBasename: viewer.pathname.replace(/\\/$/, ""),
  maxNumberOfWebWorkers: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)),
  whiteLabeling: {
    createLogoComponentFn: (React) =>
      React.createElement("a", {
        href: server,
        title: "To the study list",
        style: { color: "white", fontWeight: 600 },
        onClick: (event) => event.stopPropagation(),
      }, "Gantry"),
  },
  defaultDataSourceName: ${JSON.stringify(sources[0].name)},
  dataSources: ${JSON.stringify(sources)}.map(({ name, title, root }) => ({
    namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
    sourceName: name,
    configuration: {
      ...${JSON.stringify(SOURCE_SETTINGS)},
      name,
      friendlyName: title,
      qidoRoot: server + root,
      wadoRoot: server + root,
      wadoUriRoot: server + root.replace(/dicomweb$|rs$/, "wado"),
    },
  })),
};
`;
}

/** What holds whatever the archive is. */
const SETTINGS = {
  name: "Gantry",
  extensions: [],
  modes: [],
  // A tour of eleven steps stands between a person and the first image.
  customizationService: { "ohif.tours": { $set: [] } },
  showStudyList: true,
  showLoadingIndicator: true,
  showCPUFallbackMessage: true,
  showErrorDetails: "always",
  showWarningMessageForCrossOrigin: true,
  strictZSpacingForVolumeViewport: true,
  groupEnabledModesFirst: true,
  // That OHIF is for investigational use is said once a year to each browser, not in each session.
  investigationalUseDialog: { option: "configure", days: 365 },
  // A browser has six connections to a server at most; what waits in it cannot be overtaken.
  maxNumRequests: { interaction: 100, thumbnail: 6, prefetch: 12 },
} as const;

/** What this server does, in OHIF's words. */
const SOURCE_SETTINGS = {
  imageRendering: "wadors",
  // Frames come as they are stored, and OHIF's codecs decode them.
  requestTransferSyntaxUID: "*",
  omitQuotationForMultipartRequest: false,
  thumbnailRendering: "thumbnail",
  thumbnailRequestStrategy: "fetch",
  enableStudyLazyLoad: true,
  // Words are found inside names by wildcards; fuzzy matching begins at theirs.
  supportsFuzzyMatching: false,
  supportsWildcard: true,
  supportsReject: false,
  dicomUploadEnabled: true,
  singlepart: "bulkdata,video",
  bulkDataURI: { enabled: true },
} as const;
