/** Why a file says nothing at all; the message is for people, and shows nothing of what is in the file. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /** Where in the file, as `:line:column`; empty where that is not known. */
  readonly position: string;

  constructor(message: string, position = '') {
    super(message);
    this.position = position;
  }
}
