export type { RemoteWriteProtocol } from './receiver.ts';
export { type RemoteWriteOptions, remoteWrite } from './remote-write.ts';
