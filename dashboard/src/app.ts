import { Toast } from '@base-ui/react/toast';

import {
  AlertsDocument,
  AnalyticsDocument,
  SaveSnapshotDocument,
  type SnapshotFieldsFragment,
  SnapshotsDocument,
  SnapshotStatusDocument,
} from './gql/graphql';
import { announceAlert, Registrations } from './announcements';
import { format } from './live/decimal';
import { Feed } from './live/feed';
import { SnapshotSaver } from './live/snapshots';
import { Socket } from './live/socket';
import { apolloFor } from './session/apollo';
import { askAgain } from './session/ask-again';
import { session } from './session/current';

export const apollo = apolloFor(session);
/** Where CloudFront has the WebSocket API (infra/site.yaml): it tells by the path alone what goes where. */
export const socket = new Socket(session, `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/api/v1/users/ws`);
export const toasts = Toast.createToastManager();

export const snapshots = new SnapshotSaver(
  {
    save: async (idempotencyKey) => {
      const { data } = await apollo.mutate({ mutation: SaveSnapshotDocument, variables: { idempotencyKey } });
      return data!.saveSnapshot!;
    },
    status: async (id) => {
      const { data } = await apollo.query({ query: SnapshotStatusDocument, variables: { id }, fetchPolicy: 'no-cache' });
      return data?.snapshot ?? undefined;
    },
  },
  (snapshot: SnapshotFieldsFragment) => {
    toasts.add({ type: 'success', title: `Snapshot saved at ${format(snapshot.price)}` });
    void refresh([SnapshotsDocument, AnalyticsDocument]);
  },
);

const registrations = new Registrations(toasts);

export const feed = new Feed(socket, apollo, {
  snapshotSaved: (snapshot) => snapshots.settle(snapshot),
  alertFired: (alert) => {
    announceAlert(toasts, alert);
    void refresh([AlertsDocument]);
  },
  registered: (user) => registrations.add(user),
  reconnected: () => void refresh([AlertsDocument, SnapshotsDocument, AnalyticsDocument]),
});

/** Asks again for what is shown of these. */
function refresh(include: Parameters<typeof apollo.refetchQueries>[0]['include'] & object): Promise<unknown> {
  return apollo.refetchQueries({ include, onQueryUpdated: askAgain }).catch((error: unknown) => console.warn('What is shown could not be refreshed.', error));
}

let shownUser: string | undefined;

/** Nothing of one user may be shown to the next. */
async function forget(): Promise<void> {
  feed.stop();
  snapshots.clear();
  await apollo.clearStore();
}

async function follow(): Promise<void> {
  const state = session.state();
  const user = state.status === 'signed-in' ? state.userId : undefined;
  if (user === shownUser) return;
  const isNext = shownUser !== undefined;
  shownUser = user;
  if (isNext) await forget();
  if (user === undefined || session.state() !== state) return;
  feed.start(user);
  // What was asked meanwhile was forgotten with the rest.
  if (isNext) await apollo.reFetchObservableQueries();
}

/** Has everything go on with whoever is signed in, now and later. */
export function startApp(): void {
  session.subscribe(() => void follow());
  session.onRenewed(() => void socket.handOver());
  void follow();
}
