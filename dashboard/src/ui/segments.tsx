import { type Control, type FieldValues, type Path, useController } from 'react-hook-form';

interface SegmentsProps<Values extends FieldValues> {
  label: string;
  name: Path<Values>;
  control: Control<Values>;
  options: Record<string, string>;
  hint?: string | undefined;
}

/** A choice of a few: radio buttons side by side. */
export function Segments<Values extends FieldValues>({ label, name, control, options, hint }: SegmentsProps<Values>) {
  const { field } = useController({ name, control });
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{label}</legend>
      <div className="flex rounded-lg bg-raised p-1">
        {Object.entries(options).map(([value, text]) => (
          <label
            key={value}
            className="flex min-h-9 flex-1 cursor-pointer items-center justify-center rounded-md px-2 text-sm text-muted has-checked:bg-panel has-checked:font-medium has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              value={value}
              checked={field.value === value}
              onChange={() => field.onChange(value)}
              onBlur={field.onBlur}
              className="sr-only"
            />
            {text}
          </label>
        ))}
      </div>
      {hint && <p className="mt-1 text-xs text-muted">{hint}</p>}
    </fieldset>
  );
}
