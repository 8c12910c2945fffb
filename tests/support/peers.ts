/**
 * What the tests use that this project did not write: programs of other DICOM implementations, and
 * a corpus of real files. What is missing is skipped with its reason in the test's name; where CI
 * is true, a missing program fails the test instead.
 * @module
 */
import { OHIF } from "../../server/viewer/release.ts";

/** Programs, each with the Debian package that brings it. */
const PROGRAMS = {
  dcm2json: "dcmtk",
  dcm2pnm: "dcmtk",
  dcmconv: "dcmtk",
  dcmdjpeg: "dcmtk",
  dcmdjpls: "dcmtk",
  dcmdrle: "dcmtk",
  dcmdump: "dcmtk",
  dcmftest: "dcmtk",
  dcmp2pgm: "dcmtk",
  dcmmkdir: "dcmtk",
  dcm2xml: "dcmtk",
  xml2dcm: "dcmtk",
  dcmqrscp: "dcmtk",
  dcmsend: "dcmtk",
  echoscu: "dcmtk",
  findscu: "dcmtk",
  getscu: "dcmtk",
  movescu: "dcmtk",
  storescp: "dcmtk",
  storescu: "dcmtk",
  termscu: "dcmtk",
  dciodvfy: "dicom3tools",
  dcmcjpeg: "dcmtk",
  dcmcjpls: "dcmtk",
  dcmcrle: "dcmtk",
  opj_compress: "libopenjp2-tools",
  opj_decompress: "libopenjp2-tools",
  gdcmdump: "libgdcm-tools",
  gdcmconv: "libgdcm-tools",
  gdcminfo: "libgdcm-tools",
  gdcmscu: "libgdcm-tools",
  Orthanc: "orthanc orthanc-dicomweb",
  // Debian's own, since python3-pydicom belongs to it and a PATH may lead to another.
  "/usr/bin/python3": "python3-pydicom",
  "/usr/lib/python3/dist-packages/prometheus_client": "python3-prometheus-client",
  bash: "bash",
  chromium: "chromium",
  convert: "imagemagick",
  curl: "curl",
  debootstrap: "debootstrap",
  identify: "imagemagick",
  memcached: "memcached",
  openssl: "openssl",
  script: "bsdutils",
  strace: "strace",
  "swift-account-server": "swift-account",
  "swift-container-server": "swift-container",
  "swift-object-server": "swift-object",
  "swift-proxy-server": "swift-proxy",
  unzip: "unzip",
  wrk: "wrk",
} as const;

/** Name of a program that tests may need. */
export type Program = keyof typeof PROGRAMS;

/** A data folder in which tests find the viewer installed; it is too much to get for each run. */
export const VIEWER_DATA = `${Deno.env.get("HOME") ?? ""}/.cache/gantry`;

/** The libSQL server that tests start. */
export const SQLD = `${VIEWER_DATA}/sqld/sqld`;

/**
 * A test that needs other programs, the corpus, or both. It is run with the corpus' folder, whose
 * URL ends in a slash.
 */
export function peerTest(
  name: string,
  needs: readonly Need[],
  run: (corpus: URL) => Promise<void>,
): void {
  const reasons = missingOf(needs);
  if (reasons.length === 0) {
    Deno.test(name, () => run(CORPUS));
  } else if (Deno.env.get("CI") === "true" && needs.some((need) => isMissingProgram(need))) {
    Deno.test(name, () => {
      throw new Error(reasons.join("; "));
    });
  } else {
    Deno.test({ name: `${name} [skipped: ${reasons.join("; ")}]`, ignore: true, fn() {} });
  }
}

/** Why a test with these needs cannot be run here; nothing where it can. */
export function missingOf(needs: readonly Need[]): readonly string[] {
  return needs.flatMap((need) => missing(need) ?? []);
}

/** Real DICOM files beside the project; they are never part of it. */
const CORPUS = new URL("../../../shared/data/dicom/", import.meta.url);

/** What a test can need. */
export type Need = Program | "corpus" | "sqld" | "viewer" | "root";

/** A missing program, sqld or the viewer can be had anywhere; the corpus and a user's rights cannot. */
function isMissingProgram(need: Need): boolean {
  if (need === "viewer") return !isThere(`${VIEWER_DATA}/viewer/${OHIF.build}`);
  if (need === "sqld") return !isThere(SQLD);
  return need !== "corpus" && need !== "root" && pathOf(need) === undefined;
}

function missing(need: Need): string | undefined {
  if (need === "corpus") {
    return isThere(CORPUS) ? undefined : "the DICOM corpus ../shared/data/dicom is not here";
  }
  if (need === "root") return mayMount() ? undefined : "only root may mount, and change its root";
  if (!isMissingProgram(need)) return undefined;
  if (need === "viewer") {
    return `the viewer is not here, try: GANTRY_DATA=${VIEWER_DATA} deno task viewer`;
  }
  if (need === "sqld") return `sqld is not here, try: .ci/sqld ${SQLD}`;
  return `${need} is not installed, try: apt-get install ${PROGRAMS[need]}`;
}

/** Root in a container may not always. */
function mayMount(): boolean {
  if (Deno.uid() !== 0) return false;
  return new Deno.Command("unshare", { args: ["--mount", "true"] }).outputSync().success;
}

function pathOf(name: Program): string | undefined {
  if (name.startsWith("/")) {
    const isPydicomThere = isThere("/usr/lib/python3/dist-packages/pydicom");
    return isThere(name) && isPydicomThere ? name : undefined;
  }
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.map((folder) => `${folder}/${name}`).find(isThere);
}

function isThere(path: string | URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
