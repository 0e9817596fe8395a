// Updates as changed fields, read in a second language: docs/PROTOCOL.md, "Changed fields".

/** A JSON value whose numbers are kept as the texts that they were. */
type Exact = { [field: string]: Exact } | Exact[] | string | boolean | null;
type Fields = { [field: string]: Exact };

/** Marks a text that was a number. */
const DIGITS = "\u0000";

/** Reads JSON with the digits of its numbers. */
export function exact(text: string): Fields {
  // Strings are passed over whole, so that no number in one is touched.
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?/g, (part) => (part.startsWith('"') ? part : `"\\u0000${part}"`));
  return JSON.parse(marked) as Fields;
}

/** The same as `JSON.parse` would have read it. */
export function plain(value: Exact): unknown {
  return JSON.parse(JSON.stringify(value).replace(/"\\u0000(-?[\d.]+)"/g, "$1"));
}

class Frame {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at === this.bytes.length;
  }

  whole(): bigint {
    let number = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("the frame ends within a number");
      number |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
  }

  signed(): bigint {
    const number = this.whole();
    return (number >> 1n) ^ -(number & 1n);
  }

  figures(mask: bigint, names: [Fields, string][]): void {
    names.forEach(([of, name], bit) => {
      if (!((mask >> BigInt(bit + 1)) & 1n)) return;
      const before = String(of[name]).replace(DIGITS, "");
      const anew = (mask & 1n) === 1n;
      const places = anew ? Number(this.whole()) : (before.split(".")[1] ?? "").length;
      const digits = (anew ? 0n : BigInt(before.replace(".", ""))) + this.signed();
      of[name] = DIGITS + written(digits, places);
    });
  }

  moment(of: Fields, name: string): void {
    of[name] = new Date(Date.parse(String(of[name])) + Number(this.signed())).toISOString();
  }
}

function written(digits: bigint, places: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
  const point = text.length - places;
  return (digits < 0n ? "-" : "") + (places ? `${text.slice(0, point)}.${text.slice(point)}` : text);
}

/** Makes of the update that is held the one that a frame tells. */
export function apply(held: Fields, bytes: Uint8Array): void {
  const frame = new Frame(bytes);
  const seq = BigInt(String(held.seq).replace(DIGITS, ""));
  if (frame.whole() !== seq) throw new Error("the frame does not follow the update that is held");
  delete held.id;
  held.seq = DIGITS + String(seq + frame.whole());
  frame.moment(held, "timestamp");
  const data = held.data as Fields;
  const by = (data.change_by ?? {}) as Fields;
  frame.figures(frame.whole(), [
    ...["total_value", "total_change", "total_change_percent"].map((name): [Fields, string] => [data, name]),
    ...["price", "currency", "income", "fees", "flows"].map((name): [Fields, string] => [by, name]),
  ]);
  const holdings = data.investments as Fields[];
  for (let at = 0; !frame.done; ) {
    at += Number(frame.whole());
    const mask = frame.whole();
    frame.figures(mask, ["current_price", "change", "change_percent", "value"].map((name) => [holdings[at], name]));
    if (mask & 32n) frame.moment(holdings[at], "quoted_at");
  }
}
