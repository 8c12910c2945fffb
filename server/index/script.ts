/**
 * SQL scripts as single statements.
 * @module
 */

/** What can hold a semicolon that ends nothing, and words; the rest is passed over. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_]\w*|;/g;

/** The statements of a script, without the semicolons after them. Those of a trigger are part of it. */
export function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let begin = 0;
  let words: string[] = [];
  let depth = 0;
  for (const { 0: token, index } of script.matchAll(TOKENS)) {
    const word = token.toUpperCase();
    if (token === ";" && depth === 0) {
      statements.push(script.slice(begin, index).trim());
      begin = index + 1;
      words = [];
    } else if (/^[A-Z_]/.test(word)) {
      words.push(word);
      const isTrigger = words[0] === "CREATE" && words.slice(1, 3).includes("TRIGGER");
      if (isTrigger && (word === "BEGIN" || word === "CASE")) depth++;
      if (isTrigger && word === "END") depth--;
    }
  }
  const last = script.slice(begin).trim();
  return last === "" ? statements : [...statements, last];
}
