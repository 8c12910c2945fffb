/**
 * Instances that the server refused for good. They are kept, each with its reason beside it, until
 * a person decides.
 * @module
 */
import { syncFolder } from "./folder_sync.ts";

/** Why an instance is not sent again. */
export interface DeadLetter {
  /** Failure Reason in words, as `0111 (duplicate SOP instance)`. */
  readonly reason: string;
  /** Without values of the data set. */
  readonly explanation: string;
  readonly callingAETitle: string | undefined;
  readonly calledAETitle: string | undefined;
}

const NEW_FILE = { create: true, write: true, truncate: true, mode: 0o600 };

const WHAT_TO_DO = "To send the instance again, move its .dcm file into the folder ready beside " +
  "this one and restart the bridge. To give it up, delete both files.";

/**
 * Moves a file into the folder `dead`, durably, with its reason beside it; answers the file's name
 * there.
 */
export async function bury(spool: string, path: string, letter: DeadLetter): Promise<string> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const folder = `${spool}/dead`;
  const text = { ...letter, refusedAt: new Date().toISOString(), whatToDo: WHAT_TO_DO };
  const reason = await Deno.open(`${folder}/${name}.json`, NEW_FILE);
  try {
    reason.writeSync(new TextEncoder().encode(`${JSON.stringify(text, null, 2)}\n`));
    await reason.sync();
  } finally {
    reason.close();
  }
  await Deno.rename(path, `${folder}/${name}`);
  await syncFolder(folder);
  return name;
}
