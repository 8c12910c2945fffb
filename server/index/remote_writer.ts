/**
 * Writing to a libSQL server: what waits together is one batch, which is one transaction and one
 * round trip.
 * @module
 */
import { type Client, LibsqlBatchError, LibsqlError } from "@libsql/client/web";
import { UnavailableError } from "../unavailable.ts";
import type { Writer, WriteResult } from "./connection.ts";
import { GroupCommit, type Written } from "./group_commit.ts";
import { IndexError } from "./index_error.ts";
import type { SqlValue, Statement, WriteItem } from "./messages.ts";
import { isPassing, type RemoteDatabase } from "./remote_database.ts";
import { remoteRows, remoteStatement } from "./remote_statements.ts";

/** A batch takes well under the second here, and the server ends what takes 5. */
const LIMITS = { items: 200, bytes: 8 * 1024 * 1024 };

/**
 * A writer of a server, which is the caller's to close. `onCommit` hears of every batch: how many
 * items shared it, and seconds until it was durable.
 */
export function remoteWriter(
  database: RemoteDatabase,
  onCommit: (items: number, seconds: number) => void = () => {},
): Writer {
  const group = new GroupCommit(commit, LIMITS);

  async function commit(items: readonly WriteItem[]): Promise<readonly Written[]> {
    const begun = performance.now();
    const written: Written[] = [];
    // Places of the items that have no answer yet.
    let left = items.map((_, place) => place);
    const settle = (places: readonly number[], answer: (place: number) => Written) => {
      for (const place of places) written[place] = answer(place);
      left = left.filter((place) => !places.includes(place));
    };
    // What was lost once stays so, though an attempt after it found one that fails.
    let again = false;
    while (left.length > 0) {
      try {
        const rows = await database.insist(async (client, isLost) => {
          again ||= isLost;
          if (again) {
            const error = new UnavailableError("index");
            settle(left.filter((place) => !items[place]?.repeatable), () => error);
          }
          return await apply(client, left.flatMap((place) => items[place] ?? []), again);
        });
        settle(left, (place) => rows[left.indexOf(place)] ?? []);
      } catch (error) {
        // The batch is undone: what failed is left out, and the others are sent again.
        const failed = error instanceof FailedItem ? left[error.place] : undefined;
        if (failed === undefined) throw error;
        settle([failed], () => error as FailedItem);
      }
    }
    onCommit(items.length, (performance.now() - begun) / 1000);
    return written;
  }

  return {
    submit: (item) => group.submit(item),
    close: () => group.settled(),
  };
}

/** An item of a batch that cannot be applied. */
class FailedItem extends IndexError {
  constructor(readonly place: number, message: string, options: ErrorOptions) {
    super(message, options);
  }
}

/** One batch. Rejects with FailedItem where an item, and with it the batch, fails. */
async function apply(
  client: Client,
  items: readonly WriteItem[],
  again: boolean,
): Promise<WriteResult[]> {
  const steps = items.flatMap((item, place) =>
    item.program.filter(isNeeded).map((statement) => ({ item, place, statement }))
  );
  if (steps.length === 0) return items.map(() => []);
  const statements = steps.map(({ item, statement }) =>
    remoteStatement(statement.sql, parametersOf(item, statement, again))
  );
  try {
    const results = await client.batch(statements, "write");
    const rows: SqlValue[][][][] = items.map(() => []);
    steps.forEach(({ place, statement }, step) => {
      const result = results[step];
      if (statement.returns && result !== undefined) rows[place]?.push(remoteRows(result));
    });
    return rows;
  } catch (error) {
    if (!(error instanceof LibsqlError) || isPassing(error)) throw error;
    const step = error instanceof LibsqlBatchError ? steps[error.statementIndex] : undefined;
    if (step === undefined) throw new IndexError(error.message, { cause: error });
    throw new FailedItem(step.place, error.message, { cause: error });
  }
}

/** What only tells a program what it may skip tells a batch nothing. */
function isNeeded({ returns, skips }: Statement): boolean {
  return returns || skips === 0;
}

function parametersOf(
  { values, blobs }: WriteItem,
  { names }: Statement,
  again: boolean,
): SqlValue[] {
  return names.map((name) =>
    name === "again" ? (again ? 1 : 0) : values[name] ?? blobs[name] ?? null
  );
}
