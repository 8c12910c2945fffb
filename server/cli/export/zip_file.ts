/**
 * An export as a ZIP archive.
 * @module
 */
import { zipped } from "../../services/zip_stream.ts";
import { UsageError } from "../command.ts";
import { type Destination, parentOf, PARTIAL, syncFolder, writeAll } from "./destination.ts";

/** The archive at `path`. Throws UsageError where something is there. */
export async function zipFile(path: string): Promise<Destination> {
  const aside = `${path}${PARTIAL}`;
  await refuseExisting(path, "choose another name");
  await refuseExisting(aside, "it is left of an export that broke off: remove it");
  return {
    async write(files) {
      try {
        {
          using file = await Deno.open(aside, { write: true, createNew: true });
          for await (const chunk of zipped(files)) await writeAll(file, chunk);
          await file.syncData();
        }
        await refuseExisting(path, "it came while the export ran");
        await Deno.rename(aside, path);
        await syncFolder(parentOf(path));
      } catch (error) {
        await Deno.remove(aside).catch(ignoreMissing);
        throw error;
      }
    },
  };
}

async function refuseExisting(path: string, instead: string): Promise<void> {
  try {
    await Deno.lstat(path);
  } catch (error) {
    // Where its folder is none, writing says so.
    const isFree = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isFree) return;
    throw error;
  }
  throw new UsageError(`${path} is there already: ${instead}`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
