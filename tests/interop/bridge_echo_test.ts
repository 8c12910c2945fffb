import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { type GatewayProcess, withGateway } from "../support/bridge_process.ts";
import { runTool } from "../support/dcmtk.ts";
import { peerTest, type Program } from "../support/peers.ts";
import { proxyHeaderV1, startProxy } from "../support/proxy_front.ts";

/** Runs a program of DCMTK on the bridge, by its right title unless `args` say another. */
function run(program: Program, gateway: GatewayProcess, ...args: readonly string[]) {
  const address = [gateway.host, `${gateway.port}`];
  const called = args.includes("-aec") ? [] : ["-aec", gateway.aet];
  return runTool(program, [...called, ...args, ...address]);
}

async function assertEchoes(gateway: GatewayProcess): Promise<void> {
  const { code, output } = await run("echoscu", gateway);
  assertEquals(code, 0, output);
}

peerTest(
  "bridge: answers C-ECHO, alone and a thousand times in a second",
  ["echoscu"],
  () =>
    withGateway(async (gateway) => {
      const { code, output } = await run("echoscu", gateway, "-v");
      assertEquals(code, 0, output);
      assertStringIncludes(output, "Received Echo Response (Success)");

      const many = ["-pts", "38", "-ppc", "128", "--repeat"];
      assertEquals((await run("echoscu", gateway, ...many, "1")).code, 0);
      const started = performance.now();
      const thousand = await run("echoscu", gateway, ...many, "1000");
      assertEquals(thousand.code, 0, thousand.output);
      assertLess(performance.now() - started, 1000);
    }),
);

peerTest(
  "bridge: an association that is aborted is logged, and the next one served",
  ["echoscu"],
  () =>
    withGateway(async (gateway) => {
      assertEquals((await run("echoscu", gateway, "--abort")).code, 0);
      await gateway.logged(/"aborted"/);
      await assertEchoes(gateway);
      assert(!gateway.log().includes('"level":"error"'), gateway.log());
    }),
);

peerTest(
  "bridge: refuses titles that are not known, and says what to do",
  ["echoscu"],
  () =>
    withGateway(async (gateway) => {
      const called = await run("echoscu", gateway, "-aet", "KNOWN", "-aec", "WRONG");
      assertEquals(called.code !== 0, true);
      assertStringIncludes(called.output, "Called AE Title Not Recognized");
      await gateway.logged(/GANTRY_AET/);

      const calling = await run("echoscu", gateway, "-aet", "STRANGER");
      assertEquals(calling.code !== 0, true);
      assertStringIncludes(calling.output, "Calling AE Title Not Recognized");
      await gateway.logged(/\\"title\\": \\"STRANGER\\", \\"host\\": \\"127.0.0.1\\"/);

      const elsewhere = await run("echoscu", gateway, "-aet", "ELSEWHERE");
      assertStringIncludes(elsewhere.output, "Calling AE Title Not Recognized");
      await gateway.logged(/checkAddress/);

      assertEquals((await run("echoscu", gateway, "-aet", "KNOWN")).code, 0);
      assertEquals((await run("echoscu", gateway, "-aet", "NAMED")).code, 0);
      assertEquals((await run("echoscu", gateway, "-aet", "KNOWN", "-aec", "RESEARCH")).code, 0);
    }, {
      config: {
        archives: [{ name: "research", aets: ["RESEARCH"] }],
        aes: [
          { title: "KNOWN", host: "127.0.0.1", port: 104 },
          { title: "NAMED", host: "localhost", port: 104 },
          { title: "ELSEWHERE", host: "10.255.255.1", port: 104 },
        ],
      },
    }),
);

peerTest(
  "bridge: an AE is refused what it may not do, and the log says so",
  ["echoscu"],
  () =>
    withGateway(async (gateway) => {
      const { code, output } = await run("echoscu", gateway, "-aet", "SENDER");
      assertEquals(code !== 0, true);
      assertStringIncludes(output, "No Acceptable Presentation Contexts");
      await gateway.logged(/\\"may\\" of this AE/);
    }, {
      config: { aes: [{ title: "SENDER", host: "127.0.0.1", port: 104, may: ["store"] }] },
    }),
);

peerTest(
  "bridge: does not stop because a peer asks it to",
  ["echoscu", "termscu"],
  () =>
    withGateway(async (gateway) => {
      const { code } = await run("termscu", gateway);
      assertEquals(code !== 0, true);
      await assertEchoes(gateway);
    }),
);

peerTest(
  "bridge: behind a proxy it knows who called, and takes nobody else",
  ["echoscu"],
  () =>
    withGateway(async (gateway) => {
      const echoThrough = async (header: Uint8Array) => {
        await using proxy = startProxy(gateway, header);
        const port = `${proxy.port}`;
        return (await runTool("echoscu", ["-aet", "CT1", "-aec", gateway.aet, "127.0.0.1", port]))
          .code;
      };
      assertEquals(await echoThrough(proxyHeaderV1("10.0.0.21")), 0);
      assertEquals(await echoThrough(proxyHeaderV1("10.0.0.22")) !== 0, true);
      await gateway.logged(/calls from 10\.0\.0\.22/);
      assertEquals(await echoThrough(new Uint8Array()) !== 0, true);
      assertEquals(await echoThrough(proxyHeaderV1("10.0.0.21")), 0);
    }, {
      config: {
        aes: [{ title: "CT1", host: "10.0.0.21", port: 104 }],
        dimse: { proxyProtocol: true },
      },
    }),
);
