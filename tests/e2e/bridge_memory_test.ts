import { assertEquals, assertLess } from "@std/assert";
import { withGateway } from "../support/bridge_process.ts";
import { commandPdu, fragmented, storeRQ } from "../support/dimse_bytes.ts";
import { ACCEPTED, STORED } from "../support/dimse_case.ts";
import { RawPeer } from "../support/dimse_raw.ts";
import { FRAME_BYTES } from "../support/large_instance.ts";
import { buildDataSet, ctElements } from "../support/part10_builder.ts";
import { memoryOf } from "../support/process_memory.ts";
import { spooled, untilUploaded } from "../support/spool_watch.ts";

/** What the bridge may have at its peak, in bytes. */
const PEAK = 200e6;
const ASSOCIATIONS = 16;
/** Instances of each. */
const INSTANCES = 40;
/** Bytes of a fragment that fits into the PDU that the bridge asks for. */
const FRAGMENT_BYTES = 65_520;
/** Milliseconds in which a response has to come, however many others wait for the disk. */
const PATIENCE = 60_000;

Deno.test("bridge: takes and uploads what 16 associations send at once in less than 200 MB", () =>
  withGateway(async (gateway) => {
    const pixels = [new Uint8Array(FRAME_BYTES)];
    await Promise.all(Array.from({ length: ASSOCIATIONS }, async (_, association) => {
      using peer = await RawPeer.connect(gateway, PATIENCE);
      assertEquals(await peer.associate(), ACCEPTED);
      for (let n = 1; n <= INSTANCES; n++) {
        const sopInstanceUID = `2.25.${association + 1}.${n}`;
        const elements = ctElements({ sopInstanceUID, rows: 512, columns: 512, pixels });
        await peer.send(
          commandPdu(3, storeRQ(sopInstanceUID)),
          ...fragmented(3, "data", buildDataSet(elements), FRAGMENT_BYTES),
        );
        assertEquals(await peer.next(), STORED);
      }
    }));
    await untilUploaded(gateway.spool);
    assertEquals(spooled(gateway.spool, "dead"), []);
    const { peak } = await memoryOf(gateway.pid);
    console.log(`peak ${Math.round(peak / 1e6)} MB`);
    assertLess(peak, PEAK);
  }));
