/** Line drawings on a grid of 16; decoration only, beside a word or a label. */
const drawings = {
  check: 'M3 8.5 6.5 12 13 4.5',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.5 10.5l3 3',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  right: 'M6 3.5 10.5 8 6 12.5',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13 9.8A5.5 5.5 0 1 1 6.2 3 4.5 4.5 0 0 0 13 9.8z',
  screen: 'M2 3h12v8H2zM6 14h4M8 11v3',
  globe: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M2 8h12M8 2c3.5 3.5 3.5 8.5 0 12M8 2c-3.5 3.5-3.5 8.5 0 12',
  person: 'M8 2.500a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.400M2.8 13.500c.6-2.8 2.6-4 5.2-4s4.6 1.2 5.2 4',
  play: 'M5 3.500v9l7.5-4.500z',
  stop: 'M4 4h8v8H4z',
  again: 'M13 8a5 5 0 1 1-1.6-3.700M13 2v3h-3',
  back: 'M6 4 2.5 7.5 6 11M2.5 7.500H10a3.5 3.5 0 0 1 0 7H8',
  commit: 'M8 5.200a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.600M1 8h4M11 8h4',
  branch:
    'M4.5 5v6M4.5 2a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3M4.5 11a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3M11.5 3a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3M11.5 6c0 3-3 3-7 5',
  clock: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M8 4.500V8l2.5 1.5',
  box: 'M2.5 5 8 2l5.5 3v6L8 14l-5.5-3zM2.5 5 8 8l5.5-3M8 8v6',
  alert: 'M8 2 15 14H1zM8 6.500v3.500M8 12v.1',
  follow: 'M8 2v9M4 7.5 8 11.500l4-4M3 14h10',
} as const;

export function Icon({ name, size = 14 }: { name: keyof typeof drawings; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={drawings[name]} />
    </svg>
  );
}
