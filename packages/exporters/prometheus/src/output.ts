/** Texts longer than this are encoded: long enough to be cheap per byte, short enough to stay in the processor's cache. */
const FLUSH_CHARACTERS = 32 * 1024;
/** A slice ends early after this much: a client that reads slowly is not worth more memory. */
const SLICE_BYTES = 512 * 1024;

/** Where the renderer puts its text, or its bytes: never both in one document. */
export class Output {
  private text = '';
  private ascii = true;
  private bytes = 0;
  private buffers: Buffer[] = [];
  private chunks: Uint8Array[] = [];
  private chunkBytes = 0;

  /** Appends text; `ascii` promises that it has no other characters, which makes encoding it cheaper. Returns true when much has come together. */
  write(text: string, ascii: boolean): boolean {
    this.text += text;
    if (!ascii) this.ascii = false;
    if (this.text.length < FLUSH_CHARACTERS) return false;
    this.flush();
    return true;
  }

  /** Appends what is bytes already. Returns the same. */
  append(bytes: Uint8Array): boolean {
    if (bytes.length >= FLUSH_CHARACTERS) this.flush();
    this.chunks.push(bytes);
    this.chunkBytes += bytes.length;
    if (this.chunkBytes < FLUSH_CHARACTERS) return false;
    this.flush();
    return true;
  }

  get full(): boolean {
    return this.bytes >= SLICE_BYTES;
  }

  /** Everything written since the last call. */
  take(): readonly Buffer[] {
    this.flush();
    const buffers = this.buffers;
    this.buffers = [];
    this.bytes = 0;
    return buffers;
  }

  private flush(): void {
    if (this.chunkBytes > 0) {
      const [first, ...more] = this.chunks;
      // What is large comes alone, and is not copied again.
      const { buffer, byteOffset, byteLength } = more.length > 0 ? Buffer.concat(this.chunks) : first!;
      this.buffers.push(Buffer.from(buffer, byteOffset, byteLength));
      this.bytes += this.chunkBytes;
      this.chunks = [];
      this.chunkBytes = 0;
    }
    if (this.text === '') return;
    const buffer = Buffer.from(this.text, this.ascii ? 'latin1' : 'utf8');
    this.buffers.push(buffer);
    this.bytes += buffer.length;
    this.text = '';
    this.ascii = true;
  }
}
