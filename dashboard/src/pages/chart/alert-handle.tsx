import { BellPlus } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, type Ref, useRef, useState, useSyncExternalStore } from 'react';

import { crossingTo, heightOf, moved, priceAt, stepOf } from '../../live/alert-line';
import { add, type Decimal, format } from '../../live/decimal';
import { LARGEST_PRICE, SMALLEST_PRICE } from '../../live/threshold';
import type { PriceAxis } from './price-axis';

export interface NewAlert {
  /** The price of now. */
  price: Decimal;
  /** Where the alert that is being made lies, once that was chosen. */
  threshold: Decimal | undefined;
  onPick: (threshold: Decimal) => void;
  onCancel: () => void;
  handle: Ref<HTMLDivElement>;
}

/** What moves less is a tap. */
const TAP_PIXELS = 4;
/** Half of the handle, which stays within the chart. */
const MARGIN = 22;

interface Drag {
  begin: number;
  /** How far below the middle of the handle it was taken. */
  offset: number;
  hasMoved: boolean;
}

/** A line to drag to where an alert shall be. Until it is moved it lies, unseen, at the price, with its handle. */
export function AlertHandle({ axis, price, threshold, onPick, onCancel, handle }: NewAlert & { axis: PriceAxis }) {
  const scale = useSyncExternalStore(axis.subscribe, axis.scale);
  const [moving, setMoving] = useState<Decimal>();
  const drag = useRef<Drag>(undefined);
  if (!scale) return null;

  const chosen = moving ?? threshold;
  const at = chosen ?? price;
  const height = heightOf(scale, at);
  const way = crossingTo(at, price) === 'ABOVE' ? 'rises to' : 'falls to';
  const drop = (picked?: Decimal) => {
    drag.current = undefined;
    setMoving(undefined);
    if (picked !== undefined) onPick(picked);
  };
  const oneStepUp = () => add(price, stepOf(price));

  const press = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    event.currentTarget.setPointerCapture(event.pointerId);
    const { top } = frameOf(event);
    drag.current = { begin: event.clientY, offset: event.clientY - top - height, hasMoved: false };
  };
  const pointed = (event: PointerEvent<HTMLDivElement>, { offset }: Drag) => priceAt(scale, event.clientY - frameOf(event).top - offset);
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const taken = drag.current;
    if (!taken) return;
    taken.hasMoved ||= Math.abs(event.clientY - taken.begin) >= TAP_PIXELS;
    if (taken.hasMoved) setMoving(pointed(event, taken));
  };
  const release = (event: PointerEvent<HTMLDivElement>) => {
    const taken = drag.current;
    if (taken) drop(taken.hasMoved ? pointed(event, taken) : (threshold ?? oneStepUp()));
  };
  const pressKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = moved(at, event.key, event.shiftKey);
    if (next !== undefined) setMoving(next);
    else if (event.key === 'Enter' || event.key === ' ') drop(chosen ?? oneStepUp());
    else if (event.key === 'Escape') {
      const isMoving = drag.current !== undefined || moving !== undefined;
      drop();
      if (!isMoving) onCancel();
    } else return;
    event.preventDefault();
  };

  return (
    <div className="pointer-events-none absolute inset-x-0 top-0 z-5" style={{ height: scale.height }}>
      {chosen !== undefined && <div aria-hidden="true" data-alert-line className="absolute border-t-2 border-dashed border-accent" style={{ top: height - 1, width: scale.width }} />}
      <div
        ref={handle}
        role="slider"
        tabIndex={0}
        aria-label="New alert"
        aria-orientation="vertical"
        aria-valuemin={Number(SMALLEST_PRICE)}
        aria-valuemax={Number(LARGEST_PRICE)}
        aria-valuenow={Number(at)}
        aria-valuetext={chosen === undefined ? `at your price, ${format(price)}` : `when your price ${way} ${format(at)}; now it is at ${format(price)}`}
        title="Drag to where an alert shall be"
        onPointerDown={press}
        onPointerMove={move}
        onPointerUp={release}
        onLostPointerCapture={() => drop()}
        onBlur={() => !drag.current && drop()}
        onKeyDown={pressKey}
        className="pointer-events-auto absolute left-2 flex min-h-11 -translate-y-1/2 cursor-ns-resize touch-none items-center rounded-full select-none"
        style={{ top: Math.min(Math.max(height, MARGIN), scale.height - MARGIN) }}
      >
        <span className="flex h-8 items-center gap-1.5 rounded-full border border-accent bg-panel px-2.5 text-sm font-medium shadow-sm">
          <BellPlus aria-hidden="true" className="size-4 text-accent" />
          {chosen !== undefined && (
            <span>
              {moving !== undefined && <span className="text-muted">{way} </span>}
              {format(at)}
            </span>
          )}
        </span>
      </div>
    </div>
  );
}

/** Where the chart lies in the window. */
const frameOf = ({ currentTarget }: PointerEvent<HTMLDivElement>) => currentTarget.parentElement!.getBoundingClientRect();
