import { useQuery } from '@apollo/client/react';
import { useEffect } from 'react';

import { AlertsDocument } from '../gql/graphql';
import { Card } from '../ui/card';
import { Page } from '../ui/page';
import { Empty, ErrorNote, Loading } from '../ui/states';
import { AlertForm } from './alerts/form';
import { AlertRow } from './alerts/row';

const MOST = 20;
const FIRING_POLL_MS = 2_000;

export function Alerts() {
  const { data, error, refetch, startPolling, stopPolling } = useQuery(AlertsDocument, { fetchPolicy: 'cache-and-network' });
  const alerts = data?.me?.alerts;
  const isFiring = alerts?.some(({ state }) => state === 'FIRING') ?? false;
  // No event says that the email or text message is on its way.
  useEffect(() => {
    if (!isFiring) return;
    startPolling(FIRING_POLL_MS);
    return stopPolling;
  }, [isFiring, startPolling, stopPolling]);
  return (
    <Page title="Alerts">
      <div className="grid items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <Card title="New alert">
          <AlertForm phone={data?.me?.phone ?? null} />
        </Card>
        <Card title="Your alerts" action={alerts && <span className="text-sm text-muted">{`${alerts.length} of ${MOST}`}</span>}>
          {!alerts ? (
            error ? (
              <div className="p-4">
                <ErrorNote error={error} retry={() => void refetch()} />
              </div>
            ) : (
              <Loading label="Your alerts are being loaded" rows={4} />
            )
          ) : alerts.length === 0 ? (
            <Empty title="No alerts yet">You are told once, when your price crosses the threshold, and then the alert rests until you arm it again.</Empty>
          ) : (
            <ul className="divide-y divide-line">
              {alerts.map((alert) => (
                <AlertRow key={alert.id} alert={alert} />
              ))}
            </ul>
          )}
        </Card>
      </div>
    </Page>
  );
}
