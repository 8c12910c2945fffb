/**
 * The release of OHIF that this version serves: where npm has it, what of it is kept, and what is
 * changed in it so that it works below a path.
 * @module
 */

/** A release of a viewer's package, pinned by its content: what is changed in it fits no other. */
export interface Release {
  readonly package: string;
  readonly version: string;
  /** Of the tarball, in base64 as npm writes it. */
  readonly sha512: string;
  /** Bytes of the tarball. */
  readonly size: number;
  /**
   * Names what is installed, in its folder and in URLs: the version, and how often what is made of it
   * was changed. What lies under such a URL never changes.
   */
  readonly build: string;
  readonly changes: readonly Change[];
}

/** A text that is put in the place of another. */
export interface Change {
  /** End of the names of the files that it is in. */
  readonly files: string;
  readonly from: string;
  readonly to: string;
  /** How often it is there, in all files together. */
  readonly times: number;
}

/** The release that is served. */
export const OHIF: Release = {
  package: "@ohif/app",
  version: "3.13.2",
  sha512:
    "WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==",
  size: 49_906_651,
  build: "3.13.2-1",
  changes: [
    // It believes that it lies at `/`: a page says where it is, and a worker knows it by its own URL.
    {
      files: ".js",
      from: '__webpack_require__.p = "/";',
      to: '__webpack_require__.p = self.PUBLIC_URL || new URL("./", self.location.href).pathname;',
      times: 8,
    },
    { files: ".css", from: "url(/", to: "url(", times: 5 },
    // A single study without a modality, which is there and empty (PS3.18 10.6.3.3.1), ends its list.
    {
      files: ".js",
      from: "i < ModalitiesInStudy.Value.length",
      to: "i < (ModalitiesInStudy.Value ?? []).length",
      times: 1,
    },
    // It knows a video by its transfer syntax, of which metadata tell nothing, or by one of the three
    // SOP Classes that hold nothing else.
    {
      files: ".js",
      from: "metadata.SOPClassUID === SOP_CLASS_UIDS.VIDEO_PHOTOGRAPHIC_IMAGE_STORAGE",
      to: "/\\.77\\.1\\.[124]\\.1$/.test(metadata.SOPClassUID)",
      times: 1,
    },
  ],
};

/** What its page loads. */
export const ENTRY = { script: "app.bundle.0f6159c501addfe9.js", style: "app.bundle.css" } as const;

/** Where the package has the built application. */
const DIST = "package/dist/";

/** Of the application, but of no use here. */
const LEFT_OUT = [
  // Pages, and what belongs to them: they are ours.
  /\.html$/,
  /^(_headers|_redirects|serve\.json|manifest\.json|app-config\.js|sw\.js|init-service-worker\.js)$/,
  // Ways to log in at other hosts, and for browsers of another time.
  /^(google|oidc-client\.min|es6-shim\.min|polyfill\.min)\.js$/,
  /^customizations\//,
  // The runtime of segmentation models, three quarters of the package: the models are on another host.
  /^ort\//,
  /\.map$/,
];

/** Name of a file below the application's root, out of its name in the package; undefined where it is not kept. */
export function keptName(entry: string): string | undefined {
  if (!entry.startsWith(DIST)) return undefined;
  const name = entry.slice(DIST.length);
  return LEFT_OUT.some((pattern) => pattern.test(name)) ? undefined : name;
}
