/**
 * `deno task bench`: the start, and searches as the archive grows to a million instances; with
 * `--peers`, the same work on this server and on Orthanc instead, with `--dimse` that of the
 * bridge on Orthanc and DCMTK, and with `--pixels` rendering and codecs beside theirs.
 * @module
 */

switch (Deno.args[0]) {
  case undefined: {
    const { benchColdStart } = await import("./cold_start.ts");
    await benchColdStart();
    await import("./index_scale.ts");
    break;
  }
  case "--peers": {
    const { benchPeers } = await import("./peers.ts");
    await benchPeers();
    break;
  }
  case "--dimse": {
    const { benchDimse } = await import("./dimse.ts");
    await benchDimse();
    break;
  }
  case "--pixels": {
    const { benchPixels } = await import("./pixels.ts");
    await benchPixels();
    break;
  }
  default:
    console.error("deno task bench [--peers | --dimse | --pixels]");
    Deno.exit(2);
}
