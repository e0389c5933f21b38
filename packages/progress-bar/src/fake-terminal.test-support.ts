import { Writable } from 'node:stream';

const ESCAPE = String.fromCharCode(27);
const PARTS = new RegExp(`${ESCAPE}\\[([0-9;?]*)([A-Za-z])|(\\n)|(\\r)|([^${ESCAPE}\\n\\r]+)`, 'g');

/** A terminal as far as programs that draw over their lines need one: what a user would see on it. */
export class FakeTerminal extends Writable {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows: number;
  private readonly lines: string[] = [''];
  private row = 0;
  private column = 0;

  constructor({ isTTY = true, rows = 24 } = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.rows = rows;
  }

  /** All lines, up to the last one that is not empty. */
  get screen(): readonly string[] {
    const text = this.lines.map((line) => line.trimEnd()).join('\n');
    return text.trimEnd() === '' ? [] : text.trimEnd().split('\n');
  }

  /** Where the next text would be written. */
  get cursor(): readonly [row: number, column: number] {
    return [this.row, this.column];
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    for (const [all, parameter = '', command, newline, back, text] of chunk.matchAll(PARTS)) {
      if (command !== undefined) this.control(command, parameter, all);
      else if (newline !== undefined) this.moveTo(this.row + 1, 0);
      else if (back !== undefined) this.column = 0;
      else this.put(text as string);
    }
    done();
  }

  private control(command: string, parameter: string, all: string): void {
    const count = parameter === '' ? 1 : Number(parameter);
    const line = this.lines[this.row] as string;
    if (command === 'A') this.moveTo(Math.max(0, this.row - count), this.column);
    else if (command === 'B') this.moveTo(this.row + count, this.column);
    else if (command === 'G') this.column = count - 1;
    else if (command === 'K' && parameter === '2') this.lines[this.row] = '';
    else if (command === 'K') this.lines[this.row] = line.slice(0, this.column);
    else if (command === 'J') {
      this.lines[this.row] = line.slice(0, this.column);
      this.lines.length = this.row + 1;
    } else throw new Error(`the terminal does not know ${JSON.stringify(all)}`);
  }

  private moveTo(row: number, column: number): void {
    while (this.lines.length <= row) this.lines.push('');
    this.row = row;
    this.column = column;
  }

  private put(text: string): void {
    if (this.isTTY && this.column + text.length > this.columns) throw new Error(`a line is too long: ${text}`);
    const line = (this.lines[this.row] as string).padEnd(this.column);
    this.lines[this.row] = line.slice(0, this.column) + text + line.slice(this.column + text.length);
    this.column += text.length;
  }
}
