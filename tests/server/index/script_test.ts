import { assertEquals } from "@std/assert";
import { MIGRATIONS } from "../../../server/index/migrations/migrations.ts";
import { statementsOf } from "../../../server/index/script.ts";

Deno.test("statementsOf: cuts where a statement ends, and nowhere else", () => {
  const statements = [
    "CREATE TABLE t (x TEXT DEFAULT ';', \"a;b\" TEXT)",
    "-- one; two\nINSERT INTO t VALUES ('it''s; so', /* ; */ 1)",
    "CREATE TRIGGER a AFTER INSERT ON t BEGIN\n  INSERT INTO t VALUES (1, 2);\n  DELETE FROM t; END",
    "CREATE TEMP TRIGGER b AFTER DELETE ON t WHEN OLD.x <> '' BEGIN\n" +
    "  UPDATE t SET x = CASE WHEN x = 'end' THEN 1 ELSE 2 END; SELECT 1; END",
    "SELECT CASE WHEN 1 THEN 'begin' END",
  ];
  assertEquals(statementsOf(statements.join(";\n")), statements);
  assertEquals(statementsOf(`${statements.join(";\n\n")};\n`), statements);
});

Deno.test("statementsOf: finds as many statements in the migrations as begin on a line of their own", () => {
  for (const [name, script] of Object.entries(MIGRATIONS)) {
    const begun = script.match(/^(CREATE|ALTER|UPDATE|INSERT)/gm) ?? [];
    assertEquals(statementsOf(script).length, begun.length, name);
  }
});
