import { Page } from '../ui/page';

export function Chart() {
  return <Page title="Chart">…</Page>;
}
