/**
 * `stats`: what an installation holds.
 * @module
 */
import { sopClassName } from "../../lib/dimse/sop_classes.ts";
import { openDataFolder } from "../data_folder.ts";
import { indexSize } from "../index_file.ts";
import type { Index, Summary, Totals } from "../index/index.ts";
import { type Command, printJson, readArguments } from "./command.ts";
import { count, size } from "./progress.ts";

/** The command. */
export const stats: Command = {
  summary: "what is stored, by archive, modality and SOP class",
  help:
    `Says what is stored: totals of each archive, by modality and by SOP class, dates of studies, what
was deleted but is kept until its grace is over, and the space that index and objects take; that of
an index in a database is not known.

  deno task stats            tables
  deno task stats --json     the same as one line of JSON

Ends with 0, or with 2 where the command is not understood.`,

  run(args, withInstallation) {
    const { json } = readArguments(args);
    return withInstallation(async ({ index, settings }) => {
      const archives = await archivesOf(index);
      const objects = archives.reduce(
        (sum, { totals, removed }) => sum + totals.bytes + removed.bytes,
        0,
      );
      // What a database takes that is kept elsewhere is for it to say.
      const disk = {
        index: settings.index.kind === "remote"
          ? null
          : await indexSize(await openDataFolder(settings.data)),
        objects,
      };
      if (json) printJson({ archives, disk });
      else {
        for (const archive of archives) console.log(`${textOf(archive)}\n`);
        const taken = disk.index === null
          ? "unknown, it is in a database of its own"
          : size(disk.index);
        console.log(`on disk: index ${taken}, objects ${size(disk.objects)}`);
      }
      return 0;
    });
  },
};

interface ArchiveStats extends Summary {
  readonly name: string;
  readonly totals: Totals;
}

async function archivesOf(index: Index): Promise<ArchiveStats[]> {
  const names = await index.archives();
  return await Promise.all(names.map(async (name) => ({
    name,
    totals: await index.totals(name),
    ...await index.summary(name),
  })));
}

function textOf({ name, totals, modalities, SOPClasses, removed, StudyDates }: ArchiveStats) {
  const { studies, series, instances, bytes } = totals;
  const lines = [
    `${name}: ${count(studies)} studies, ${count(series)} series, ` +
    `${count(instances)} instances, ${size(bytes)}`,
  ];
  if (StudyDates !== undefined) {
    lines.push(`  studies of ${dateText(StudyDates.first)} to ${dateText(StudyDates.last)}`);
  }
  if (removed.instances > 0) {
    lines.push(
      `  deleted, but kept for now: ${count(removed.instances)} instances, ${size(removed.bytes)}`,
    );
  }
  if (modalities.length > 0) {
    lines.push(...table(
      ["modality", "studies", "series", "instances"],
      modalities.map((
        each,
      ) => [each.Modality || "none", each.studies, each.series, each.instances]),
    ));
    lines.push(...table(
      ["SOP class", "instances"],
      SOPClasses.map((each) => [sopClassName(each.SOPClassUID), each.instances]),
    ));
  }
  return lines.join("\n");
}

/** A date of eight digits with dashes; anything else as it is. */
function dateText(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
}

/** Rows of a name and numbers, under their titles, in columns. What a name may hold is shown harmlessly. */
function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]) {
  const cells = [titles, ...rows].map((row) =>
    row.map((cell) => typeof cell === "number" ? count(cell) : printable(cell))
  );
  const widths = titles.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  return [
    "",
    ...cells.map((row) =>
      `  ${
        row.map((cell, at) => at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))
          .join("  ")
      }`
    ),
  ];
}

/** Without what would steer a terminal: a data set says what its modality is. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?").slice(0, 64);
}
