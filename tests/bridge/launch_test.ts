import { assert, assertEquals } from "@std/assert";
import { clientFlags, permissionFlags } from "../../bridge/launch.ts";
import { type BridgeSettings, readBridgeSettings } from "../../bridge/settings.ts";

async function settingsOf(
  variables: Record<string, string>,
  config: unknown = {},
): Promise<BridgeSettings> {
  const { settings, problems } = await readBridgeSettings(
    (name) => name === "GANTRY_CONFIG" ? "gantry.json" : variables[name],
    () => Promise.resolve(JSON.stringify(config)),
  );
  assertEquals(problems, []);
  return settings;
}

async function flagsOf(
  variables: Record<string, string>,
  config: unknown = {},
): Promise<Map<string, readonly string[]>> {
  const settings = await settingsOf(variables, config);
  return new Map(
    permissionFlags(settings).map((flag) => {
      const [name, value] = flag.split("=");
      assert(value !== undefined && value !== "", `${flag} is not narrowed`);
      return [name!, value.split(",")];
    }),
  );
}

Deno.test("permissionFlags: the bridge listens, reaches the server and writes to its spool, no more", async () => {
  const flags = await flagsOf({ GANTRY_SPOOL: "/srv/spool" });
  assertEquals(flags.get("--allow-net"), ["127.0.0.1:11112", "127.0.0.1:8080"]);
  assertEquals(flags.get("--allow-write"), ["/srv/spool"]);
  assertEquals(flags.get("--allow-read"), ["/srv/spool", "gantry.json"]);
  assert(!flags.has("--allow-run") && !flags.has("--allow-ffi") && !flags.has("--allow-import"));
});

Deno.test("permissionFlags: known AEs are reached at their ports, and their names looked up", async () => {
  const ae = { title: "A", host: "10.0.0.5", port: 104 };
  const flags = await flagsOf({
    GANTRY_DIMSE_HOST: "0.0.0.0",
    GANTRY_DIMSE_PORT: "0",
    GANTRY_CORE_URL: "https://pacs.example.org/aets/{AE}/rs",
  }, {
    aes: [
      ae,
      { ...ae, title: "B", host: "ct1.example.org", tls: { ca: "ca.pem" } },
      { ...ae, title: "C", host: "::1", checkAddress: false },
      { ...ae, title: "D", host: "nat.example.org", checkAddress: false },
    ],
    dimse: { tls: { cert: "own.pem", key: "own.key" } },
  });
  assertEquals(flags.get("--allow-net"), [
    "0.0.0.0",
    "0.0.0.0:2762",
    "pacs.example.org:443",
    "10.0.0.5:104",
    "ct1.example.org:104",
    "[::1]:104",
    "nat.example.org:104",
    "ct1.example.org",
  ]);
  assertEquals(flags.get("--allow-read"), [
    "./data/spool",
    "gantry.json",
    "own.pem",
    "own.key",
    "ca.pem",
  ]);
});

Deno.test("clientFlags: a command reaches its peer, and reads what it sends", async () => {
  const settings = await settingsOf({});
  const flags = clientFlags(["store", "PACS1@10.0.0.5:104", "a.dcm", "b.dcm"], settings);
  assertEquals(flags.filter((flag) => !flag.startsWith("--allow-env")), [
    "--allow-net=10.0.0.5:104",
    "--allow-read=a.dcm",
    "--allow-read=b.dcm",
    "--allow-read=gantry.json",
  ]);
  assertEquals(clientFlags(["--help"], settings).length, 2);
});
