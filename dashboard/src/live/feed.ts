import type { ApolloClient } from '@apollo/client';

import {
  AlertFiredDocument,
  type AlertFiredSubscription,
  MarketSummariesDocument,
  NamesDocument,
  SnapshotSavedDocument,
  type SnapshotSavedSubscription,
  UserRegisteredDocument,
  type UserRegisteredSubscription,
} from '../gql/graphql';
import { Follower } from './follower';
import { Market } from './market';
import { Names } from './names';
import { Prices } from './prices';
import { resumable } from './resumable';
import { Series } from './series';
import type { Socket } from './socket';
import { Watched } from './watched';

/** One a minute, while nobody looks. */
const HIDDEN_EVERY = 12;
/** Five minutes of the market, for its sparkline. */
const MARKET_TICKS = 60;
/** After so long without a price that is due, the connection is opened anew. */
const STALL_MS = 25_000;

/** How often something has to come, by whether anybody looks. */
const every = () => (document.hidden ? HIDDEN_EVERY : 1);

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
  readonly names: Names;
  readonly watched: Watched;
  readonly #own: Follower;
  /** Whose pages are open, besides. */
  readonly #others = new Set<Follower>();
  #stops: (() => void)[] = [];
  #stopMarket: (() => void) | undefined;
  #lastHeard = 0;

  constructor(
    readonly socket: Socket,
    readonly apollo: ApolloClient,
    readonly events: Events,
  ) {
    this.watched = new Watched(socket, this.prices);
    this.#own = this.#follower(this.own);
    this.names = new Names((ids) => namesOf(apollo, ids));
  }

  /** Has the price of a user come live after its last hour, until the returned function is called. */
  follow(userId: string, series: Series): () => void {
    const follower = this.#follower(series);
    this.#others.add(follower);
    void follower.begin(userId, every);
    return () => {
      follower.stop();
      this.#others.delete(follower);
    };
  }

  start(userId: string): void {
    this.stop();
    this.#lastHeard = Date.now();
    this.#stops = [
      this.socket.onConnected(() => this.#connected()),
      this.socket.subscribe(SnapshotSavedDocument, {}, ({ onSnapshotSaved }) => this.events.snapshotSaved(onSnapshotSaved)),
      this.socket.subscribe(AlertFiredDocument, {}, ({ onAlert }) => this.events.alertFired(onAlert)),
      this.socket.subscribe(UserRegisteredDocument, {}, ({ onUserRegistered }) => this.events.registered(onUserRegistered)),
    ];
    this.#watchVisibility();
    this.socket.open();
    void this.#own.begin(userId, every).then((hasBegun) => hasBegun && this.#followMarket());
  }

  stop(): void {
    this.#own.stop();
    this.#stopMarket?.();
    this.#stopMarket = undefined;
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.watched.clear();
    this.socket.close();
    this.prices.clear();
    this.own.clear();
    this.market.clear();
    this.names.clear();
  }

  #follower(series: Series): Follower {
    const heard: Follower['heard'] = (userId, { tick, price }) => {
      this.#lastHeard = Date.now();
      this.prices.put(userId, tick, price);
    };
    return new Follower(this.socket, this.apollo, heard, series);
  }

  #followMarket(): void {
    this.#stopMarket?.();
    const last = this.market.means.last?.tick ?? (this.own.last ? this.own.last.tick - MARKET_TICKS : undefined);
    const progress = resumable({ since: last, every: every() });
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
      for (const follower of [this.#own, ...this.#others]) if (follower.isFollowing) follower.follow(every());
      if (this.#stopMarket) this.#followMarket();
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

async function namesOf(apollo: ApolloClient, ids: readonly string[]): Promise<Map<string, string>> {
  const { data } = await apollo.query({ query: NamesDocument, variables: { ids: [...ids] }, fetchPolicy: 'no-cache' });
  return new Map(data?.nodes?.flatMap((node) => (node?.__typename === 'User' ? [[node.id, node.name]] : [])));
}
