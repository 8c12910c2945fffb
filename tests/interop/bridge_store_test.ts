import { assert, assertEquals, assertLess } from "@std/assert";
import { type GatewayProcess, withGateway } from "../support/bridge_process.ts";
import { asSent, assertStored, send } from "../support/bridge_sending.ts";
import { runTool, statusesOf } from "../support/dcmtk.ts";
import { ctInstance } from "../support/part10_builder.ts";
import { type Part10File, storedInstance } from "../support/part10_files.ts";
import { peerTest } from "../support/peers.ts";
import { spooled, untilUploaded } from "../support/spool_watch.ts";

const ROOT = "1.2.826.0.1.3680043.10.1";
const IMAGES = 20;

/** CT images of one series that are larger than a few PDUs. */
async function writeImages(folder: string, count = IMAGES): Promise<string[]> {
  const UIDs = Array.from({ length: count }, (_, number) => `${ROOT}.4.${number + 1}`);
  for (const [index, sopInstanceUID] of UIDs.entries()) {
    const file = ctInstance({ sopInstanceUID, instanceNumber: index + 1, rows: 96, columns: 256 });
    await Deno.writeFile(`${folder}/${String(index).padStart(3, "0")}.dcm`, file);
  }
  return UIDs;
}

/** Runs a test with a folder of images. */
async function withImages(run: (folder: string, UIDs: readonly string[]) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "gantry-images-" });
  try {
    await run(folder, await writeImages(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Other content of the same instance takes its place. */
const REPLACING = {
  config: { archives: [{ name: "default", aets: ["GANTRY"], conflict: "replace" }] },
};

/** Each of storescu's ways to propose and to fill PDUs. */
const MODES: readonly (readonly string[])[] = [
  [],
  ["-pdu", "4096"],
  ["-pdu", "131072", "--max-send-pdu", "131072"],
  ["--max-send-pdu", "4096"],
  ...["-xi", "-xe", "-xb", "-xs", "-xv", "-xt", "-xr", "-xd"].map((mode) => [mode]),
  ["-R"],
  ["-R", "+C"],
  ["+C"],
];

peerTest(
  "bridge: stores what storescu sends in every mode, unchanged",
  ["storescu", "storescp"],
  () =>
    withImages((folder, UIDs) =>
      withGateway(async (gateway) => {
        for (const mode of MODES) {
          const { code, output } = await send("storescu", gateway, ...mode, "+sd", folder);
          assertEquals(code, 0, output);
          assertEquals(statusesOf(output), UIDs.map(() => "Success"), mode.join(" "));
          // A receiver that takes one transfer syntax: what the mode prefers is what the bridge chose.
          const { transferSyntaxUID } = (await afterUpload(gateway, UIDs[0]!))!;
          const only = ONLY[transferSyntaxUID];
          assert(only !== undefined, `${mode.join(" ")}: ${transferSyntaxUID}`);
          await assertStored(gateway, await asSent("storescu", [only, "+sd", folder]));
        }
      }, REPLACING)
    ),
);

/** storescu's option that proposes a transfer syntax before all others. */
const ONLY: Readonly<Record<string, string>> = {
  "1.2.840.10008.1.2": "-xi",
  "1.2.840.10008.1.2.1": "-xe",
  "1.2.840.10008.1.2.1.99": "-xd",
  "1.2.840.10008.1.2.2": "-xb",
};

async function afterUpload(gateway: GatewayProcess, UID: string): Promise<Part10File | undefined> {
  await untilUploaded(gateway.spool);
  return await storedInstance(gateway.dicomweb, UID);
}

peerTest(
  "bridge: stores instances whose UIDs the sender invents",
  ["storescu"],
  () =>
    withImages((folder) =>
      withGateway(async (gateway) => {
        const invent = ["+II", "+IR", "5", "--repeat", "10"];
        const { code, output } = await send("storescu", gateway, ...invent, `${folder}/000.dcm`);
        assertEquals(code, 0, output);
        assertEquals(statusesOf(output), Array(10).fill("Success"));
        await untilUploaded(gateway.spool);
        assertEquals((await search(gateway, "instances")).length, 10);
        assertEquals((await search(gateway, "series")).length, 2);
      })
    ),
);

peerTest(
  "bridge: what was answered is kept though the association is aborted",
  ["storescu"],
  () =>
    withImages((folder, UIDs) =>
      withGateway(async (gateway) => {
        const { output } = await send("storescu", gateway, "--abort", "+sd", folder);
        assertEquals(statusesOf(output).length, UIDs.length, output);
        await untilUploaded(gateway.spool);
        assertEquals((await search(gateway, "instances")).length, UIDs.length);
      })
    ),
);

peerTest(
  "bridge: nothing is left of an instance whose sender is killed",
  ["storescu", "echoscu"],
  () =>
    withImages((folder) =>
      withGateway(async (gateway) => {
        const large = `${folder}/large.dcm`;
        await Deno.writeFile(large, ctInstance({ rows: 4096, columns: 4096 }));
        using watcher = Deno.watchFs(`${gateway.spool}/incoming`);
        // Small PDUs, each waiting for the acknowledgement of the one before: it takes its time.
        const sender = new Deno.Command("storescu", {
          args: [
            "-aec",
            gateway.aet,
            "--max-send-pdu",
            "4096",
            gateway.host,
            `${gateway.port}`,
            large,
          ],
          env: { TCP_NODELAY: "0" },
          stdout: "null",
          stderr: "null",
        }).spawn();
        let isKilled = false;
        for await (const { kind } of watcher) {
          if (!isKilled && kind !== "remove") {
            sender.kill("SIGKILL");
            isKilled = true;
          }
          if (isKilled && spooled(gateway.spool, "incoming").length === 0) break;
        }
        await sender.status;
        assertEquals(spooled(gateway.spool, "ready"), []);
        assertEquals((await send("echoscu", gateway, "-v")).code, 0);
        assertEquals(await search(gateway, "instances"), []);
      })
    ),
);

const IDENTITIES: readonly (readonly string[])[] = [
  ["-usr", "bob"],
  ["-usr", "bob", "-pwd", "hunter2"],
  ["-usr", "bob", "-pwd", "hunter2", "-rsp"],
  ["-kt", "ticket"],
  ["-kt", "ticket", "-rsp"],
  ["--saml", "ticket"],
  ["--jwt", "ticket"],
  ["--jwt", "ticket", "-rsp"],
];

peerTest(
  "bridge: takes user identities of every kind, and logs none",
  ["storescu"],
  () =>
    withImages((folder) =>
      withGateway(async (gateway) => {
        await Deno.writeTextFile(`${folder}/ticket`, "hunter2.hunter2.hunter2");
        for (const identity of IDENTITIES) {
          const args = identity.map((word) => word === "ticket" ? `${folder}/ticket` : word);
          const { code, output } = await send("storescu", gateway, ...args, `${folder}/000.dcm`);
          assertEquals(code, 0, `${identity.join(" ")}: ${output}`);
          assertEquals(statusesOf(output), ["Success"]);
        }
        assert(!gateway.log().includes("hunter2"));
      })
    ),
);

peerTest(
  "bridge: stores what gdcmscu sends",
  ["gdcmscu"],
  () =>
    withImages((folder) =>
      withGateway(async (gateway) => {
        const peer = ["--call", gateway.aet, "-H", gateway.host, "-p", `${gateway.port}`];
        // It ends with an exception of its own after each release, whoever the peer is.
        await runTool("gdcmscu", ["--echo", ...peer]);
        await runTool("gdcmscu", ["--store", ...peer, "-i", `${folder}/000.dcm`]);
        await gateway.logged(/"association":2,"ending":"released","requests":1,/);
        await untilUploaded(gateway.spool);
        assertEquals((await search(gateway, "instances")).length, 1);
      })
    ),
);

peerTest(
  "bridge: four senders and sixty silent sockets do not delay a C-ECHO",
  ["storescu", "echoscu"],
  () =>
    withImages((folder, UIDs) =>
      withGateway(async (gateway) => {
        const { host: hostname, port } = gateway;
        const silent = await Promise.all(
          Array.from({ length: 60 }, () => Deno.connect({ hostname, port })),
        );
        try {
          const sending = [10, 11, 12, 13].map((repeat) =>
            send("storescu", gateway, "+II", "--repeat", `${repeat}`, "+sd", folder)
          );
          const started = performance.now();
          const echoed = await send("echoscu", gateway, "-v");
          assertLess(performance.now() - started, 1000);
          assertEquals(echoed.code, 0, echoed.output);
          const outcomes = await Promise.all(sending);
          for (const { code, output } of outcomes) assertEquals(code, 0, output);
          const stored = outcomes.flatMap(({ output }) => statusesOf(output));
          assertEquals(stored, Array(UIDs.length * (10 + 11 + 12 + 13)).fill("Success"));
        } finally {
          for (const socket of silent) socket.close();
        }
      })
    ),
);

async function search(gateway: GatewayProcess, path: string): Promise<readonly unknown[]> {
  return await (await fetch(`${gateway.dicomweb}/${path}`)).json();
}
