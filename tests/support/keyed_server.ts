/**
 * A server that wants a key, as the command line makes it.
 * @module
 */
import { runTask } from "./run_task.ts";
import { type ServerProcess, withServer } from "./server_process.ts";
import { SERVERS } from "./storage.ts";

/** What a key's maker gets to see. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
  /** To be sent with a request. */
  readonly headers: { readonly Authorization: string };
}

/** A server whose first key is made. */
export interface KeyedServer extends ServerProcess {
  /** Makes another. `scopes`: as the command line takes them. */
  addKey(scopes: string): Promise<MadeKey>;
  /** Resolves when nothing takes it any more: what was revoked is believed for a second. */
  revokeKey(key: MadeKey): Promise<void>;
  /** Reads, writes and deletes. */
  readonly all: MadeKey;
}

/** Runs `use` with a server of its own that wants a key. */
export async function withKeyedServer(
  env: Readonly<Record<string, string>>,
  use: (server: KeyedServer) => Promise<void>,
): Promise<void> {
  await withServer(env, async (server) => {
    const keys = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await runTask(["keys", ...args, "--json"], {
        GANTRY_DATA: server.data,
      });
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    };
    const addKey = async (scopes: string): Promise<MadeKey> => {
      const { id, key } = await keys("add", "--name", scopes, "--scopes", scopes);
      return { id, key, headers: { Authorization: `Bearer ${key}` } };
    };
    const all = await addKey("read,write,delete");
    // Until a server has read the list of keys it lets everyone in.
    await untilRefused(server, {});
    await use({
      ...server,
      all,
      addKey,
      async revokeKey({ id, headers }) {
        await keys("revoke", id);
        await untilRefused(server, headers);
      },
    });
  });
}

/** Asks until every server, however many take turns, has refused. */
async function untilRefused(
  { dicomweb }: ServerProcess,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  for (let refusals = 0; refusals < 2 * SERVERS;) {
    const response = await fetch(`${dicomweb}/studies`, { headers });
    await response.body?.cancel();
    refusals = response.status === 401 ? refusals + 1 : 0;
  }
}
