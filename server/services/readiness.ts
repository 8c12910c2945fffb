/**
 * Whether the parts that requests need do their work. Anybody may ask, so that the parts are looked
 * at once a second at most, however often that is, and who asks waits within a bound.
 * @module
 */

/** Looks at a part: resolves where it works, rejects where it does not. */
export type Check = () => Promise<unknown>;

/** What is looked at, and who is told. */
export interface ReadinessOptions {
  /** Checks by what they look at. */
  readonly checks: Readonly<Record<string, Check>>;
  /** Hears when a part stops working, and why. */
  readonly report: (part: string, error: unknown) => void;
  /** Milliseconds that an outcome is believed. */
  readonly believedFor?: number;
  /** Milliseconds after which a part that does not answer does not work. */
  readonly patience?: number;
}

/** Tells what does not work. */
export interface Readiness {
  /** Names of the parts that do not work; none where all do. */
  failing(): Promise<readonly string[]>;
}

const BELIEVED_FOR = 1000;
const PATIENCE = 2000;

/** Looks at the parts when it is asked. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const parts = Object.entries(options.checks).map(([name, check]) => {
    return { name, works: watched(name, check, options) };
  });
  return {
    async failing() {
      const works = await Promise.all(parts.map((part) => part.works()));
      return parts.filter((_, at) => !works[at]).map(({ name }) => name);
    },
  };
}

function watched(
  name: string,
  check: Check,
  { report, believedFor = BELIEVED_FOR, patience = PATIENCE }: ReadinessOptions,
): () => Promise<boolean> {
  let works = true;
  let looked = -Infinity;
  let looking: Promise<void> | undefined;
  let isLate = false;

  async function look(): Promise<void> {
    try {
      await check();
      works = true;
    } catch (error) {
      if (works) report(name, error);
      works = false;
    }
    looked = performance.now();
    looking = undefined;
    isLate = false;
  }

  return async () => {
    if (looking === undefined) {
      if (performance.now() - looked < believedFor) return works;
      looking = look();
    }
    // It is asked no second time before it has answered.
    if (isLate) return false;
    if (await isOver(looking, patience)) return works;
    if (!isLate && works) report(name, new DOMException("No answer in time", "TimeoutError"));
    isLate = true;
    works = false;
    return false;
  };
}

/** Whether the work comes to its end in time. */
async function isOver(work: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
