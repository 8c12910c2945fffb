/**
 * `deno task bench`: the start, and searches as the archive grows to a million instances; with
 * `--peers`, the same work on this server and on Orthanc instead, with `--dimse` that of the
 * bridge on Orthanc and DCMTK, with `--pixels` rendering and codecs beside theirs, and with
 * `--import` the command of that name beside STOW.
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
  case "--import": {
    const { benchImport } = await import("./import.ts");
    await benchImport();
    break;
  }
  default:
    console.error("deno task bench [--peers | --dimse | --pixels | --import]");
    Deno.exit(2);
}
