import { assert } from "@std/assert";
import type { MigrationEnd } from "../../../server/services/migrate.ts";
import { createReaper } from "../../../server/services/reaper.ts";
import { createRemoveService } from "../../../server/services/remove.ts";
import { Problem } from "../../../server/http/problem.ts";
import { multipart, type TestArchive, withArchive } from "../../support/archive.ts";
import { type Chance, IS_LONG, newChance } from "../../support/chance.ts";
import { assertSameEnds, pass, settle, withFileEnd } from "../../support/migration.ts";
import { ctInstance } from "../../support/part10_builder.ts";

const ROUNDS = IS_LONG ? 100 : 6;
/** Passes of a round before the source stands still. */
const PASSES = 8;
const STUDIES = 4;
const NUMBERS = 3;
const DAY = 86_400_000;

/** Does one thing that users or the reaper do. */
async function change(archive: TestArchive, chance: Chance): Promise<void> {
  const study = chance.below(STUDIES);
  const StudyInstanceUID = `2.25.${study}`;
  const removal = createRemoveService({ ...archive, grace: DAY });
  switch (chance.pick(["store", "store", "store", "delete", "undelete", "reap"])) {
    case "store": {
      const files = Array.from({ length: 1 + chance.below(3) }, () => {
        const series = chance.below(2);
        return ctInstance({
          studyInstanceUID: StudyInstanceUID,
          seriesInstanceUID: `${StudyInstanceUID}.${series}`,
          // Now and then the same instance in another study.
          sopInstanceUID: `2.25.9.${chance.below(STUDIES * NUMBERS)}`,
          patientName: `N${chance.below(3)}`,
          rows: 2 + chance.below(3),
        });
      });
      const init = multipart(files.map((body) => ({ body })));
      const response = await archive.fetch("/studies", { method: "POST", ...init });
      await response.body?.cancel();
      assert(response.status < 500, `${response.status}`);
      return;
    }
    case "delete":
      return await asked(removal.remove("default", { StudyInstanceUID }));
    case "undelete":
      return await asked(removal.undelete("default", { StudyInstanceUID }));
    case "reap": {
      // Whatever was removed so far, some of the time.
      if (chance.below(4) > 0) return;
      const reaper = createReaper({ ...archive, grace: -DAY });
      await reaper.round(new AbortController().signal);
    }
  }
}

/** That there is nothing to remove or bring back is an answer. */
async function asked(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** Calls `before` ahead of every call of an object's methods, and ahead of every page that they give. */
function watched<Watched extends object>(object: Watched, before: () => Promise<void>): Watched {
  return new Proxy(object, {
    get(target, name) {
      const method = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return (...args: unknown[]) => {
        const iterates = ["everything", "tombstones", "records", "instances", "list", "folders"];
        if (!iterates.includes(String(name))) {
          return before().then(() => Reflect.apply(method, target, args));
        }
        return (async function* () {
          await before();
          yield* Reflect.apply(method, target, args);
        })();
      };
    },
  });
}

class Crash extends Error {}

/** An end at which nothing can be done any more after so many calls. */
function crashing({ index, blobs }: MigrationEnd, calls: number): MigrationEnd {
  let left = calls;
  const before = () => left-- > 0 ? Promise.resolve() : Promise.reject(new Crash());
  return { index: watched(index, before), blobs: watched(blobs, before) };
}

Deno.test("migratePass: brings an archive that changes all the time, however often it breaks off", async () => {
  const chance = newChance();
  for (let round = 0; round < ROUNDS; round++) {
    await withArchive((archive) =>
      withFileEnd(async (target) => {
        let changing = Promise.resolve();
        const before = () => {
          if (chance.below(6) > 0) return Promise.resolve();
          return changing = changing.then(() => change(archive, chance));
        };
        const source = {
          index: watched(archive.index, before),
          blobs: watched(archive.blobs, before),
        };
        for (let each = 0; each < 10; each++) await change(archive, chance);
        for (let passes = 0; passes < PASSES; passes++) {
          const end = chance.below(3) > 0 ? crashing(target, chance.below(60)) : target;
          await pass(source, end, { doubts: true }).catch((error) => {
            if (!(error instanceof Crash)) throw error;
          });
          await changing;
        }
        await settle(archive, target);
        await assertSameEnds(target, archive);
      }), { conflict: "replace" });
  }
});
