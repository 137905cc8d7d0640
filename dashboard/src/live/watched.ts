import { PricesDocument } from '../gql/graphql';
import type { Prices } from './prices';
import { resumable } from './resumable';
import type { Socket } from './socket';

/** What an operation takes. */
const GROUP_SIZE = 100;
/** A connection takes 20 operations; some are for other things. */
const MOST_GROUPS = 10;
/** So that scrolling doesn't subscribe at every step. */
const SETTLE_MS = 150;

interface Group {
  ids: Set<string>;
  stop: () => void;
}

/** Whose prices are on the screen: as few operations as will do, each of at most 100 users. */
export class Watched {
  readonly #counts = new Map<string, number>();
  readonly #gone = new Set<string>();
  #groups: Group[] = [];
  #isPaused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly socket: Pick<Socket, 'subscribe'>,
    readonly prices: Pick<Prices, 'put'>,
  ) {}

  /** Asks for their prices until the returned function is called. */
  watch(ids: readonly string[]): () => void {
    for (const id of ids) this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    this.#settleSoon();
    return () => {
      for (const id of ids) {
        const count = (this.#counts.get(id) ?? 1) - 1;
        if (count > 0) this.#counts.set(id, count);
        else this.#counts.delete(id);
      }
      this.#settleSoon();
    };
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#settleSoon();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { stop } of this.#groups) stop();
    this.#groups = [];
    this.#gone.clear();
    if (this.#counts.size > 0) this.#settleSoon();
  }

  #settleSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#settle();
    }, SETTLE_MS);
  }

  #settle(): void {
    const wanted = new Set(this.#isPaused ? [] : [...this.#counts.keys()].filter((id) => !this.#gone.has(id)));
    const kept = this.#groups.filter(({ ids }) => ids.size > 0 && [...ids].filter((id) => wanted.has(id)).length * 2 >= ids.size);
    const missing = [...wanted].filter((id) => !kept.some(({ ids }) => ids.has(id)));
    for (const group of this.#groups) if (!kept.includes(group)) group.stop();
    this.#groups = kept;
    if (missing.length === 0) return;
    // The smallest group grows, so that few operations are needed.
    const room = kept.find(({ ids }) => ids.size + missing.length <= GROUP_SIZE);
    const ids = [...(room?.ids ?? []), ...missing];
    const added: Group[] = [];
    for (let at = 0; at < ids.length; at += GROUP_SIZE) added.push(this.#group(ids.slice(at, at + GROUP_SIZE)));
    room?.stop();
    this.#groups = [...kept.filter((group) => group !== room), ...added].slice(-MOST_GROUPS);
  }

  #group(ids: string[]): Group {
    const group: Group = { ids: new Set(ids), stop: () => undefined };
    const progress = resumable({ ids, since: undefined });
    group.stop = this.socket.subscribe(
      PricesDocument,
      progress.variables,
      ({ onPriceUpdate: update }) => {
        progress.heard(update);
        for (const { userId, price } of update.prices) this.prices.put(userId, update.tick, price);
      },
      (_, message) => this.#refused(group, message),
    );
    return group;
  }

  /** Some have been deleted meanwhile: the message names them. */
  #refused(group: Group, message: string): void {
    const named = [...group.ids].filter((id) => message.includes(id));
    for (const id of named) this.#gone.add(id);
    group.stop();
    this.#groups = this.#groups.filter((other) => other !== group);
    if (named.length > 0) this.#settleSoon();
    else console.error(`Prices were refused: ${message}`);
  }
}
