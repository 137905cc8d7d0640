import type { ApolloClient } from '@apollo/client';

import { LastHourDocument, PricesDocument } from '../gql/graphql';
import { backoff } from './backoff';
import { resumable } from './resumable';
import { Series, type Tick } from './series';
import type { Socket } from './socket';

/** The price of one user: the last hour, computed, and from its last tick on what comes live, so that there is no seam. */
export class Follower {
  readonly series: Series;
  /** A new one with each beginning, so that what an older one has asked for is left alone. */
  #run: { userId: string } | undefined;
  #stop: (() => void) | undefined;

  constructor(
    readonly socket: Pick<Socket, 'subscribe'>,
    readonly apollo: Pick<ApolloClient, 'query'>,
    readonly heard: (userId: string, tick: Tick) => void,
    series = new Series(),
  ) {
    this.series = series;
  }

  /** Begins with the last hour, however often that takes; then it follows every so many ticks. Gives whether it did. */
  async begin(userId: string, every: () => number): Promise<boolean> {
    const run = (this.#run = { userId });
    for (let attempt = 0; this.#run === run; attempt += 1) {
      const ticks = await this.#lastHour(userId).catch(() => undefined);
      if (this.#run !== run) break;
      if (ticks) {
        this.series.restart(ticks);
        const { last } = this.series;
        if (last) this.heard(userId, last);
        this.follow(every());
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
    }
    return false;
  }

  /** Goes on from the last tick that follows on all others, with those alone that this number divides. */
  follow(every: number): void {
    const run = this.#run;
    if (!run) return;
    const { userId } = run;
    this.#stop?.();
    const progress = resumable({ ids: [userId], since: this.series.completeUpTo, every });
    this.#stop = this.socket.subscribe(PricesDocument, progress.variables, ({ onPriceUpdate: update }) => {
      progress.heard(update);
      const { tick, prices, replay } = update;
      for (const { price } of prices) {
        this.series.add({ tick, price });
        this.heard(userId, { tick, price });
      }
      if (replay?.complete === false && tick === replay.to) void this.#refill(run);
    });
  }

  stop(): void {
    this.#run = undefined;
    this.#stop?.();
    this.#stop = undefined;
  }

  get isFollowing(): boolean {
    return this.#stop !== undefined;
  }

  async #lastHour(id: string): Promise<Tick[]> {
    const { data } = await this.apollo.query({ query: LastHourDocument, variables: { id }, fetchPolicy: 'no-cache' });
    return data?.user?.prices?.buckets.map(({ tick, close }) => ({ tick, price: close })) ?? [];
  }

  /** More was missed than is replayed: all of it is computed anew. */
  async #refill(run: { userId: string }): Promise<void> {
    const ticks = await this.#lastHour(run.userId).catch(() => undefined);
    if (!ticks || this.#run !== run) return;
    this.series.restart([...ticks, ...this.series.ticks.filter(({ tick }) => tick > (ticks.at(-1)?.tick ?? 0))]);
  }
}
