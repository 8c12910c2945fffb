/**
 * Uploads from a spool to a server, both of a test's own.
 * @module
 */
import { createStow, type Stow } from "../../bridge/gateway/stow.ts";
import { startUploader, type Uploader } from "../../bridge/spool/uploader.ts";
import { type TestSpool, withSpool } from "./spools.ts";
import { stored, type StowServer, withStowServer } from "./stow_server.ts";

/** As the bridge waits, a hundred times as fast. */
export const BACK_OFF = { first: 10, longest: 100 };

/** SOP Instance UIDs, enough for several requests. */
export const UIDS: readonly string[] = Array.from({ length: 20 }, (_, i) => `2.25.${i + 1}`);

/** Starts an uploader, by way of the server or of something else; tells of the archives that it asks for. */
export type Start = (stow?: Stow, onTitle?: (title: string) => void) => Uploader;

/** Runs a test with a spool, a server, and what brings the one to the other; each archive is at `/rs/{AE}`. */
export async function withUpload(
  test: (spool: TestSpool, server: StowServer, start: Start) => Promise<void>,
): Promise<void> {
  await withStowServer((server) =>
    withSpool(async (spool) => {
      await using uploads = new AsyncDisposableStack();
      await test(spool, server, (stow, onTitle = () => {}) => {
        const uploader = startUploader({
          spool: spool.spool,
          stowFor(title) {
            onTitle(title);
            const base = `${server.base}/${encodeURIComponent(title)}`;
            return stow ?? createStow({ base, token: "secret" });
          },
          log: spool.log,
          backOff: BACK_OFF,
        });
        uploads.defer(() => uploader.stop());
        return uploader;
      });
    })
  );
}

/** Answers one after another, then stores everything. */
export function answers(...all: StowServer["answer"][]): StowServer["answer"] {
  const left = [...all];
  return (request) => (left.shift() ?? (({ uids }) => stored(uids)))(request);
}
