/**
 * A table that scrolls within itself where it is wider than the page.
 * @module
 */

/** What it shows; the first cell of a row names the row. */
export interface ScrolledTableProps {
  readonly id?: string;
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The table, to be scrolled by keyboard too. */
export function ScrolledTable({ id, caption, head, rows }: ScrolledTableProps) {
  return (
    <div class="scrolled" role="region" aria-label={caption} tabindex={0}>
      <table id={id}>
        <caption>{caption}</caption>
        <thead>
          <tr>{head.map((cell) => <th scope="col">{cell}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([first, ...others]) => (
            <tr>
              <th scope="row">{first}</th>
              {others.map((cell) => <td>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
