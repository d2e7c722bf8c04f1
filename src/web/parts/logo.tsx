/** Branches that run together into one line, with a signal on it. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <path
        d="M3 8h8c6 0 5 8 11 8h7M3 24h8c6 0 5-8 11-8"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx="24.5" cy="16" r="4" fill="#f2a33a" />
    </svg>
  );
}
