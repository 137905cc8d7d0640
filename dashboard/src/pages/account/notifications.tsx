import { useMutation } from '@apollo/client/react';
import { Switch } from '@base-ui/react/switch';

import { toasts } from '../../app';
import { UpdateMeDocument } from '../../gql/graphql';
import { Card } from '../../ui/card';
import { messageOf } from '../../ui/states';
import type { Me } from './profile';

const KINDS = [
  { key: 'snapshotSaved', label: 'Snapshots', text: 'An email for every snapshot that is saved.' },
  { key: 'alert', label: 'Alerts', text: 'An email or a text message when a price alert fires.' },
] as const;

export function Notifications({ me }: { me: Me }) {
  const [update] = useMutation(UpdateMeDocument);
  const wanted = me.notifications;
  if (!wanted) return null;
  const change = (key: 'snapshotSaved' | 'alert', isWanted: boolean) => {
    void update({
      variables: { input: { notifications: { [key]: isWanted } } },
      optimisticResponse: { updateMe: { __typename: 'User', id: me.id, name: me.name, phone: me.phone, notifications: { ...wanted, [key]: isWanted } } } as never,
    }).catch((error: unknown) => toasts.add({ type: 'info', priority: 'high', title: 'That could not be changed', description: messageOf(error) }));
  };
  return (
    <Card title="Emails and text messages">
      <ul className="divide-y divide-line">
        {KINDS.map(({ key, label, text }) => (
          <li key={key}>
            <label className="flex cursor-pointer items-center justify-between gap-4 px-4 py-3 text-sm">
              <span>
                <span className="font-medium">{label}</span>
                <span className="block text-xs text-muted">{text}</span>
              </span>
              <Switch.Root
                checked={wanted[key]}
                onCheckedChange={(isWanted) => change(key, isWanted)}
                className="flex h-6 w-10 shrink-0 rounded-full border border-muted/60 bg-raised p-0.5 transition-colors data-checked:border-accent data-checked:bg-accent"
              >
                <Switch.Thumb className="aspect-square h-full rounded-full bg-muted transition-transform data-checked:translate-x-4 data-checked:bg-on-accent" />
              </Switch.Root>
            </label>
          </li>
        ))}
      </ul>
    </Card>
  );
}
