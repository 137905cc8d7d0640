import { Camera } from 'lucide-react';
import { useState, useSyncExternalStore } from 'react';

import { snapshots, toasts } from '../../app';
import { Button } from '../../ui/button';
import { messageOf } from '../../ui/states';

export const usePendingSnapshots = () => useSyncExternalStore(snapshots.subscribe, snapshots.pending);

/** Keeps the live price. A double click keeps it once. */
export function SaveSnapshot() {
  const [isSending, setIsSending] = useState(false);
  const pending = usePendingSnapshots();
  const save = async () => {
    setIsSending(true);
    try {
      await snapshots.save();
    } catch (error) {
      toasts.add({ type: 'info', priority: 'high', title: 'The snapshot could not be saved', description: messageOf(error) });
    }
    setIsSending(false);
  };
  return (
    <Button look="primary" aria-disabled={isSending} onClick={() => void save()}>
      <Camera aria-hidden="true" className="size-4" />
      {isSending || pending.length > 0 ? 'Saving…' : 'Save a snapshot'}
    </Button>
  );
}
