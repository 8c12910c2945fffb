import { assert, assertEquals } from "@std/assert";
import { strings, text } from "../../lib/dicom/values.ts";
import { withGateway } from "../support/bridge_process.ts";
import { scan } from "../support/element_list.ts";
import { nameIn, withStudies } from "../support/find_studies.ts";
import { findscu } from "../support/findscu.ts";
import { value } from "../support/part10_builder.ts";
import { peerTest } from "../support/peers.ts";
import { stow } from "../support/stow.ts";

peerTest(
  "C-FIND: names are read and written in the caller's character set",
  ["findscu"],
  async () => {
    const cases = [
      ["ISO_IR 100", "Müller*", "Müller^Jörg"],
      ["ISO_IR 192", "müller*", "Müller^Jörg"],
      ["\\ISO 2022 IR 87", "*=山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう"],
      ["\\ISO 2022 IR 87", "yamada*", "Yamada^Tarou=山田^太郎=やまだ^たろう"],
      ["\\ISO 2022 IR 149", "*=洪*", "Hong^Gildong=洪^吉洞=홍^길동"],
      ["ISO_IR 192", "*=王*", "Wang^XiaoDong=王^小東"],
      ["GB18030", "wang*", "Wang^XiaoDong=王^小東"],
      ["ISO_IR 100", "wang*", "Wang^XiaoDong=?^??"],
      ["", "hong*", "Hong^Gildong=洪^吉洞=홍^길동"],
    ] as const;
    await withStudies(async (gateway) => {
      for (const [charset, pattern, name] of cases) {
        const named = charset === "" ? [] : [value(0x00080005, "CS", charset)];
        const query = [...named, value(0x00080052, "CS", "STUDY"), nameIn(charset, pattern)];
        for (const syntax of ["-x=", "-xi"]) {
          const { matches, output } = await findscu(gateway, ["-S", syntax], query);
          assertEquals(matches.length, 1, `${charset} ${pattern} ${output}`);
          assertEquals(text(matches[0]!, 0x00100010), name, charset);
        }
      }
    });
  },
);

peerTest(
  "C-FIND: an AE without a character set gets the one of its configuration",
  ["findscu"],
  async () => {
    const query = [value(0x00080052, "CS", "STUDY"), nameIn("ISO_IR 100", "MÜLLER*")];
    await withStudies(async (gateway) => {
      const { matches } = await findscu(gateway, ["-S", "-aet", "OLD"], query);
      assertEquals(matches.map((match) => strings(match, 0x00080005)), [["ISO_IR 100"]]);
      assertEquals(text(matches[0]!, 0x00100010), "Müller^Jörg");
    }, {
      aes: [{ title: "OLD", host: "127.0.0.1", port: 104, charset: "ISO_IR 100" }],
    });
  },
);

peerTest(
  "C-FIND: names of the corpus are found and answered in the sets that they are stored in",
  ["findscu", "corpus"],
  async (corpus) => {
    const { files }: Manifest = JSON.parse(
      await Deno.readTextFile(new URL("MANIFEST.json", corpus)),
    );
    await withGateway(async (gateway) => {
      let compared = 0;
      for (const { file } of files.filter(({ charset }) => NATIONAL.test(charset ?? ""))) {
        const bytes = await Deno.readFile(new URL(file, corpus));
        const { dataSet } = await scan(bytes);
        const name = text(dataSet, 0x00100010);
        const terms = strings(dataSet, 0x00080005).join("\\");
        if (name === undefined || !NOT_ASCII.test(name)) continue;
        await (await stow(gateway.dicomweb, [bytes])).body?.cancel();
        const { matches, output } = await findscu(gateway, ["-S"], [
          value(0x00080005, "CS", terms),
          value(0x00080052, "CS", "STUDY"),
          nameIn(terms, name),
          value(0x0020000d, "UI", text(dataSet, 0x0020000d) ?? ""),
        ]);
        assertEquals(
          matches.map((match) => text(match, 0x00100010)),
          [name.replace(/=+$/, "")],
          `${file} ${output}`,
        );
        compared++;
      }
      assert(compared > 10, `${compared}`);
    });
  },
);

/** What this test reads of the corpus' list. */
interface Manifest {
  readonly files: readonly { readonly file: string; readonly charset: string | null }[];
}

/** Sets beyond Latin alphabet No. 1. */
const NATIONAL = /2022|GB|IR (?!100)\d/;
const NOT_ASCII = /[^\x20-\x7e]/;
