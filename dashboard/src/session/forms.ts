import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';

import { messageOf } from '../ui/states';
import { Problem } from './rest';

const sentence = (label: string, detail: string) => `${label} ${detail}.`;

/** Puts what the API says about fields beside them, and the rest above the form. */
export function showProblem<Values extends FieldValues>(error: unknown, setError: UseFormSetError<Values>, labels: Partial<Record<string, string>>): void {
  const fields = error instanceof Problem ? error.fields.filter(({ field }) => field in labels) : [];
  for (const { field, detail } of fields) setError(field as Path<Values>, { message: sentence(labels[field]!, detail) }, { shouldFocus: true });
  if (error instanceof Problem && error.type === '/problems/email-taken' && 'email' in labels) {
    setError('email' as Path<Values>, { message: `${error.title}.` }, { shouldFocus: true });
  } else if (fields.length === 0) setError('root', { message: messageOf(error) });
}
