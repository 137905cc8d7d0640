/** What is wrong with a form as a whole. */
export function FormError({ message }: { message: string | undefined }) {
  return (
    message && (
      <p role="alert" className="rounded-lg border border-danger/40 bg-danger/8 px-3 py-2 text-sm">
        {message}
      </p>
    )
  );
}
