/**
 * The conformance statement as a page.
 * @module
 */
import { ScrolledTable } from "./scrolled_table.tsx";
import type { StatementSection } from "./statement.ts";

/** What stands in the page. */
export function ConformancePage({ sections }: { readonly sections: readonly StatementSection[] }) {
  return (
    <div class="prose">
      <h1>DICOM conformance statement</h1>
      <nav aria-label="Sections">
        <ul>
          {sections.map(({ id, title }) => (
            <li>
              <a href={`conformance#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      {sections.map(({ id, title, text, tables }) => (
        <section class="card" aria-labelledby={id}>
          <h2 id={id}>{title}</h2>
          {text.map((paragraph) => <p>{paragraph}</p>)}
          {tables.map((table) => <ScrolledTable {...table} />)}
        </section>
      ))}
    </div>
  );
}
