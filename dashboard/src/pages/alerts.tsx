import { Page } from '../ui/page';

export function Alerts() {
  return <Page title="Alerts">…</Page>;
}
