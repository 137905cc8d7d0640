/**
 * Resumes a subscription to `onPriceUpdate` or `onMarket` without a gap, whatever happens to the connection.
 *
 * Ask for `tick resume replay { to }` beside what you show (of the market, for `tick replay { to }`), pass `variables` to
 * the client, which reads them anew for each connection, and pass each update to `heard`.
 */
export function resumable(variables = {}) {
  let since = variables.since ?? undefined;
  let isLive = true;
  const current = {
    enumerable: true,
    get() {
      // Live prices may overtake a replay: until its end has come, only the replay says how far we are.
      isLive = since === undefined;
      return since;
    },
  };
  return {
    variables: Object.defineProperty({ ...variables }, 'since', current),
    heard({ tick, resume = tick, replay }) {
      if (resume === null || (!replay && !isLive)) return;
      since = Math.max(since ?? 0, resume);
      isLive ||= resume >= replay.to;
    },
  };
}
