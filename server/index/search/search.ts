import type { Channel } from "../channel.ts";
import type { SearchPage } from "../index.ts";
import type { Query } from "../../../lib/query/query.ts";
export function search(_c: Channel, _a: string, _q: Query): Promise<SearchPage> {
  return Promise.resolve({ rows: [], next: undefined, total: undefined, warnings: [] });
}
