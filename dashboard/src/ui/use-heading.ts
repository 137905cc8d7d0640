import { useEffect, useRef } from 'react';

/** Names the document after a page, and gives its heading the focus, so that a screen reader says where one is. */
export function useHeading(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Fastfusion`;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return heading;
}
