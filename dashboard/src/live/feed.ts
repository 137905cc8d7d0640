import type { ApolloClient } from '@apollo/client';

import {
  AlertFiredDocument,
  type AlertFiredSubscription,
  MarketSummariesDocument,
  OwnHourDocument,
  PricesDocument,
  type PricesSubscription,
  SnapshotSavedDocument,
  type SnapshotSavedSubscription,
  UserRegisteredDocument,
  type UserRegisteredSubscription,
} from '../gql/graphql';
import { backoff } from './backoff';
import { Market } from './market';
import { Prices } from './prices';
import { resumable } from './resumable';
import { Series, type Tick } from './series';
import type { Socket } from './socket';
import { Watched } from './watched';

/** One a minute, while nobody looks. */
const HIDDEN_EVERY = 12;
/** Five minutes of the market, for its sparkline. */
const MARKET_TICKS = 60;
/** After so long without a price that is due, the connection is opened anew. */
const STALL_MS = 25_000;

export interface Events {
  snapshotSaved(snapshot: SnapshotSavedSubscription['onSnapshotSaved']): void;
  alertFired(alert: AlertFiredSubscription['onAlert']): void;
  registered(user: UserRegisteredSubscription['onUserRegistered']): void;
  /** What has no `since` may have been missed. */
  reconnected(): void;
}

/** All that comes live to the user who is signed in. */
export class Feed {
  readonly prices = new Prices();
  readonly own = new Series();
  readonly market = new Market();
  readonly watched: Watched;
  #userId = '';
  #stops: (() => void)[] = [];
  #stopOwn: (() => void) | undefined;
  #stopMarket: (() => void) | undefined;
  #lastHeard = 0;

  constructor(
    readonly socket: Socket,
    readonly apollo: ApolloClient,
    readonly events: Events,
  ) {
    this.watched = new Watched(socket, this.prices);
  }

  start(userId: string): void {
    this.stop();
    this.#userId = userId;
    this.#lastHeard = Date.now();
    this.#stops = [
      this.socket.onConnected(() => this.#connected()),
      this.socket.subscribe(SnapshotSavedDocument, {}, ({ onSnapshotSaved }) => this.events.snapshotSaved(onSnapshotSaved)),
      this.socket.subscribe(AlertFiredDocument, {}, ({ onAlert }) => this.events.alertFired(onAlert)),
      this.socket.subscribe(UserRegisteredDocument, {}, ({ onUserRegistered }) => this.events.registered(onUserRegistered)),
    ];
    this.#watchVisibility();
    this.socket.open();
    void this.#begin(userId);
  }

  stop(): void {
    this.#userId = '';
    this.#stopOwn?.();
    this.#stopMarket?.();
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.watched.clear();
    this.socket.close();
    this.prices.clear();
    this.own.clear();
    this.market.clear();
  }

  /** Reads the last hour, and then goes on from its last tick, so that there is no seam. */
  async #begin(userId: string): Promise<void> {
    for (let attempt = 0; this.#userId === userId; attempt += 1) {
      const ticks = await this.#lastHour().catch(() => undefined);
      if (this.#userId !== userId) return;
      if (ticks) {
        this.own.restart(ticks);
        const { last } = this.own;
        if (last) this.prices.put(userId, last.tick, last.price);
        this.#followOwn();
        this.#followMarket();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt)));
    }
  }

  async #lastHour(): Promise<Tick[]> {
    const { data } = await this.apollo.query({ query: OwnHourDocument, fetchPolicy: 'no-cache' });
    return data?.me?.prices?.buckets.map(({ tick, close }) => ({ tick, price: close })) ?? [];
  }

  #followOwn(): void {
    this.#stopOwn?.();
    const since = this.own.completeUpTo;
    const progress = resumable({ ids: [this.#userId], since, every: document.hidden ? HIDDEN_EVERY : 1 });
    this.#stopOwn = this.socket.subscribe(PricesDocument, progress.variables, ({ onPriceUpdate: update }) => {
      progress.heard(update);
      this.#ownUpdate(update);
    });
  }

  #ownUpdate({ tick, prices, replay }: PricesSubscription['onPriceUpdate']): void {
    this.#lastHeard = Date.now();
    for (const { userId, price } of prices) {
      this.own.add({ tick, price });
      this.prices.put(userId, tick, price);
    }
    if (replay?.complete === false && tick === replay.to) void this.#refill();
  }

  /** More was missed than is replayed: all of it is computed anew. */
  async #refill(): Promise<void> {
    const userId = this.#userId;
    const ticks = await this.#lastHour().catch(() => undefined);
    if (ticks && this.#userId === userId) this.own.restart([...ticks, ...this.own.ticks.filter(({ tick }) => tick > (ticks.at(-1)?.tick ?? 0))]);
  }

  #followMarket(): void {
    this.#stopMarket?.();
    const last = this.market.means.last?.tick ?? (this.own.last ? this.own.last.tick - MARKET_TICKS : undefined);
    const progress = resumable({ since: last, every: document.hidden ? HIDDEN_EVERY : 1 });
    this.#stopMarket = this.socket.subscribe(MarketSummariesDocument, progress.variables, ({ onMarket: summary }) => {
      progress.heard(summary);
      this.#lastHeard = Date.now();
      this.market.put(summary);
      const isPast = summary.replay && summary.tick < summary.replay.to;
      if (isPast) return;
      for (const { userId, price } of [...summary.gainers, ...summary.losers]) this.prices.put(userId, summary.tick, price);
    });
  }

  #connected(): void {
    this.#lastHeard = Date.now();
    this.events.reconnected();
  }

  /** While the page is hidden, fewer updates come; what was left out follows when it is shown. */
  #watchVisibility(): void {
    const changed = () => {
      this.#lastHeard = Date.now();
      if (!this.#stopOwn) return;
      this.#followOwn();
      this.#followMarket();
      this.watched.pause(document.hidden);
    };
    const check = () => {
      const isStalled = !document.hidden && Date.now() - this.#lastHeard > STALL_MS;
      if (!isStalled || this.socket.state().status !== 'live') return;
      this.#lastHeard = Date.now();
      this.socket.cut();
    };
    const timer = setInterval(check, 5_000);
    document.addEventListener('visibilitychange', changed);
    this.#stops.push(
      () => clearInterval(timer),
      () => document.removeEventListener('visibilitychange', changed),
    );
  }
}
