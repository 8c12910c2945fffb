/**
 * The release of OHIF that this version serves: where npm has it, what of it is kept, and what is
 * changed in it so that it works below a path.
 * @module
 */

/** The package, pinned by its content: what is changed in it, and served with it, fits no other. */
export const RELEASE = {
  name: "OHIF",
  package: "@ohif/app",
  version: "3.13.2",
  /** Of the tarball, as npm writes it. */
  sha512:
    "WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==",
  /** Bytes of the tarball. */
  size: 49_906_651,
} as const;

/**
 * Names what is installed, in its folder and in URLs: the release, and how often what is made of it
 * was changed. What lies under such a URL never changes.
 */
export const BUILD = `${RELEASE.version}-1`;

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

/** A text that is put in the place of another. */
export interface Change {
  /** End of the names of the files that it is in. */
  readonly files: string;
  readonly from: string;
  readonly to: string;
  /** How often it is there, in all files together. */
  readonly times: number;
}

/** What is changed. */
export const CHANGES: readonly Change[] = [
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
];
