import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Trunkline } from './trunkline.ts';

/** A browser of the machine, in which each reader has a window of its own. */
export type TestBrowser = AsyncDisposable & {
  /** Opens the page of a server, logged in. */
  open(trunkline: Pick<Trunkline, 'url' | 'token'>, look?: Look): Promise<Reader>;
};

export type Look = { language?: 'en' | 'zh'; theme?: 'light' | 'dark'; width?: number };

export type Reader = AsyncDisposable & {
  page: Page;
  context: BrowserContext;
  /** What went wrong on the page: uncaught errors, and what its policy has refused. */
  troubles: string[];
};

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A busy machine needs patience, not failures. */
const patienceMs = 90_000;

export async function openBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  return {
    async open({ url, token }, look = {}) {
      const reader = await openWindow(browser, url, look);
      const { page } = reader;
      await page.goto('/');
      await page.locator('input').fill(token);
      await page.locator('button[type=submit]').click();
      await page.locator('nav').first().waitFor();
      return reader;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function openWindow(browser: Browser, url: string, look: Look): Promise<Reader> {
  const { language = 'en', theme = 'light', width = 1280 } = look;
  const context = await browser.newContext({
    baseURL: url,
    locale: language === 'zh' ? 'zh-CN' : 'en-US',
    colorScheme: theme,
    viewport: { width, height: 800 },
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) troubles.push(message.text());
  });
  return { page, context, troubles, [Symbol.asyncDispose]: () => context.close() };
}
