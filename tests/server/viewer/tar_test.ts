import { assertEquals, assertRejects } from "@std/assert";
import { DecodeError, LimitError } from "../../../lib/errors.ts";
import { tarEntries } from "../../../server/viewer/tar.ts";
import { type MadeEntry, streamOf, tarOf } from "../../support/made_package.ts";

const LIMITS = { entries: 3, file: 2000, total: 3000 };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function read(
  bytes: Uint8Array,
  chunk: number,
  skip: (name: string) => boolean = () => false,
) {
  const found: [string, string][] = [];
  for await (const entry of tarEntries(streamOf(bytes, chunk), LIMITS)) {
    found.push([entry.name, skip(entry.name) ? "" : text(await entry.read())]);
  }
  return found;
}

Deno.test("tar: files are read whatever the chunks, and those that nobody reads are skipped", async () => {
  const long = "x".repeat(1500);
  const archive = tarOf([{ name: "a/b.js", content: long }, { name: "c", content: "" }, {
    name: "d.css",
    content: "d",
  }]);
  for (const chunk of [1, 511, 512, 513, 100_000]) {
    assertEquals(await read(archive, chunk), [["a/b.js", long], ["c", ""], ["d.css", "d"]]);
  }
  const skipped = await read(archive, 100, (name) => name === "a/b.js");
  assertEquals(skipped, [["a/b.js", ""], ["c", ""], ["d.css", "d"]]);
});

Deno.test("tar: GNU tar reads what the tests make, and its archives are read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/made.tar`, tarOf([{ name: "a/b", content: "made" }]));
    await tar(folder, "-xf", "made.tar");
    assertEquals(await Deno.readTextFile(`${folder}/a/b`), "made");
    await Deno.writeTextFile(`${folder}/a/b`, "its own");
    await tar(folder, "-cf", "own.tar", "--format=ustar", "a/b");
    assertEquals(await read(await Deno.readFile(`${folder}/own.tar`), 700), [["a/b", "its own"]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tar: names that lead elsewhere, and what is no file, are refused", async () => {
  const hostile: MadeEntry[] = [
    { name: "../a" },
    { name: "a/../../b" },
    { name: "a/.." },
    { name: "./a" },
    { name: "/etc/passwd" },
    { name: "a//b" },
    { name: "a\\b" },
    { name: "a\nb" },
    { name: "" },
    { name: "a/" },
    { name: "link", type: "2" },
    { name: "hard", type: "1" },
    { name: "folder", type: "5" },
    { name: "pax", type: "x" },
    { name: "device", type: "3" },
  ];
  for (const entry of hostile) {
    await assertRejects(() => read(tarOf([entry]), 512), DecodeError, "", JSON.stringify(entry));
  }
});

Deno.test("tar: what is too much is refused before it is read, and what ends too soon", async () => {
  const names = ["a", "b", "c", "d"];
  await assertRejects(() => read(tarOf(names.map((name) => ({ name }))), 512), LimitError);
  await assertRejects(() => read(tarOf([{ name: "a", size: 2001 }]), 512), LimitError);
  const large = (name: string) => ({ name, content: "x".repeat(1600) });
  await assertRejects(() => read(tarOf([large("a"), large("b")]), 512), LimitError);
  const archive = tarOf([large("a")]);
  for (const end of [0, 100, 512, 1000, 512 + 2048]) {
    await assertRejects(() => read(archive.subarray(0, end), 512), DecodeError);
  }
  const sizeless = tarOf([{ name: "a", content: "a" }]);
  sizeless.fill(0x39, 124, 130);
  await assertRejects(() => read(sizeless, 512), DecodeError);
});

async function tar(cwd: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("tar", { args, cwd }).output();
  if (!success) throw new Error(text(stderr));
}
