import { TextDecoder } from 'node:util';

const frameHeaderBytes = 8;

/**
 * Takes the output out of its frames of type, length and bytes. Characters may be split over frames of one type.
 * @param drained awaited before more is read: the engine then holds up what writes the output
 */
export async function copyOutput(
  stream: NodeJS.ReadableStream,
  write: (text: string) => void,
  drained?: () => Promise<void>,
): Promise<void> {
  const decoders = new Map<number, TextDecoder>();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= frameHeaderBytes) {
      const end = frameHeaderBytes + rest.readUInt32BE(4);
      if (rest.length < end) break;
      const type = rest.readUInt8(0);
      const decoder = decoders.get(type) ?? new TextDecoder();
      decoders.set(type, decoder);
      write(decoder.decode(rest.subarray(frameHeaderBytes, end), { stream: true }));
      rest = rest.subarray(end);
    }
    await drained?.();
  }
}
