/** How long a tick lasts. */
export const TICK_SECONDS = 5;

export const instantOfTick = (tick: number): Date => new Date(tick * TICK_SECONDS * 1_000);

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export const formatDateTime = (instant: Date): string => dateTime.format(instant);
export const formatDate = (instant: Date): string => date.format(instant);
export const formatTime = (instant: Date): string => time.format(instant);
export const formatUtc = (instant: Date): string => `${instant.toISOString().replace('T', ' ').replace(/\.000Z$|Z$/, '')} UTC`;
