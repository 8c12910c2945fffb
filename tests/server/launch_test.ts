import { assert, assertEquals } from "@std/assert";
import { parseEnvironment } from "../../lib/config/environment.ts";
import { permissionFlags, type Program } from "../../server/launch.ts";

function flagsOf(
  program: Program,
  variables: Record<string, string> = {},
  args: readonly string[] = [],
): Map<string, string> {
  const { settings } = parseEnvironment((name) => variables[name]);
  return new Map(
    permissionFlags(program, settings, args).map((flag) => {
      const [name, value] = flag.split("=");
      assert(value !== undefined && value !== "", `${flag} is not narrowed`);
      return [name!, value];
    }),
  );
}

Deno.test("permissionFlags: the server listens at its address and writes to its folder, no more", () => {
  const flags = flagsOf("server", {
    GANTRY_DATA: "/srv/gantry",
    GANTRY_CONFIG: "/etc/gantry.json",
  });
  assertEquals(flags.get("--allow-net"), "127.0.0.1:8080");
  assertEquals(flags.get("--allow-write"), "/srv/gantry");
  const readable = flags.get("--allow-read")!.split(",");
  assert(readable.includes("/srv/gantry") && readable.includes("/etc/gantry.json"));
  // Data, configuration, the code of workers, and the codecs.
  assertEquals(readable.length, 6);
  assert(!flags.has("--allow-run") && !flags.has("--allow-import"));
});

Deno.test("permissionFlags: an IPv6 address is bracketed, and port 0 is any", () => {
  const address = { GANTRY_HOST: "::1", GANTRY_PORT: "8042" };
  assertEquals(flagsOf("server", address).get("--allow-net"), "[::1]:8042");
  assertEquals(flagsOf("server", { GANTRY_PORT: "0" }).get("--allow-net"), "127.0.0.1");
});

Deno.test("permissionFlags: conform reaches the server that it is to check, and no other", () => {
  const net = (...args: string[]) => flagsOf("conform", {}, args).get("--allow-net");
  assertEquals(net("https://pacs.example.org/dicom-web", "--token", "a"), "pacs.example.org:443");
  assertEquals(net("http://[::1]:8080/dicomweb"), "[::1]:8080");
  assertEquals(net("--help"), undefined);
});

Deno.test("permissionFlags: the command line has no network", () => {
  for (const program of ["keys", "verify"] as const) {
    assert(!flagsOf(program).has("--allow-net"));
  }
});
