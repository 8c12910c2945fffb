/**
 * Asks pydicom about files, through a script beside this one that takes a name a line and answers
 * each with a line of JSON.
 * @module
 */
import { assertEquals } from "@std/assert";

/** The script's answers in the order of `files`, absolute or by their names in the corpus. */
export async function askPydicom<Answer>(
  script: string,
  corpus: URL,
  files: readonly string[],
): Promise<Answer[]> {
  const child = new Deno.Command("/usr/bin/python3", {
    args: [new URL(script, import.meta.url).pathname],
    cwd: corpus,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const feeding = new Blob([`${files.join("\n")}\n`]).stream().pipeTo(child.stdin);
  const { stdout } = await child.output();
  await feeding;
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(lines.length, files.length);
  return lines.map((line) => JSON.parse(line) as Answer);
}
