import { useMutation, useQuery } from '@apollo/client/react';
import { useForm } from 'react-hook-form';

import { feed, toasts } from '../../app';
import { type AlertChannel, type AlertCrossing, AlertsDocument, CreateAlertDocument, MeDocument } from '../../gql/graphql';
import { format } from '../../live/decimal';
import { asPrice } from '../../live/threshold';
import { askAgain } from '../../session/ask-again';
import { codeOf, showGraphqlErrors } from '../../session/graphql-forms';
import { Button } from '../../ui/button';
import { Field } from '../../ui/field';
import { FormError } from '../../ui/form-error';
import { Segments } from '../../ui/segments';
import { useSeries } from '../../ui/sparkline';

interface Values {
  crossing: AlertCrossing;
  threshold: string;
  channel: AlertChannel;
}

const LABELS = { threshold: { name: 'threshold', label: 'The price is' } } as const;
const NO_PHONE = 'Your profile has no phone number: add one on the account page, or choose email.';

interface AlertFormProps {
  phone: string | null;
  threshold?: string;
  crossing?: AlertCrossing;
  onArmed?: () => void;
}

export function AlertForm({ phone, threshold = '', crossing = 'ABOVE', onArmed }: AlertFormProps) {
  const { register, control, handleSubmit, setError, resetField, formState } = useForm<Values>({
    defaultValues: { crossing, threshold, channel: 'EMAIL' },
  });
  const { errors, isSubmitting } = formState;
  const [create] = useMutation(CreateAlertDocument, { refetchQueries: [AlertsDocument], awaitRefetchQueries: true, onQueryUpdated: askAgain });
  const submit = async ({ threshold, ...rest }: Values) => {
    try {
      await create({ variables: { input: { ...rest, threshold: asPrice(threshold)! } } });
      resetField('threshold', { defaultValue: '' });
      toasts.add({ type: 'success', title: `Alert armed at ${format(asPrice(threshold)!)}` });
      onArmed?.();
    } catch (error) {
      if (codeOf(error) === 'NO_PHONE') setError('root', { message: NO_PHONE });
      else showGraphqlErrors(error, setError, LABELS);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void handleSubmit(submit)(event)} className="space-y-4 p-4">
      <FormError message={errors.root?.message} />
      <Segments label="Tell me when my price" name="crossing" control={control} options={{ ABOVE: 'rises to', BELOW: 'falls to' }} />
      <Field
        label="Price"
        inputMode="decimal"
        autoComplete="off"
        hint={<CurrentPrice />}
        error={errors.threshold?.message}
        {...register('threshold', { validate: (typed) => asPrice(typed) !== undefined || 'Enter a price with at most two decimals, such as 101.20.' })}
      />
      <Segments
        label="by"
        name="channel"
        control={control}
        options={{ EMAIL: 'email', SMS: 'text message' }}
        hint={phone === null ? 'Text messages need a phone number in your account.' : undefined}
      />
      <Button type="submit" look="primary" className="w-full" disabled={isSubmitting}>
        {isSubmitting ? 'Arming…' : 'Arm the alert'}
      </Button>
    </form>
  );
}

function CurrentPrice() {
  const { data } = useQuery(MeDocument);
  const price = useSeries(feed.own).at(-1)?.price ?? data?.me?.price;
  return <>{price ? `Now it is at ${format(price)}.` : 'Your price is being loaded.'}</>;
}
