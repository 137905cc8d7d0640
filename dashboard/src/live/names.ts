import { inNextFrame, Listeners } from './frames';

/** What the API takes at once. */
const MOST = 100;
/** Before what could not be loaded is asked for again. */
const RETRY_MS = 5_000;
const LOADING = '…';

/** Of those who exist, by id. */
export type LoadNames = (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/**
 * Names of shareholders who come up unasked, such as those who move the most. Those that are missing in one frame are asked for together. They
 * lie beside Apollo's cache, which would take longer to watch each of them than to show all.
 */
export class Names {
  readonly #shown = new Map<string, string>();
  readonly #listeners = new Listeners();
  #wanted = new Set<string>();
  readonly subscribe = this.#listeners.subscribe;

  constructor(readonly ask: LoadNames) {}

  /** What is shown of them: the name, or why there is none. */
  readonly of = (id: string): string => this.#shown.get(id) ?? LOADING;

  /** Has it loaded, if it is not known. */
  need(id: string): void {
    if (this.#shown.has(id)) return;
    this.#wanted.add(id);
    inNextFrame(this.#loadWanted);
  }

  clear(): void {
    this.#shown.clear();
    this.#wanted = new Set();
    this.#listeners.notify();
  }

  readonly #loadWanted = () => {
    const wanted = this.#wanted;
    const ids = [...wanted].slice(0, MOST);
    if (ids.length === 0) return;
    for (const id of ids) {
      wanted.delete(id);
      this.#shown.set(id, LOADING);
    }
    if (wanted.size > 0) inNextFrame(this.#loadWanted);
    void this.#load(ids, wanted);
  };

  async #load(ids: readonly string[], wanted: ReadonlySet<string>): Promise<void> {
    const names = await this.ask(ids).catch(() => undefined);
    // Whoever has cleared meanwhile wants none of these.
    if (wanted !== this.#wanted) return;
    for (const id of ids) this.#shown.set(id, names ? (names.get(id) ?? 'has left') : 'could not be loaded');
    this.#listeners.notify();
    if (!names) setTimeout(() => wanted === this.#wanted && this.#retry(ids), RETRY_MS);
  }

  #retry(ids: readonly string[]): void {
    for (const id of ids) {
      this.#shown.delete(id);
      this.need(id);
    }
  }
}
