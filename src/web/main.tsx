import './look/mantine.css';
import './look/tokens.css';
import './look/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadAgainWhenIncomplete } from './load-again.ts';
import { startWords } from './words/setup.ts';

loadAgainWhenIncomplete();
startWords();
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
