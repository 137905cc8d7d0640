import { useMutation } from '@apollo/client/react';
import { useForm } from 'react-hook-form';

import { toasts } from '../../app';
import { type MeQuery, UpdateMeDocument } from '../../gql/graphql';
import { showGraphqlErrors } from '../../session/graphql-forms';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field } from '../../ui/field';
import { FormError } from '../../ui/form-error';
import { Time } from '../../ui/time';

export type Me = NonNullable<MeQuery['me']>;

interface Values {
  name: string;
  phone: string;
}

const LABELS = { name: { name: 'name', label: 'The name' }, phone: { name: 'phone', label: 'The phone number' } } as const;

export function Profile({ me }: { me: Me }) {
  const form = useForm<Values>({ defaultValues: { name: me.name, phone: me.phone ?? '' } });
  const { errors, isSubmitting, isDirty } = form.formState;
  const [update] = useMutation(UpdateMeDocument);
  const submit = async ({ name, phone }: Values) => {
    try {
      const { data } = await update({ variables: { input: { name, phone: phone.trim() || null } } });
      form.reset({ name: data!.updateMe!.name, phone: data!.updateMe!.phone ?? '' });
      toasts.add({ type: 'success', title: 'Your profile is saved' });
    } catch (error) {
      showGraphqlErrors(error, form.setError, LABELS);
    }
  };
  return (
    <Card title="Profile">
      <form noValidate onSubmit={(event) => void form.handleSubmit(submit)(event)} className="space-y-4 p-4">
        <FormError message={errors.root?.message} />
        <Field label="Name" autoComplete="name" hint="Every shareholder sees it." error={errors.name?.message} {...form.register('name')} />
        <Field label="Email address" value={me.email ?? ''} readOnly hint="It can't be changed." />
        <Field
          label="Phone number"
          type="tel"
          autoComplete="tel"
          placeholder="+4930901820"
          hint="In international form; for alerts as text messages. Empty removes it."
          error={errors.phone?.message}
          {...form.register('phone')}
        />
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-xs text-muted">
            Registered <Time at={me.createdAt} />
          </p>
          <Button type="submit" look="primary" disabled={isSubmitting || !isDirty}>
            {isSubmitting ? 'Saving…' : 'Save'}
          </Button>
        </div>
      </form>
    </Card>
  );
}
