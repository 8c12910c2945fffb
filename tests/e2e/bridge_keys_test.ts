/**
 * The bridge before a server that wants a key: with one everything works, and without a valid one
 * nothing is lost and the fault has a name.
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { startBridge } from "../support/bridge_process.ts";
import { runTool, startStorescp } from "../support/dcmtk.ts";
import { findscu } from "../support/findscu.ts";
import { withKeyedServer } from "../support/keyed_server.ts";
import { peerTest } from "../support/peers.ts";
import { getscu, keys, movescu } from "../support/retrieve_tools.ts";
import { STUDY_ROOT, studyFile } from "../support/study_files.ts";

const STUDY = `${STUDY_ROOT}.1`;
const STUDY_KEYS = ["-S", ...keys({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: STUDY })];
const FIND = ["-S", ...keys({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: "" })];

const DENIED =
  /"message":"The server does not let the bridge store: check GANTRY_CORE_URL, GANTRY_CORE_TOKEN/;

/** Waits until the server has so many instances of the study, as another client sees it. */
async function untilStored(
  dicomweb: string,
  headers: Readonly<Record<string, string>>,
  count: number,
): Promise<void> {
  for (;;) {
    const response = await fetch(`${dicomweb}/studies/${STUDY}/instances`, { headers });
    assertEquals(response.status, 200);
    if ((await response.json()).length === count) return;
  }
}

peerTest(
  "bridge: stores, finds, moves and gets with its key; with one that is revoked nothing is lost, and with the next all arrives",
  ["storescu", "findscu", "movescu", "getscu", "storescp"],
  async () => {
    const destination = await startStorescp({ aet: "DEST" });
    const folder = await Deno.makeTempDir({ prefix: "gantry-keys-" });
    try {
      await withKeyedServer({}, async (server) => {
        const aes = [{ title: "DEST", host: "127.0.0.1", port: destination.port }];
        const spool = `${folder}/spool`;
        const start = (key: string) =>
          startBridge(`${server.url}/dicomweb`, {
            config: { aes, unknownAes: "accept" },
            env: { GANTRY_SPOOL: spool, GANTRY_CORE_TOKEN: key },
          });
        const send = async (
          { aet, port }: { readonly aet: string; readonly port: number },
          image: number,
        ) => {
          const file = `${folder}/${image}.dcm`;
          await Deno.writeFile(file, studyFile({ study: 1, image }));
          return await runTool("storescu", ["-v", "-aec", aet, "127.0.0.1", `${port}`, file]);
        };

        const first = await server.addKey("read,write");
        const bridge = await start(first.key);
        assertEquals((await send(bridge, 1)).code, 0);
        await untilStored(server.dicomweb, server.all.headers, 1);
        assertEquals((await findscu(bridge, FIND)).matches.length, 1);
        const got = await getscu(bridge, STUDY_KEYS);
        assertEquals([got.files.length, got.failed], [1, 0], got.output);
        const moved = await movescu(bridge, "DEST", STUDY_KEYS);
        assertEquals([moved.completed, moved.failed], [1, 0], moved.output);

        await server.revokeKey(first);
        // The sender is told that it is kept, and it is.
        assertEquals((await send(bridge, 2)).code, 0);
        await bridge.logged(DENIED);
        const refused = await findscu(bridge, FIND);
        assertEquals(refused.statuses, ["Failed: UnableToProcess"], refused.output);
        assertEquals(refused.matches, []);
        await bridge.logged(
          /"message":"query done".*"why":"The server answered 401: check GANTRY_CORE_TOKEN"/,
        );
        for (
          const retrieval of [
            await getscu(bridge, STUDY_KEYS),
            await movescu(bridge, "DEST", STUDY_KEYS),
          ]
        ) {
          assertStringIncludes(retrieval.status ?? "", "0xa701", retrieval.output);
          assertStringIncludes(
            retrieval.output,
            "The server answered 401: check GANTRY_CORE_TOKEN",
          );
        }
        assertEquals(await bridge.stop(), 0);

        // A key that may not store is told apart, and keeps what was sent as well.
        const reader = await server.addKey("read");
        const half = await start(reader.key);
        await half.logged(/"reason":"The server answered 403: check GANTRY_CORE_TOKEN"/);
        assertEquals((await findscu(half, FIND)).matches.length, 1);
        assertEquals(await half.stop(), 0);

        const whole = await start((await server.addKey("read,write")).key);
        await untilStored(server.dicomweb, server.all.headers, 2);
        assertEquals(await whole.stop(), 0);
      });
    } finally {
      await destination.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
