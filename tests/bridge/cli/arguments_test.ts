import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { commandPermissions, readCommand } from "../../../bridge/cli/arguments.ts";
import { UsageError } from "../../../bridge/cli/usage_error.ts";
import { dimseWithDefaults } from "../../../lib/config/dimse_settings.ts";

const { aes } = dimseWithDefaults({
  aes: [{ title: "PACS1", host: "10.0.0.5", port: 104, tls: { ca: "ca.pem" } }],
});
const SETTINGS = { aet: "GANTRY", aes };

function read(line: string) {
  return readCommand(line.split(" "), SETTINGS);
}

function refusal(line: string): string {
  return assertThrows(() => read(line), UsageError).message;
}

Deno.test("readCommand: takes a peer by its address, or by the title of a known AE", () => {
  assertEquals(read("echo PACS2@host.example:11112").target, {
    calledAETitle: "PACS2",
    host: "host.example",
    port: 11112,
    tls: undefined,
  });
  assertEquals(read("echo A@B@[::1]:104").target.host, "::1");
  assertEquals(read("echo PACS1").target, {
    calledAETitle: "PACS1",
    host: "10.0.0.5",
    port: 104,
    tls: { ca: "ca.pem", cert: undefined, key: undefined },
  });
  assertEquals(read("echo A@b:104 --tls").target.tls === undefined, false);
});

Deno.test("readCommand: reads what each command needs", () => {
  const move = read("move PACS1 --to HERE StudyInstanceUID=1.2 --aet ME --json");
  assertEquals(move.name === "move" && move.destination, "HERE");
  assertEquals([move.callingAETitle, move.json], ["ME", true]);
  const get = read("get PACS1 --out images StudyInstanceUID=1.2");
  assertEquals(get.name === "get" && get.folder, "images");
  const store = read("store PACS1 a.dcm folder");
  assertEquals(store.name === "store" && store.paths, ["a.dcm", "folder"]);
});

Deno.test("readCommand: says what is wrong", () => {
  assertStringIncludes(refusal("fnid PACS1"), "echo, find, move, get, store");
  assertStringIncludes(refusal("echo"), "TITLE@host:port");
  assertStringIncludes(refusal("echo PACS7"), "PACS7 is neither TITLE@host:port nor a known AE");
  assertStringIncludes(refusal("echo PACS7"), "PACS1");
  for (const address of ["A@b", "A@b:0", "A@b:65536", "@b:104", "A@:104", "A@b:c"]) {
    refusal(`echo ${address}`);
  }
  assertStringIncludes(refusal("echo THIS_IS_TOO_LONG_A_TITLE@b:104"), "an AE title");
  assertStringIncludes(refusal("move PACS1 StudyInstanceUID=1.2"), "--to");
  assertStringIncludes(refusal("get PACS1 StudyInstanceUID=1.2"), "--out");
  assertStringIncludes(refusal("store PACS1"), "files or folders");
  assertStringIncludes(refusal("echo PACS1 --out x"), "--out");
});

Deno.test("commandPermissions: allow the peer, and what the command reads and writes", () => {
  const flags = (line: string) => commandPermissions(line.split(" "), SETTINGS);
  assertEquals(flags("echo A@[::1]:104"), ["--allow-net=[::1]:104"]);
  assertEquals(flags("echo PACS1"), ["--allow-net=10.0.0.5:104", "--allow-read=ca.pem"]);
  assertEquals(flags("store A@b:104 x,y z"), [
    "--allow-net=b:104",
    "--allow-read=x,,y",
    "--allow-read=z",
  ]);
  assertEquals(flags("get A@b:104 --out images StudyInstanceUID=1.2"), [
    "--allow-net=b:104",
    "--allow-read=images",
    "--allow-write=images",
  ]);
  assertEquals(flags("nonsense"), []);
});
