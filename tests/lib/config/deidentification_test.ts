import { assertEquals } from "@std/assert";
import { deidWithDefaults } from "../../../lib/config/deidentification.ts";
import { parseConfigFile } from "../../../lib/config/file.ts";
import type { DeidOption } from "../../../lib/deid/option.ts";
import { BASIC } from "../../../lib/deid/profile.ts";

const parse = (profiles: unknown) =>
  parseConfigFile(JSON.stringify({ deidentification: { profiles } }));
const problemsOf = (profile: unknown) => parse({ research: profile }).problems;

Deno.test("deidWithDefaults: the basic profile is there without any being written", () => {
  assertEquals([...deidWithDefaults()], [["basic", { profile: BASIC, key: "basic" }]]);
});

Deno.test("parseConfigFile: takes de-identification profiles", () => {
  const { settings, problems } = parse({
    research: {
      options: ["clean-descriptors", "retain-modified-dates", "retain-safe-private"],
      key: "study-7",
      shiftDays: 100,
      keepPrivate: [{ group: "0019", creator: "SIEMENS MR HEADER", elements: ["0C", "0d"] }],
      burnedIn: [
        {
          match: { Modality: "US", ManufacturerModelName: "EPIQ*", Rows: 768 },
          mask: [{ x: 0, y: 0, width: 1024, height: 60 }],
        },
        { match: { SOPClassUID: "1.2.840.10008.5.1.4.1.1.104.3" }, clear: true },
        { match: {}, refuse: true },
      ],
      patientNames: "empty",
      keepWords: ["Smartbrain"],
      highestAge: 85,
    },
  });
  assertEquals(problems, []);
  assertEquals([...settings.server.deidentification.keys()], ["basic", "research"]);
  assertEquals(settings.server.deidentification.get("research"), {
    key: "study-7",
    profile: {
      options: new Set<DeidOption>([
        "clean-descriptors",
        "retain-modified-dates",
        "retain-safe-private",
      ]),
      shiftDays: 100,
      keepPrivate: [{ group: 0x0019, creator: "SIEMENS MR HEADER", elements: [0x0c, 0x0d] }],
      burnedIn: [
        {
          match: { Modality: "US", ManufacturerModelName: "EPIQ*", Rows: 768 },
          then: [{ x: 0, y: 0, width: 1024, height: 60 }],
        },
        { match: { SOPClassUID: "1.2.840.10008.5.1.4.1.1.104.3" }, then: "clear" },
        { match: {}, then: "refuse" },
      ],
      patientNames: "empty",
      keepWords: new Set(["smartbrain"]),
      highestAge: 85,
    },
  });
});

Deno.test("parseConfigFile: says what is wrong with a de-identification profile", () => {
  assertEquals(problemsOf({ options: ["retain-full-dates", "retain-modified-dates"] }), [
    "deidentification.profiles.research: dates cannot be both full and modified",
  ]);
  const keepPrivate = [{ group: "0019", creator: "A", elements: ["01"] }];
  assertEquals(problemsOf({ keepPrivate }), [
    'deidentification.profiles.research: keepPrivate needs the option "retain-safe-private"',
  ]);
  assertEquals(problemsOf({ burnedIn: [{ match: {}, clear: true, refuse: true }] }), [
    "deidentification.profiles.research.burnedIn[0]: needs one of mask, clear and refuse",
  ]);
  assertEquals(problemsOf({ optoins: [] }), [
    'deidentification.profiles.research.optoins: no such setting; did you mean "options"?',
  ]);
  assertEquals(problemsOf({ burnedIn: [{ match: { Row: 1 }, clear: true }] }), [
    'deidentification.profiles.research.burnedIn[0].match.Row: no such setting; did you mean "Rows"?',
  ]);
  assertEquals(problemsOf({ shiftDays: 0 }), [
    "deidentification.profiles.research.shiftDays: must be at least 1",
  ]);
});
