import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../../../server/cli/command.ts";
import type { ImportItem } from "../../../../server/cli/import/item.ts";
import { openJournal } from "../../../../server/cli/import/journal.ts";
import { createTally } from "../../../../server/cli/import/tally.ts";

const IDENTITY = { paths: ["/media/cd"], target: "archive default" };

function item(name: string, size = 10): ImportItem {
  const path = `/media/cd/${name}`;
  return { kind: "item", label: path, identity: [path, size, 1], size, async *read() {} };
}

async function withJournals(
  test: (
    open: () => Promise<{
      journal: Awaited<ReturnType<typeof openJournal>>;
      tally: ReturnType<typeof createTally>;
    }>,
    file: () => string,
  ) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "gantry-journal-" });
  const open = async () => {
    const tally = createTally();
    return { journal: await openJournal(data, IDENTITY, tally), tally };
  };
  const file = () => {
    const [entry] = [...Deno.readDirSync(`${data}/imports`)];
    return `${data}/imports/${entry!.name}`;
  };
  try {
    await test(open, file);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

Deno.test("openJournal: knows what was settled, and a file that has changed since for another", () =>
  withJournals(async (open) => {
    const first = await open();
    first.journal.begin("default/2026-01-02/A");
    first.journal.settle(item("a"), { kind: "stored" }, "default/2026-01-02/A");
    first.journal.settle(item("b"), { kind: "refused", reason: "no", explanation: "x" }, undefined);
    first.journal.begin("default/2026-01-02/C");
    first.journal.settle(item("c"), { kind: "failed", reason: "no", explanation: "x" }, undefined);
    await assertRejects(() => open(), UsageError, "under way in another process");
    await first.journal.close(false);

    const { journal, tally } = await open();
    const settled = ["a", "b", "c", "d"].map((name) => journal.isSettled(item(name)));
    assertEquals(settled, [true, true, false, false]);
    assertEquals(journal.isSettled(item("a", 11)), false);
    assertEquals(journal.leftovers, ["default/2026-01-02/C"]);
    assertEquals([journal.earlier, tally.bytes], [2, 20]);
    assertEquals(tally.refusals.map(({ files }) => files), [
      [{ file: "/media/cd/b", explanation: "x" }],
    ]);
    await journal.close(true);
    const last = await open();
    assertEquals(last.journal.earlier, 0);
    await last.journal.close(true);
  }));

Deno.test("openJournal: a line that was cut off is as if it had not been written", () =>
  withJournals(async (open, file) => {
    const first = await open();
    first.journal.settle(item("a"), { kind: "stored" }, undefined);
    first.journal.settle(item("b"), { kind: "stored" }, undefined);
    await first.journal.close(false);
    const { size } = await Deno.stat(file());
    await Deno.truncate(file(), size - 9);
    const second = await open();
    assertEquals(["a", "b"].map((name) => second.journal.isSettled(item(name))), [true, false]);
    second.journal.settle(item("c"), { kind: "already" }, undefined);
    await second.journal.close(false);
    const third = await open();
    const settled = ["a", "b", "c"].map((name) => third.journal.isSettled(item(name)));
    assertEquals(settled, [true, false, true]);
    await third.journal.close(false);
  }));

Deno.test("openJournal: what is no journal of today is begun anew", () =>
  withJournals(async (open, file) => {
    const first = await open();
    await first.journal.close(false);
    for (const text of ["", "\0\0\0\0", '{"version":0}\n["x"]\n', "null\n"]) {
      await Deno.writeTextFile(file(), text);
      const { journal } = await open();
      assertEquals(journal.earlier, 0);
      journal.settle(item("a"), { kind: "stored" }, undefined);
      await journal.close(false);
      const again = await open();
      assertEquals(again.journal.isSettled(item("a")), true);
      await again.journal.close(false);
    }
  }));
