import type { Decimal } from './decimal';
import { inNextFrame } from './frames';

export interface Quote {
  readonly price: Decimal;
  readonly tick: number;
  /** The price before it, once there was another. */
  readonly previous?: Decimal;
}

/**
 * The newest price of everybody who is on the screen. It lies beside Apollo's cache, whose writes would cost more than the rendering:
 * a price concerns only the cells that show it, and they are told once a frame.
 */
export class Prices {
  readonly #quotes = new Map<string, Quote>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #changed = new Set<string>();

  readonly of = (userId: string): Quote | undefined => this.#quotes.get(userId);

  /** Takes a price that is newer than what is known of its user. */
  put(userId: string, tick: number, price: Decimal): void {
    const known = this.#quotes.get(userId);
    if (known && known.tick >= tick) return;
    this.#quotes.set(userId, known ? { price, tick, previous: known.price } : { price, tick });
    if (!this.#listeners.has(userId)) return;
    this.#changed.add(userId);
    inNextFrame(this.#flush);
  }

  subscribe(userId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(userId) ?? new Set();
    this.#listeners.set(userId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(userId);
    };
  }

  clear(): void {
    this.#quotes.clear();
    for (const userId of this.#listeners.keys()) this.#changed.add(userId);
    inNextFrame(this.#flush);
  }

  readonly #flush = () => {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const userId of changed) this.#listeners.get(userId)?.forEach((listener) => listener());
  };
}
