import { useMutation } from '@apollo/client/react';
import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useState } from 'react';

import { DeleteMeDocument } from '../../gql/graphql';
import { session } from '../../session/current';
import { Button, buttonClass } from '../../ui/button';
import { Field } from '../../ui/field';
import { ErrorNote } from '../../ui/states';

const PHRASE = 'delete my account';

export function DeleteAccount() {
  const [typed, setTyped] = useState('');
  const [remove, { loading, error }] = useMutation(DeleteMeDocument);
  const confirm = () =>
    session.deleteAccount(async () => {
      const { data } = await remove().catch(() => ({ data: undefined }));
      return data?.deleteMe === true;
    });
  return (
    <div className="flex flex-wrap items-center justify-between gap-4 p-4">
      <p className="min-w-56 flex-1 text-sm text-muted">Your share, your snapshots and your alerts are deleted with it. That can't be undone.</p>
      <AlertDialog.Root onOpenChange={() => setTyped('')}>
        <AlertDialog.Trigger className={buttonClass('danger')}>Delete the account…</AlertDialog.Trigger>
        <AlertDialog.Portal>
          <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
          <AlertDialog.Popup className="card fixed top-1/2 left-1/2 z-50 w-[min(26rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 p-5 shadow-xl outline-none">
            <AlertDialog.Title className="text-lg font-semibold">Delete your account?</AlertDialog.Title>
            <AlertDialog.Description className="mt-1.5 mb-4 text-sm text-muted">
              Nobody can sign in to it any more, and everything that is kept of it is erased.
            </AlertDialog.Description>
            <Field label={`Type “${PHRASE}” to confirm`} autoComplete="off" value={typed} onChange={({ target }) => setTyped(target.value)} />
            {error && (
              <div className="mt-4">
                <ErrorNote error={error} />
              </div>
            )}
            <div className="mt-5 flex justify-end gap-2">
              <AlertDialog.Close className={buttonClass()}>Keep it</AlertDialog.Close>
              <Button look="danger" disabled={typed.trim().toLowerCase() !== PHRASE || loading} onClick={() => void confirm()}>
                {loading ? 'Deleting…' : 'Delete it for good'}
              </Button>
            </div>
          </AlertDialog.Popup>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </div>
  );
}
