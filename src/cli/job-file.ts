import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { unreadable } from './pipeline-files.ts';

/**
 * The text of a job of Jenkins; `-` is standard input. In the encoding that its XML declares, else in UTF-8, and what is
 * no UTF-8 in GB 18030, of which GBK and GB 2312 are parts: that is what Chinese editors save.
 * @throws CliError when it cannot be read
 */
export async function readJobFile(file: string): Promise<string> {
  const bytes = await (file === '-' ? buffer(process.stdin) : readFile(file)).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const [, declared = 'utf-8'] =
    /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']/.exec(bytes.toString('latin1', 0, 200)) ?? [];
  return decoded(bytes, declared) ?? decoded(bytes, 'utf-8') ?? decoded(bytes, 'gb18030') ?? bytes.toString();
}

/** @returns null when the bytes are not of this encoding, or nobody knows it */
function decoded(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return null;
    throw error;
  }
}
