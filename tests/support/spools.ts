/**
 * Spools in temporary folders.
 * @module
 */
import { fileHead } from "../../bridge/spool/origin.ts";
import type { ReadyQueue } from "../../bridge/spool/ready_queue.ts";
import { openSpool, type Spool, type SpoolOptions } from "../../bridge/spool/spool.ts";
import type { LogRecord } from "../../lib/log.ts";
import { CT_IMAGE_STORAGE } from "./incoming_store.ts";
import { buildDataSet, ctElements, SYNTAX, value } from "./part10_builder.ts";

/** A spool of a test's own. */
export interface TestSpool {
  readonly folder: string;
  readonly spool: Spool;
  /** What was logged through {@linkcode log}. */
  readonly logged: LogRecord[];
  readonly log: (record: LogRecord) => void;
  /** Closes the spool and opens it again, as a restart would. */
  reopen(): Promise<Spool>;
  /** Paths of all files in one of the spool's folders. */
  files(name: SpoolFolder): Promise<string[]>;
  /** Puts an image into the spool as if an AE had sent it. */
  add(SOPInstanceUID: string, options?: { calledAETitle?: string; bytes?: number }): Promise<void>;
  /** The queue of the archive GANTRY. */
  queue(): Promise<ReadyQueue>;
  /** Resolves when so many files are in one of the folders. */
  until(name: SpoolFolder, count: number): Promise<void>;
}

/** A folder of files in a spool. */
type SpoolFolder = "incoming" | "ready" | "dead";

/** The archive to which instances go unless a test says otherwise. */
const AET = "GANTRY";

/** Runs a test on a spool of its own. */
export async function withSpool(
  test: (spool: TestSpool) => Promise<void>,
  options: Partial<SpoolOptions> = {},
): Promise<void> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "gantry-spool-" });
  let spool = await openSpool({ aet: AET, ...options, folder });
  const logged: LogRecord[] = [];
  const files = async (name: SpoolFolder) =>
    (await Array.fromAsync(walk(`${folder}/${name}`))).sort();
  try {
    await test({
      folder,
      get spool() {
        return spool;
      },
      logged,
      log: (record) => logged.push(record),
      async reopen() {
        spool.close();
        return spool = await openSpool({ aet: AET, ...options, folder });
      },
      files,
      async add(SOPInstanceUID, { calledAETitle = AET, bytes = 100 } = {}) {
        const arrival = spool.begin(
          calledAETitle,
          fileHead({
            SOPClassUID: CT_IMAGE_STORAGE,
            SOPInstanceUID,
            transferSyntaxUID: SYNTAX.explicit,
            callingAETitle: "MODALITY",
            calledAETitle,
          }),
        );
        const pixels = value(0x7fe00010, "OW", new Uint8Array(bytes));
        const elements = ctElements({ sopInstanceUID: SOPInstanceUID, elements: [pixels] });
        await arrival.write(buildDataSet(elements));
        await arrival.commit();
      },
      queue: () => spool.ready.queueOf(AET),
      async until(name, count) {
        const watcher = Deno.watchFs(`${folder}/${name}`);
        try {
          if ((await files(name)).length === count) return;
          for await (const _ of watcher) if ((await files(name)).length === count) return;
        } finally {
          watcher.close();
        }
      },
    });
  } finally {
    spool.close();
    if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
  }
}

async function* walk(folder: string): AsyncGenerator<string> {
  // A folder may go while it is looked at.
  for (const entry of await Array.fromAsync(Deno.readDir(folder)).catch(() => [])) {
    if (entry.isDirectory) yield* walk(`${folder}/${entry.name}`);
    else yield `${folder}/${entry.name}`;
  }
}
