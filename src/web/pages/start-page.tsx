import { StartGuide } from './start-guide.tsx';

export function StartPage() {
  return <StartGuide />;
}
