import type { Decimal } from './decimal';
import { inNextFrame } from './frames';

export interface Quote {
  readonly price: Decimal;
  readonly tick: number;
  /** The price before it, once there was another. */
  readonly previous?: Decimal;
}

/** Of how many users listeners are told in one frame: about a screenful. */
export const SHARE = 20;

/** More prices than that on one screen: each move can't be marked any more. */
const CROWD = 200;

/**
 * The newest price of everybody who is on the screen. It lies beside Apollo's cache, whose writes would cost more than the rendering:
 * a price concerns only the cells that show it, and they are told once a frame, a share of them at a time.
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

  /** Whether so many prices are on the screen that marking all that move would cost more than showing them. */
  get isCrowded(): boolean {
    return this.#listeners.size > CROWD;
  }

  clear(): void {
    this.#quotes.clear();
    for (const userId of this.#listeners.keys()) this.#changed.add(userId);
    inNextFrame(this.#flush);
  }

  readonly #flush = () => {
    const due = [...this.#changed].slice(0, SHARE);
    for (const userId of due) {
      this.#changed.delete(userId);
      this.#listeners.get(userId)?.forEach((listener) => listener());
    }
    if (this.#changed.size > 0) inNextFrame(this.#flush);
  };
}
