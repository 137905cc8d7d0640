import { CombinedGraphQLErrors } from '@apollo/client/errors';
import type { FieldValues, Path, UseFormSetError } from 'react-hook-form';

import { messageOf } from '../ui/states';
import type { FieldError } from './rest';

export const codeOf = (error: unknown): unknown => (CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : undefined);

function fieldsOf(error: unknown): readonly FieldError[] {
  return CombinedGraphQLErrors.is(error) ? ((error.errors[0]?.extensions?.fields as FieldError[] | undefined) ?? []) : [];
}

/** Puts what GraphQL says about fields beside them, and the rest above the form. `labels` knows fields by the API's names. */
export function showGraphqlErrors<Values extends FieldValues>(
  error: unknown,
  setError: UseFormSetError<Values>,
  labels: Partial<Record<string, { name: Path<Values>; label: string }>>,
): void {
  const known = fieldsOf(error).filter(({ field }) => field in labels);
  for (const { field, detail } of known) setError(labels[field]!.name, { message: `${labels[field]!.label} ${detail}.` }, { shouldFocus: true });
  if (known.length === 0) setError('root', { message: messageOf(error) });
}
