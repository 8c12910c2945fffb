import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type BridgeOptions,
  type GatewayProcess,
  startBridge,
  startGateway,
  withGateway,
} from "../support/bridge_process.ts";
import { runTool } from "../support/dcmtk.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { runTask } from "../support/run_task.ts";
import { StartError } from "../support/server_process.ts";
import { untilUploaded } from "../support/spool_watch.ts";

/** Nobody answers there, and no test of a start asks. */
const NO_SERVER = "http://127.0.0.1:9/dicomweb";

async function refusalOf(options: BridgeOptions): Promise<string> {
  try {
    const bridge = await startBridge(NO_SERVER, options);
    await bridge.stop();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    assert(error.code !== 0);
    return error.log;
  }
  throw new Error("The bridge started");
}

/** Sends an image to the bridge, called by a title, and waits until the server has it. */
async function sendTo(gateway: GatewayProcess, title: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "gantry-image-" });
  try {
    await Deno.writeFile(`${folder}/image.dcm`, ctInstance());
    const address = [gateway.host, `${gateway.port}`];
    const args = ["-aec", title, ...address, `${folder}/image.dcm`];
    const { code, output } = await runTool("storescu", args);
    assertEquals(code, 0, output);
    await untilUploaded(gateway.spool);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function countAt(url: string, key?: string): Promise<number> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return (await (await fetch(`${url}/instances`, { headers })).json()).length;
}

Deno.test("start: server and bridge listen, and end together in order", async () => {
  const gateway = await startGateway();
  assertEquals(gateway.aet, "GANTRY");
  assertMatch(gateway.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assertEquals(await countAt(gateway.dicomweb), 0);
  assertEquals(await gateway.stop(), 0);
});

Deno.test("start: where the bridge dies the server ends too, and the code says so", async () => {
  const gateway = await startGateway();
  assert(await gateway.kill() !== 0);
});

Deno.test("start: where the server dies the bridge ends too, and the code says so", async () => {
  const gateway = await startGateway();
  Deno.kill(gateway.serverPid, "SIGKILL");
  assert(await gateway.ended() !== 0);
});

peerTest(
  "start: the first API key does not lock the bridge out",
  ["storescu"],
  () =>
    withGateway(async (gateway) => {
      const add = ["keys", "add", "--name", "viewer", "--scopes", "read", "--json"];
      const { stdout } = await runTask(add, { GANTRY_DATA: gateway.data });
      await sendTo(gateway, "GANTRY");
      assertEquals(await countAt(gateway.dicomweb, JSON.parse(stdout).key), 1);
    }),
);

peerTest(
  "start: the called title chooses the archive",
  ["storescu"],
  () =>
    withGateway(async (gateway) => {
      assertEquals(gateway.aet, "HOSPITAL");
      await sendTo(gateway, "RESEARCH");
      assertEquals(await countAt(`${gateway.url}/aets/RESEARCH/rs`), 1);
      assertEquals(await countAt(gateway.dicomweb), 0);
      await sendTo(gateway, "HOSPITAL");
      assertEquals(await countAt(gateway.dicomweb), 1);
    }, {
      env: { GANTRY_AET: "HOSPITAL" },
      config: { archives: [{ name: "research", aets: ["RESEARCH"] }] },
    }),
);

Deno.test("bridge: lists every wrong setting, of the environment and of the file", async () => {
  const log = await refusalOf({
    env: { GANTRY_DIMSE_PORT: "dicom", GANTRY_AET: "SEVENTEEN LETTERS" },
    config: { aes: [{ title: "CT1", hots: "10.0.0.5", port: 104 }] },
  });
  assertStringIncludes(log, "GANTRY_DIMSE_PORT");
  assertStringIncludes(log, "GANTRY_AET");
  assertStringIncludes(log, 'did you mean \\"host\\"?');
  for (const line of log.trim().split("\n")) assertEquals(JSON.parse(line).level, "error");
});

Deno.test("bridge: beyond loopback it wants to know who may connect", async () => {
  const env = { GANTRY_DIMSE_HOST: "0.0.0.0" };
  assertStringIncludes(await refusalOf({ env }), "no AE is known");
  const bridge = await startBridge(NO_SERVER, { env: { ...env, GANTRY_INSECURE: "1" } });
  assertEquals(await bridge.stop(), 0);
});

Deno.test("bridge: a spool or a port that another has is named", async () => {
  const bridge = await startBridge(NO_SERVER);
  try {
    const spool = { GANTRY_SPOOL: bridge.spool };
    assertStringIncludes(await refusalOf({ env: spool }), "belongs to another bridge");
    const port = { GANTRY_DIMSE_PORT: `${bridge.port}` };
    assertStringIncludes(
      await refusalOf({ env: port }),
      `Port ${bridge.port} of 127.0.0.1 is in use`,
    );
  } finally {
    assertEquals(await bridge.stop(), 0);
  }
});
