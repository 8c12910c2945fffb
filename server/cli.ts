/**
 * The command line, on the data folder of the settings. It works beside a running server.
 * @module
 */
import { openFsBlobs } from "./blobs/fs.ts";
import { type Command, UsageError, type WithInstallation } from "./cli/command.ts";
import { conform } from "./cli/conform.ts";
import { overview } from "./cli/overview.ts";
import { keys } from "./cli/keys.ts";
import { verify } from "./cli/verify.ts";
import { keySecret, openDataFolder } from "./data_folder.ts";
import { openLocalIndex } from "./index/open_local.ts";
import { readSettings } from "./settings.ts";

const COMMANDS: Readonly<Record<string, Command>> = { keys, verify, conform };

const withInstallation: WithInstallation = async (use) => {
  const { settings, problems } = await readSettings(Deno.env.get, Deno.readTextFile);
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  const folder = await openDataFolder(settings.data);
  const index = await openLocalIndex(folder.index);
  try {
    const [blobs, secret] = await Promise.all([openFsBlobs(folder.blobs), keySecret(folder)]);
    return await use({ settings, index, blobs, secret });
  } finally {
    await index.close();
  }
};

async function main([name = "", ...args]: string[]): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) {
    console.log(overview(COMMANDS));
    return name === "help" ? 0 : 2;
  }
  if (args.includes("--help")) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(args, withInstallation);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message || command.help);
    return 2;
  }
}

Deno.exit(await main(Deno.args));
