/**
 * Tables of our own pages, read back as a person would.
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/** Rows of the table with an id, by the words of the head. Throws where there is none. */
export function tableRows(html: string, id: string): readonly Readonly<Record<string, string>>[] {
  const table = new RegExp(`<table id="${id}">(.*?)</table>`, "s").exec(html)?.[1];
  if (table === undefined) throw new Error(`There is no table ${id}`);
  const [head = [], ...rows] = [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => textOf(cell))
  );
  return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""])));
}

function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, "").replace(/&\w+;|&#\d+;/g, (name) => ENTITIES[name] ?? name);
}
