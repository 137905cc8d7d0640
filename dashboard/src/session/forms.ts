import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';

import { messageOf } from '../ui/states';
import { Problem } from './rest';

/** Problems that are about one field, though not about its form. */
const FIELDS: Partial<Record<string, string>> = {
  '/problems/email-taken': 'email',
  '/problems/wrong-password': 'current_password',
};

const sentence = (label: string, detail: string) => `${label} ${detail}.`;

/** Puts what the API says about fields beside them, and the rest above the form. */
export function showProblem<Values extends FieldValues>(error: unknown, setError: UseFormSetError<Values>, labels: Partial<Record<string, string>>): void {
  const fields = error instanceof Problem ? error.fields.filter(({ field }) => field in labels) : [];
  for (const { field, detail } of fields) setError(field as Path<Values>, { message: sentence(labels[field]!, detail) }, { shouldFocus: true });
  const field = error instanceof Problem ? FIELDS[error.type] : undefined;
  if (field !== undefined && field in labels) {
    setError(field as Path<Values>, { message: `${(error as Problem).title}.` }, { shouldFocus: true });
  } else if (fields.length === 0) setError('root', { message: messageOf(error) });
}
