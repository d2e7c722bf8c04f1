import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page. `npm run build:web` builds it; while one works on it, `vite` serves it beside a running server. */
export default defineConfig({
  root: 'src/web',
  plugins: [react()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    // The page's policy allows no inline content.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': process.env.TRUNKLINE_URL ?? 'http://127.0.0.1:7070' },
  },
});
