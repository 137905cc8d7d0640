import type { MarketSummariesSubscription } from '../gql/graphql';
import { Listeners } from './frames';
import { Series } from './series';

export type Summary = MarketSummariesSubscription['onMarket'];

/** How all shareholders stand, and how their mean has moved. */
export class Market {
  readonly means = new Series();
  readonly #listeners = new Listeners();
  #summary: Summary | undefined;
  readonly subscribe = this.#listeners.subscribe;
  readonly summary = () => this.#summary;

  put(summary: Summary): void {
    if (summary.mean !== null) this.means.add({ tick: summary.tick, price: summary.mean });
    if (this.#summary && this.#summary.tick >= summary.tick) return;
    this.#summary = summary;
    this.#listeners.notify();
  }

  clear(): void {
    this.#summary = undefined;
    this.means.clear();
    this.#listeners.notify();
  }
}
