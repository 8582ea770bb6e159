/** The cells of RFC 4180, read by the letter of its grammar; `quoted` tells an empty text from nothing. */
export interface Cell {
  text: string;
  quoted: boolean;
}

/** @throws Error at what the grammar does not have */
export function readCsv(text: string): Cell[][] {
  const rows: Cell[][] = [];
  const cell = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  for (let at = 0; at < text.length;) {
    const row: Cell[] = [];
    for (;;) {
      cell.lastIndex = at;
      const [found, inQuotes, plain = ''] = cell.exec(text)!;
      at += found.length;
      row.push(
        inQuotes === undefined
          ? { text: plain, quoted: false }
          : { text: inQuotes.replaceAll('""', '"'), quoted: true },
      );
      if (text[at] !== ',') break;
      at += 1;
    }
    if (!text.startsWith('\r\n', at)) throw new Error(`no line break at ${at}`);
    at += 2;
    rows.push(row);
  }
  return rows;
}
