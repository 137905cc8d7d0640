/** What an update of `onPriceUpdate` or `onMarket` says about how far the client is. */
export interface Progress {
  tick: number;
  /** Of the market it is the tick. */
  resume?: number | null;
  replay?: { to: number } | null;
}

export interface Resumable<Variables> {
  /** To be read anew for each connection: `since` is then how far the client has come. */
  variables: Variables & { readonly since?: number };
  heard(update: Progress): void;
}

/** Resumes a subscription to `onPriceUpdate` or `onMarket` without a gap, whatever happens to the connection. */
export function resumable<Variables extends object>(initial: Variables & { since?: number | undefined }): Resumable<Variables> {
  let since = initial.since;
  let isLive = true;
  const variables = Object.defineProperty({ ...initial }, 'since', {
    enumerable: true,
    get() {
      // Live prices may overtake a replay: until its end has come, only the replay says how far we are.
      isLive = since === undefined;
      return since;
    },
  }) as Resumable<Variables>['variables'];
  return {
    variables,
    heard({ tick, resume = tick, replay }) {
      if (resume === null || (!replay && !isLive)) return;
      since = Math.max(since ?? 0, resume);
      if (replay && resume >= replay.to) isLive = true;
    },
  };
}
