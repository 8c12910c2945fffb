/**
 * What counts: numbers that cost next to nothing to raise, and that say what they are when they are
 * asked. Label values come out of tables of the code, so that there are never many.
 * @module
 */

/** One number with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it is not the family's: the parts of a histogram. */
  readonly metricName?: string;
}

/** Numbers of one name (Prometheus' metric family). */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** What they are now. */
  samples(): readonly Sample[] | Promise<readonly Sample[]>;
}

/** A number that only grows. */
export interface Counter {
  add(amount: number): void;
}

/** Durations or sizes, by how many were how large. */
export interface Histogram {
  observe(value: number): void;
}

/** Numbers that differ in their labels' values. */
export interface Labelled<Instrument> extends Family {
  /** The one with these values, in the order of the labels' names; made when first asked for. */
  of(...values: string[]): Instrument;
}

/** What a family is called. */
export interface Naming {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Seconds: from an answer out of memory to a large upload. */
export const REQUEST_SECONDS = [
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  120,
];
/** Seconds: a look into the index, or a read from a disk. */
export const STORAGE_SECONDS = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  1,
  5,
];

/** Counters of one name. */
export function counter({ name, help, labels = [] }: Naming): Labelled<Counter> {
  const cells = createCells(labels, () => {
    const cell = { value: 0, add: (amount: number) => void (cell.value += amount) };
    return cell;
  });
  return {
    name,
    help,
    type: "counter",
    of: cells.of,
    samples: () => cells.all().map(({ labels, cell: { value } }) => ({ labels, value })),
  };
}

/** Histograms of one name. `bounds`: the upper ends of its buckets but for the last, ascending. */
export function histogram(
  { name, help, labels = [] }: Naming,
  bounds: readonly number[],
): Labelled<Histogram> {
  const cells = createCells(labels, () => {
    const counts = new Float64Array(bounds.length + 1);
    const cell = {
      counts,
      sum: 0,
      observe(value: number) {
        let bucket = 0;
        while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
        counts[bucket]!++;
        cell.sum += value;
      },
    };
    return cell;
  });

  function samplesOf(labels: Sample["labels"], counts: Float64Array, sum: number): Sample[] {
    let count = 0;
    const buckets = Array.from(counts, (more, at) => {
      count += more;
      const le = at === bounds.length ? "+Inf" : String(bounds[at]);
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }

  return {
    name,
    help,
    type: "histogram",
    of: cells.of,
    samples: () =>
      cells.all().flatMap(({ labels, cell: { counts, sum } }) => samplesOf(labels, counts, sum)),
  };
}

/** A number that is read when it is asked for: one, or one for each value of a label. */
export function gauge(
  naming: Omit<Naming, "labels">,
  read: () => number | readonly Sample[] | Promise<readonly Sample[]>,
): Family {
  return {
    ...naming,
    type: "gauge",
    samples() {
      const value = read();
      return typeof value === "number" ? [{ labels: {}, value }] : value;
    },
  };
}

function createCells<Cell>(names: readonly string[], make: () => Cell) {
  const cells = new Map<string, { readonly labels: Record<string, string>; readonly cell: Cell }>();
  return {
    of(...values: string[]): Cell {
      const key = values.join("\n");
      let found = cells.get(key);
      if (found === undefined) {
        const labels = Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
        found = { labels, cell: make() };
        cells.set(key, found);
      }
      return found.cell;
    },
    all: () => [...cells.values()],
  };
}
