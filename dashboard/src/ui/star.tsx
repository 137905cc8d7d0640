import { Star } from 'lucide-react';

import { toasts } from '../app';
import { usePreference, watchlist } from '../lib/preferences';

const MOST = 100;

/** Puts somebody on the watchlist, or takes them off. */
export function StarButton({ id, name }: { id: string; name: string }) {
  const [ids, setIds] = usePreference(watchlist);
  const isWatched = ids.includes(id);
  const toggle = () => {
    if (isWatched) setIds(ids.filter((other) => other !== id));
    else if (ids.length < MOST) setIds([...ids, id]);
    else toasts.add({ type: 'info', title: `A watchlist has at most ${MOST} shareholders` });
  };
  return (
    <button type="button" aria-pressed={isWatched} aria-label={`Watch ${name}`} onClick={toggle} className="rounded-md p-2 text-muted hover:bg-raised hover:text-ink">
      <Star aria-hidden="true" className={`size-4 ${isWatched ? 'fill-current text-accent' : ''}`} />
    </button>
  );
}
