/**
 * Properties of scanning and re-encoding over generated data sets, sound and damaged.
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createInstanceScanner } from "../../lib/dicom/scan_instance.ts";
import { createReencoder } from "../../lib/dicom/reencode.ts";
import { DecodeError, LimitError } from "../../lib/errors.ts";
import { listElements, scan } from "../support/element_list.ts";
import {
  buildPart10,
  type BuiltElement,
  concat,
  ctInstance,
  fragments,
  sequence,
  SYNTAX,
  value,
} from "../support/part10_builder.ts";

const SEED = { seed: 20240501, numRuns: 200 };
const NATIVE = [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian] as const;

/** Elements whose VR is in the dictionary, so that every syntax tells the same of them. */
const leaf = fc.oneof(
  fc.record({ tag: fc.constant(0x00100010), vr: fc.constant("PN") }),
  fc.record({ tag: fc.constant(0x00204000), vr: fc.constant("LT") }),
  fc.record({ tag: fc.constant(0x00420011), vr: fc.constant("OB") }),
  fc.record({ tag: fc.constant(0x00091001), vr: fc.constant("UN") }),
).chain(({ tag, vr }) =>
  fc.uint8Array({ maxLength: 1500 }).map((bytes) => value(tag, vr, even(bytes)))
);
const number = fc.oneof(
  fc.array(fc.nat(0xffff)).map((numbers) => value(0x00280010, "US", numbers)),
  fc.array(fc.nat(0xffffffff)).map((numbers) => value(0x00209157, "UL", numbers)),
  fc.array(fc.double()).map((numbers) => value(0x00189073, "FD", numbers)),
);
const { dataSet } = fc.letrec<{ element: BuiltElement; dataSet: BuiltElement[] }>((tie) => ({
  element: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    number,
    fc.tuple(
      fc.constantFrom(0x00081115, 0x00081140, 0x00400275),
      fc.array(tie("dataSet"), { maxLength: 3 }),
      fc.constantFrom("defined" as const, "undefined" as const),
    ).map(([tag, items, length]) => sequence(tag, items, { length })),
  ),
  dataSet: fc.uniqueArray(tie("element"), { maxLength: 5, selector: ({ tag }) => tag })
    .map((elements) => elements.sort((left, right) => left.tag - right.tag)),
}));
const whole = dataSet.map((elements) => [value(0x00080005, "CS", "ISO_IR 100"), ...elements]);

/** What becomes of an object that is pushed in pieces of these sizes, one after another. */
async function outcome(bytes: Uint8Array, sizes: readonly number[]): Promise<unknown> {
  const scanner = createInstanceScanner();
  try {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length);
      await scanner.push(bytes.slice(at, at + size));
      at += size;
    }
    return await scanner.end();
  } catch (error) {
    assert(error instanceof DecodeError || error instanceof LimitError, String(error));
    return `${error.name} ${error.message} ${error instanceof DecodeError ? error.offset : ""}`;
  }
}

Deno.test("scan: finds the same wherever an object is split in two", async () => {
  const elements = [
    value(0x00080005, "CS", "ISO_IR 100"),
    sequence(0x00081115, [[value(0x00081155, "UI", "1.2")]], { length: "defined" }),
    sequence(0x00081140, [[value(0x00081155, "UI", "1.2")], []], { vr: "UN", length: "defined" }),
  ];
  const pixels = fragments([new Uint8Array(10), new Uint8Array(4)], { offsetTable: [0] });
  const objects = [
    ...NATIVE.map((syntax) => buildPart10([...elements, value(0x7fe00010, "OW", [1, 2])], syntax)),
    buildPart10(elements, SYNTAX.deflated),
    buildPart10([...elements, pixels], SYNTAX.rle),
  ];
  for (const bytes of objects) {
    const expected = await outcome(bytes, []);
    assertEquals(typeof expected, "object");
    for (let split = 1; split < bytes.length; split++) {
      assertEquals(await outcome(bytes, [split, bytes.length]), expected, `split at ${split}`);
    }
  }
});

Deno.test("scan: finds the same in an object that is cut off, wherever it is split in two", async () => {
  const elements = [
    value(0x00080005, "CS", "ISO_IR 100"),
    value(0x00091010, "UN", Uint8Array.from({ length: 99 }, (_, i) => i * i * 7)),
    sequence(0x00400275, [[value(0x00400007, "LO", "Chest ")]], { length: "undefined" }),
  ];
  const pixels = fragments([new Uint8Array(10), new Uint8Array(4)], { offsetTable: [0] });
  const objects = [
    ...NATIVE.map((syntax) => buildPart10([...elements, value(0x7fe00010, "OW", [1, 2])], syntax)),
    buildPart10(elements, SYNTAX.deflated),
    buildPart10([...elements, pixels], SYNTAX.rle),
  ];
  for (const whole of objects) {
    for (let missing = 1; missing < 100; missing += 3) {
      const bytes = whole.subarray(0, -missing);
      const expected = await outcome(bytes, []);
      // All that can change is between the damage and what comes in last.
      for (let split = bytes.length - 60; split < bytes.length; split++) {
        const found = await outcome(bytes, [split, bytes.length]);
        assertEquals(found, expected, `${missing} missing, split at ${split}`);
      }
    }
  }
});

Deno.test("scan: finds the same in every native syntax, however an object is cut into chunks", async () => {
  await fc.assert(
    fc.asyncProperty(
      whole,
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
      async (elements, sizes) => {
        const explicit = buildPart10(elements);
        const expected = listElements(await scan(explicit), explicit);
        for (const syntax of NATIVE) {
          const bytes = buildPart10(elements, syntax);
          assertEquals(listElements(await scan(bytes), bytes), expected);
          assertEquals(await outcome(bytes, sizes), await outcome(bytes, []));
        }
      },
    ),
    SEED,
  );
});

Deno.test("scan: answers damage with its own errors, the same however it is cut into chunks", async () => {
  const sound = [
    ...NATIVE.map((transferSyntaxUID) => ctInstance({ transferSyntaxUID })),
    ctInstance({ transferSyntaxUID: SYNTAX.rle, frames: 3 }),
    buildPart10([
      value(0x00080005, "CS", "A "),
      sequence(0x00081140, [[sequence(0x00081115, [[]])]], { length: "defined" }),
      sequence(0x00091001, [[value(0x00080060, "CS", "CT")]], { vr: "UN" }),
    ]),
  ];
  const damage = fc.record({ at: fc.nat(1 << 16), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...sound),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      async (bytes, damages, sizes) => {
        const damaged = bytes.slice();
        // Not in the preamble, where nothing can be hurt.
        for (const { at, byte } of damages) damaged[128 + at % (bytes.length - 128)] = byte;
        assertEquals(await outcome(damaged, sizes), await outcome(damaged, []));
      },
    ),
    { ...SEED, numRuns: 2000 },
  );
});

Deno.test("createReencoder: loses no element of any data set", async () => {
  await fc.assert(
    fc.asyncProperty(whole, fc.constantFrom(...NATIVE), async (elements, syntax) => {
      const source = buildPart10(elements, syntax);
      const reencoder = createReencoder({ SOPClassUID: "1.2", SOPInstanceUID: "1.2.3" });
      const made = concat([...await reencoder.push(source), ...await reencoder.end()]);
      assertEquals(
        listElements(await scan(made), made),
        listElements(await scan(source), source),
      );
    }),
    SEED,
  );
});

function even(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - bytes.length % 2);
}
