import type { Decimal } from './decimal';
import { Listeners } from './frames';

export interface Tick {
  tick: number;
  price: Decimal;
}

/** Four hours. */
const CAPACITY = 2_880;

/** A price over the ticks, in order, whatever the order in which they come. */
export class Series {
  #ticks: Tick[] = [];
  #openedAt: Tick | undefined;
  #version = 0;
  readonly #listeners = new Listeners();
  readonly subscribe = this.#listeners.subscribe;
  readonly version = () => this.#version;

  /** All ticks; a new array whenever something has changed. */
  get ticks(): readonly Tick[] {
    return this.#ticks;
  }

  get last(): Tick | undefined {
    return this.#ticks.at(-1);
  }

  /** The price when this page was opened. */
  get openedAt(): Tick | undefined {
    return this.#openedAt;
  }

  /** How many ticks lie between the first and the last without a price. */
  get missing(): number {
    const [first, last] = [this.#ticks[0], this.last];
    return first && last ? last.tick - first.tick + 1 - this.#ticks.length : 0;
  }

  /** Up to which tick nothing is missing. */
  get completeUpTo(): number | undefined {
    const gap = this.#ticks.findIndex(({ tick }, index) => index > 0 && tick !== this.#ticks[index - 1]!.tick + 1);
    return gap === -1 ? this.last?.tick : this.#ticks[gap - 1]!.tick;
  }

  add(...added: Tick[]): void {
    const ticks = [...this.#ticks];
    for (const one of added) insert(ticks, one);
    if (ticks.length === this.#ticks.length) return;
    this.#ticks = ticks.slice(-CAPACITY);
    this.#openedAt ??= this.last;
    this.#version += 1;
    this.#listeners.notify();
  }

  /** Begins anew, after more was missed than can be had again. */
  restart(ticks: Tick[]): void {
    this.#ticks = [];
    this.add(...ticks);
  }

  clear(): void {
    this.#ticks = [];
    this.#openedAt = undefined;
    this.#version += 1;
    this.#listeners.notify();
  }
}

function insert(ticks: Tick[], added: Tick): void {
  let index = ticks.length;
  while (index > 0 && ticks[index - 1]!.tick > added.tick) index -= 1;
  // A price may come twice, and is the same then.
  if (ticks[index - 1]?.tick !== added.tick) ticks.splice(index, 0, added);
}
