import { ClientError } from "./client-error.ts";

/**
 * The objects of a streamed answer, one a line.
 * @throws ClientError for a line that is no JSON
 */
export async function* jsonLines<Item>(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  const decoder = new TextDecoder();
  let begun = "";
  for await (const chunk of bytes) {
    const lines = (begun + decoder.decode(chunk, { stream: true })).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield parse<Item>(line);
  }
  begun += decoder.decode();
  if (begun.trim() !== "") yield parse<Item>(begun);
}

function parse<Item>(line: string): Item {
  try {
    return JSON.parse(line) as Item;
  } catch (error) {
    throw new ClientError(`the answer is not what a gateway sends: ${line.slice(0, 80)}`, undefined, { cause: error });
  }
}
