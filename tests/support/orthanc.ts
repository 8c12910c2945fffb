/**
 * Debian's Orthanc with its DICOMweb plugin as a real peer, in a temporary folder on a free port.
 * @module
 */

/** A running Orthanc. */
export interface OrthancProcess {
  /** Its REST API, without a trailing slash. */
  readonly url: string;
  /** DICOMweb root without a trailing slash. */
  readonly base: string;
  readonly version: string;
  stop(): Promise<void>;
}

const PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

/** Its DICOM side. */
export interface OrthancDicom {
  readonly aet: string;
  readonly port: number;
  /** Known peers by a name for the REST API: AE title, host, port. */
  readonly modalities: Readonly<Record<string, readonly [aet: string, host: string, port: number]>>;
}

/**
 * Starts Orthanc with its defaults but for folders, ports and access; resolves when it answers.
 * Without `dicom` it speaks HTTP only; with it, it takes every AE.
 */
export async function startOrthanc(
  { dicom }: { readonly dicom?: OrthancDicom } = {},
): Promise<OrthancProcess> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-orthanc-" });
  const port = freePort();
  const configuration = {
    Name: "peer",
    StorageDirectory: `${folder}/storage`,
    IndexDirectory: `${folder}/index`,
    HttpPort: port,
    ...(dicom === undefined ? { DicomServerEnabled: false } : {
      DicomAet: dicom.aet,
      DicomPort: dicom.port,
      DicomModalities: dicom.modalities,
      DicomAlwaysAllowMove: true,
      DicomAlwaysAllowGet: true,
    }),
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    Plugins: [PLUGIN],
    DicomWeb: { Enable: true, Root: "/dicom-web/" },
  };
  await Deno.writeTextFile(`${folder}/orthanc.json`, JSON.stringify(configuration));
  const child = new Deno.Command("Orthanc", {
    args: [`${folder}/orthanc.json`],
    // Its DICOM toolkit waits for an acknowledgement of each small write otherwise.
    env: { TCP_NODELAY: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  await untilLine(child.stderr, "Orthanc has started");
  const system = await (await fetch(`http://127.0.0.1:${port}/system`)).json();
  return {
    url: `http://127.0.0.1:${port}`,
    base: `http://127.0.0.1:${port}/dicom-web`,
    version: `${system.Version}`,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Resolves when the stream has said `text`, and goes on draining it so that the writer never blocks. */
async function untilLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  text: string,
): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!seen.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`Orthanc ended before it had started:\n${seen}`);
    seen += value;
  }
  void drain(reader);
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}
