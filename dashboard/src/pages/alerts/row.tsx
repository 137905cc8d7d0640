import { useMutation } from '@apollo/client/react';
import { RotateCcw, Trash2, TrendingDown, TrendingUp } from 'lucide-react';

import { toasts } from '../../app';
import { type AlertFieldsFragment, AlertsDocument, type AlertState, DeleteAlertDocument, RearmAlertDocument } from '../../gql/graphql';
import { format } from '../../live/decimal';
import { askAgain } from '../../session/ask-again';
import { Button } from '../../ui/button';
import { messageOf } from '../../ui/states';
import { Time } from '../../ui/time';

const STATES: Record<AlertState, { label: string; look: string }> = {
  ARMED: { label: 'armed', look: 'bg-accent-soft text-ink' },
  FIRING: { label: 'firing', look: 'bg-warning/15 text-warning' },
  FIRED: { label: 'fired', look: 'bg-raised text-muted' },
  FAILED: { label: 'you could not be told', look: 'bg-danger/10 text-danger' },
};

const refetching = { refetchQueries: [AlertsDocument], awaitRefetchQueries: true, onQueryUpdated: askAgain };

function complain(title: string) {
  return (error: unknown) => void toasts.add({ type: 'info', priority: 'high', title, description: messageOf(error) });
}

export function AlertRow({ alert }: { alert: AlertFieldsFragment }) {
  const { id, crossing, threshold, channel, state, createdAt, crossed } = alert;
  const [rearm, rearming] = useMutation(RearmAlertDocument, refetching);
  const [remove, removing] = useMutation(DeleteAlertDocument, refetching);
  const isBusy = rearming.loading || removing.loading;
  const what = `${crossing === 'ABOVE' ? 'rises to' : 'falls to'} ${format(threshold)}`;
  const Icon = crossing === 'ABOVE' ? TrendingUp : TrendingDown;
  return (
    <li data-alert={state} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <Icon aria-hidden="true" className="size-5 text-muted" />
      <div className="min-w-44 flex-1 text-sm">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {what} <span className={`rounded-full px-2 py-0.5 text-xs ${STATES[state].look}`}>{STATES[state].label}</span>
        </p>
        <p className="mt-0.5 text-xs text-muted">
          by {channel === 'EMAIL' ? 'email' : 'text message'} ·{' '}
          {crossed ? (
            <>
              crossed at {format(crossed.price)}, <Time at={crossed.at} />
            </>
          ) : (
            <>
              made <Time at={createdAt} />
            </>
          )}
        </p>
      </div>
      {state !== 'ARMED' && (
        <Button disabled={isBusy || state === 'FIRING'} aria-label={`Arm again: ${what}`} onClick={() => void rearm({ variables: { id } }).catch(complain('The alert could not be armed'))}>
          <RotateCcw aria-hidden="true" className="size-4" /> Arm again
        </Button>
      )}
      <Button look="quiet" disabled={isBusy} aria-label={`Delete: ${what}`} onClick={() => void remove({ variables: { id } }).catch(complain('The alert could not be deleted'))}>
        <Trash2 aria-hidden="true" className="size-4" />
      </Button>
    </li>
  );
}
