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

Deno.test("permissionFlags: dials the index and the object store of the settings, and runs no native code for them", () => {
  const elsewhere = {
    GANTRY_INDEX_URL: "libsql://db.example.org",
    GANTRY_BLOBS_URL: "s3://images",
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "key",
    AWS_REGION: "eu-west-1",
  };
  for (const program of ["server", "verify"] as const) {
    const flags = flagsOf(program, elsewhere);
    const net = flags.get("--allow-net")!.split(",").slice(program === "server" ? 1 : 0);
    assertEquals(net, ["db.example.org:443", "images.s3.eu-west-1.amazonaws.com:443"]);
    assert(!flags.has("--allow-ffi") && !flags.has("--allow-sys"));
  }
  const path = flagsOf("server", { ...elsewhere, AWS_ENDPOINT_URL: "http://127.0.0.1:9000" });
  assertEquals(path.get("--allow-net"), "127.0.0.1:8080,db.example.org:443,127.0.0.1:9000");
  assert(flagsOf("server", { ...elsewhere, GANTRY_INDEX_REPLICA: "1" }).has("--allow-ffi"));
});

Deno.test("permissionFlags: a command dials what it opens, and has the index's file where it opens that", () => {
  const elsewhere = {
    GANTRY_INDEX_URL: "libsql://db.example.org",
    GANTRY_BLOBS_URL: "s3://images",
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "key",
  };
  const [index, objects] = ["db.example.org:443", "images.s3.us-east-1.amazonaws.com:443"];
  const both = `${index},${objects}`;
  const cases: readonly (readonly [Program, readonly string[], string | undefined, boolean])[] = [
    ["keys", ["list"], index, false],
    ["stats", [], index, false],
    ["export", ["--to", "/x", "1.2"], both, false],
    ["reindex", [], both, false],
    ["import", ["/x"], both, false],
    ["migrate-storage", ["--to", "remote"], both, true],
    ["backup", ["/x"], both, true],
    ["restore", ["/x"], undefined, true],
    ["help", [], undefined, false],
    ["conform", ["http://pacs.example.org/rs"], "pacs.example.org:80", false],
  ];
  for (const [program, args, net, hasFile] of cases) {
    const flags = flagsOf(program, elsewhere, args);
    assertEquals([flags.get("--allow-net"), flags.has("--allow-ffi")], [net, hasFile], program);
  }
  assert(!flagsOf("help").has("--allow-ffi") && flagsOf("keys").has("--allow-ffi"));
});

Deno.test("permissionFlags: an IPv6 address is bracketed, and port 0 is any", () => {
  const address = { GANTRY_HOST: "::1", GANTRY_PORT: "8042" };
  assertEquals(flagsOf("server", address).get("--allow-net"), "[::1]:8042");
  assertEquals(flagsOf("server", { GANTRY_PORT: "0" }).get("--allow-net"), "127.0.0.1");
  const scraped = { GANTRY_HOST: "::", GANTRY_METRICS_PORT: "9091" };
  assertEquals(flagsOf("server", scraped).get("--allow-net"), "[::]:8080,[::]:9091");
});

Deno.test("permissionFlags: the viewer's command dials the registry that npm is told of, or reads a file", () => {
  const { settings } = parseEnvironment(() => undefined);
  const flags = (args: readonly string[], registry?: string) =>
    permissionFlags(
      "viewer",
      settings,
      args,
      (name) => name === "npm_config_registry" ? registry : undefined,
    );
  assert(flags([]).includes("--allow-net=registry.npmjs.org:443"));
  assert(flags([], "http://npm.example.org/a").includes("--allow-net=npm.example.org:80"));
  assert(flags([], "https://[::1]:4873").includes("--allow-net=[::1]:4873"));
  assert(!flags([], "no URL").some((flag) => flag.startsWith("--allow-net")));
  for (const args of [["--from", "/tmp/a.tgz"], ["--json", "--from=/tmp/a.tgz"]]) {
    const given = flags(args);
    assert(!given.some((flag) => flag.startsWith("--allow-net")));
    const read = given.find((flag) => flag.startsWith("--allow-read="))!;
    assert(read.endsWith(",/tmp/a.tgz"), read);
  }
});

Deno.test("permissionFlags: conform reaches the server that it is to check, and no other", () => {
  const net = (...args: string[]) => flagsOf("conform", {}, args).get("--allow-net");
  assertEquals(net("https://pacs.example.org/dicom-web", "--study", "1.2"), "pacs.example.org:443");
  assertEquals(net("http://[::1]:8080/dicomweb"), "[::1]:8080");
  assertEquals(net("--help"), undefined);
});

Deno.test("permissionFlags: the command line has no network", () => {
  for (const program of ["keys", "verify"] as const) {
    assert(!flagsOf(program).has("--allow-net"));
  }
});

Deno.test("permissionFlags: a command gets what its arguments name, and no more", () => {
  const data = { GANTRY_DATA: "/srv/gantry" };
  const embedded = flagsOf("import", data, ["--json", "/media/cd", "--archive", "a", "/x.zip"]);
  const read = embedded.get("--allow-read")!.split(",");
  assertEquals(read.slice(3), ["/media/cd", "/x.zip"]);
  assert(!embedded.has("--allow-net"));
  assertEquals(embedded.get("--allow-write"), "/srv/gantry");
  assert(!embedded.get("--allow-env")!.includes("GANTRY_TOKEN"));

  const web = flagsOf("import", data, ["--to=https://pacs.example.org/rs", "/media/cd"]);
  assertEquals(web.get("--allow-net"), "pacs.example.org:443");
  assert(web.get("--allow-env")!.split(",").includes("GANTRY_TOKEN"));
  assertEquals(
    flagsOf("import", data, ["--to", "http://[::1]:80/rs", "/x"]).get("--allow-net"),
    "[::1]:80",
  );

  const out = flagsOf("export", data, ["--to", "/media/usb/disc.zip", "1.2.3"]);
  assertEquals(
    out.get("--allow-write"),
    "/srv/gantry,/media/usb/disc.zip,/media/usb/disc.zip.partial",
  );
  assert(!out.has("--allow-net"));
});

Deno.test("permissionFlags: a path with a comma, which would part a flag, is that of the folder above", () => {
  const args = ["/media/Doe, John/cd", "Doe, Jane", "/,"];
  const flags = flagsOf("import", { GANTRY_DATA: "/srv/gantry" }, args);
  assertEquals(flags.get("--allow-read")!.split(",").slice(3), ["/media", ".", "/"]);
});
