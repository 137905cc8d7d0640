import { useQuery } from '@apollo/client/react';
import { X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

import { feed } from '../app';
import { AlertsDocument, MeDocument } from '../gql/graphql';
import { crossingTo } from '../live/alert-line';
import type { Decimal } from '../live/decimal';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { Page } from '../ui/page';
import { useSeries } from '../ui/sparkline';
import { ErrorNote } from '../ui/states';
import { AlertForm } from './alerts/form';
import { Candles } from './chart/candles';
import { Intervals } from './chart/intervals';

export function Chart() {
  const { data: own, error, refetch } = useQuery(MeDocument);
  const { data: known } = useQuery(AlertsDocument);
  const ticks = useSeries(feed.own);
  const [threshold, setThreshold] = useState<Decimal>();
  const handle = useRef<HTMLDivElement>(null);
  const me = own?.me;
  const price = ticks.at(-1)?.price ?? me?.price;
  const alerts = known?.me?.alerts?.filter(({ state }) => state === 'ARMED') ?? [];
  const close = () => {
    setThreshold(undefined);
    handle.current?.focus();
  };
  const newAlert = price === undefined ? undefined : { price, threshold, onPick: setThreshold, onCancel: close, handle };
  return (
    <Page title="Chart" action={<Intervals />}>
      <div className={`grid items-start gap-4 ${threshold === undefined ? '' : 'lg:grid-cols-[minmax(0,1fr)_20rem]'}`}>
        <section aria-label="Candles of your share" className="card overflow-hidden">
          {error && !me ? (
            <div className="p-4">
              <ErrorNote error={error} retry={() => void refetch()} />
            </div>
          ) : (
            <Candles
              id={me?.id}
              label="Candles of your share"
              now={ticks.at(-1)?.tick ?? me?.tick}
              live={ticks}
              alerts={alerts}
              newAlert={newAlert}
              hint="Drag the bell to a price, or click at one, to begin an alert there."
            />
          )}
        </section>
        {threshold !== undefined && price !== undefined && (
          <NewAlertCard key={threshold} threshold={threshold} price={price} phone={known?.me?.phone ?? null} onClose={close} />
        )}
      </div>
    </Page>
  );
}

interface NewAlertCardProps {
  threshold: Decimal;
  price: Decimal;
  phone: string | null;
  onClose: () => void;
}

function NewAlertCard({ threshold, price, phone, onClose }: NewAlertCardProps) {
  const card = useRef<HTMLDivElement>(null);
  // On a phone it lies below the chart. From there the fields are a key away, whichever way one came.
  useEffect(() => card.current?.focus(), []);
  const cancel = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
  const action = (
    <Button look="quiet" aria-label="Cancel the new alert" onClick={onClose}>
      <X aria-hidden="true" className="size-4" />
    </Button>
  );
  return (
    <div ref={card} tabIndex={-1} onKeyDown={cancel} className="outline-none">
      <Card title="New alert" action={action}>
        <AlertForm phone={phone} threshold={threshold} crossing={crossingTo(threshold, price)} onArmed={onClose} />
      </Card>
    </div>
  );
}
