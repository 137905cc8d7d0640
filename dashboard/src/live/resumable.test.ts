import { describe, expect, it } from 'vitest';

import { resumable } from './resumable';

const sinceOf = ({ variables }: ReturnType<typeof resumable>) => JSON.parse(JSON.stringify(variables)) as { since?: number };

describe('a resumable subscription', () => {
  it('begins without a tick, and resumes at the newest one', () => {
    const prices = resumable({ ids: ['a'] });
    expect(sinceOf(prices)).toEqual({ ids: ['a'] });
    prices.heard({ tick: 10, resume: 9 });
    prices.heard({ tick: 11, resume: null });
    expect(sinceOf(prices)).toEqual({ ids: ['a'], since: 9 });
  });

  it('does not count live updates that overtake a replay', () => {
    const prices = resumable({ since: 5 });
    sinceOf(prices);
    prices.heard({ tick: 20, resume: 19 });
    expect(sinceOf(prices)).toEqual({ since: 5 });
    prices.heard({ tick: 6, resume: 6, replay: { to: 7 } });
    prices.heard({ tick: 20, resume: 19 });
    expect(sinceOf(prices)).toEqual({ since: 6 });
    prices.heard({ tick: 7, resume: 7, replay: { to: 7 } });
    prices.heard({ tick: 20, resume: 19 });
    expect(sinceOf(prices)).toEqual({ since: 19 });
  });

  it('takes the tick where there is no other mark', () => {
    const market = resumable({});
    sinceOf(market);
    market.heard({ tick: 3 });
    expect(sinceOf(market)).toEqual({ since: 3 });
  });
});
